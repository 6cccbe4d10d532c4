"""Everything that is configured, read at once: settings, sectors, shared terms, packs, weights.

The files in the package are the defaults. A configuration folder may hold ``settings.yaml``, ``sectors/*.yaml`` and
``shared/*.yaml`` (the same name replaces, another is added), ``rights-holders/*.yaml`` and ``weights.yaml``. A folder
``rights-holders``, even an empty one, replaces the example packs, whose marks are invented.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifiers.ruleset import Pack, Ruleset, SectorRules, Term, TermKind, Weights
from config.checks import Notes
from config.codes import nearest
from config.examples import Trial, try_examples
from config.layers import Layers, Origin
from config.rules import (
    PackReading,
    SectorReading,
    SharedRules,
    check_shared_names,
    name_taken,
    read_pack,
    read_sector,
    read_shared,
    read_weights,
)
from config.settings import Settings
from config.validation import one_of
from config.yaml12 import MAX_BYTES, Document, parse_yaml
from core.errors import ConfigurationError, Problem

EMBEDDED = Path(__file__).parent
"""Folder of the default rule files."""

SETTINGS_FILE = "settings.yaml"
WEIGHTS_FILE = "weights.yaml"
SECTORS_FOLDER = "sectors"
SHARED_FOLDER = "shared"
PACKS_FOLDER = "rights-holders"
ENTRIES = (SETTINGS_FILE, WEIGHTS_FILE, SECTORS_FOLDER, SHARED_FOLDER, PACKS_FOLDER)
"""What a configuration folder may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackFile:
    """A pack with the text it was read from, which is what the store keeps."""

    pack: Pack
    text: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration, checked. ``origins`` tells of every setting (``section.key``) where it came from."""

    settings: Settings
    sectors: tuple[SectorRules, ...]
    packs: tuple[PackFile, ...]
    weights: Weights
    origins: Mapping[str, Origin]

    def ruleset(self, *, packs: Sequence[Pack] | None = None, suffix_list: str = "") -> Ruleset:
        """What verdicts depend on, as one value. ``packs`` replaces the packs of the files (the store's active ones).

        ``suffix_list`` names the version of the public suffix list in use.
        """
        chosen = [file.pack for file in self.packs] if packs is None else list(packs)
        return Ruleset(
            sectors=self.sectors,
            packs=tuple(chosen),
            weights=self.weights,
            allowlist=self.settings.classify.allowlist,
            suffix_list=suffix_list,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of :func:`check`: ``problems`` make the configuration unusable, ``remarks`` do not.

    ``terms`` maps sector and language (``*`` for any) to the number of terms, brands and products included;
    ``packs`` are ``id version``.
    """

    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    files: tuple[str, ...]
    terms: Mapping[str, Mapping[str, int]]
    packs: tuple[str, ...]
    weights: str

    @property
    def ok(self) -> bool:
        """Whether the configuration can be used."""
        return not self.problems

    def summary(self) -> tuple[str, ...]:
        """What was read, in lines for people; remarks come first."""
        lines = [f"note: {remark}" for remark in self.remarks]
        lines.append(f"{len(self.files)} files read, weights {self.weights or 'unreadable'}")
        for sector, by_language in self.terms.items():
            languages = " ".join(f"{language} {count}" for language, count in by_language.items())
            lines.append(f"sector {sector}: {sum(by_language.values())} terms ({languages})")
        lines += [f"pack {pack}" for pack in self.packs]
        count = len(self.problems)
        lines.append("no problem found" if self.ok else f"{count} problem{'s' if count > 1 else ''} found")
        return tuple(lines)

    def to_object(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {
            "ok": self.ok,
            "problems": [dataclasses.asdict(problem) for problem in self.problems],
            "remarks": [dataclasses.asdict(remark) for remark in self.remarks],
            "files": list(self.files),
            "terms": {sector: dict(by_language) for sector, by_language in self.terms.items()},
            "packs": list(self.packs),
            "weights": self.weights,
        }


@dataclass(slots=True)
class _Reading:
    """Everything read so far. Documents are kept by the name that each file gives itself."""

    notes: Notes = field(default_factory=Notes)
    layers: Layers = field(default_factory=Layers)
    shared: dict[str, SharedRules] = field(default_factory=dict)
    sectors: dict[str, SectorReading] = field(default_factory=dict)
    packs: dict[str, PackReading] = field(default_factory=dict)
    texts: dict[str, tuple[str, Path]] = field(default_factory=dict)
    weights: Weights | None = None
    files: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [*self.notes.problems, *self.layers.problems]

    def document(self, path: Path) -> Document | None:
        """A parsed file, or None when a problem says why not."""
        self.files.append(str(path))
        try:
            size = path.stat().st_size
            content = b"" if size > MAX_BYTES else path.read_bytes()
            if size > MAX_BYTES:
                self.refuse(path, f"the file has {size:,} bytes", expected=f"at most {MAX_BYTES:,}")
                return None
            return parse_yaml(content, file=str(path))
        except OSError as error:
            self.refuse(path, f"the file cannot be read: {error.strerror or error}")
        except ConfigurationError as error:
            self.notes.problems += error.problems
        return None

    def refuse(self, path: Path, message: str, *, expected: str = "", nearest: str = "") -> None:
        self.notes.problems.append(
            Problem(file=str(path), line=0, column=0, message=message, expected=expected, nearest=nearest)
        )

    def yaml_files(self, folder: Path) -> Iterator[Path]:
        """Rule files of a folder by name; anything else in it but hidden files is a problem."""
        if not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.name == "__pycache__":
                continue
            if path.suffix == ".yaml" and path.is_file():
                yield path
            else:
                self.refuse(path, "this is no rule file", expected="files named *.yaml", nearest=_as_yaml(path))

    def add_shared(self, folder: Path) -> None:
        fresh: dict[str, SharedRules] = {}
        for path in self.yaml_files(folder):
            document = self.document(path)
            found = read_shared(document, self.notes) if document else None
            if found is None:
                continue
            if found.id in fresh:
                self.notes.problems.append(name_taken(found.document, "shared", found.id, fresh[found.id].document))
            fresh[found.id] = found
        self.shared |= fresh

    def add_sectors(self, folder: Path) -> None:
        fresh: dict[str, SectorReading] = {}
        for path in self.yaml_files(folder):
            document = self.document(path)
            found = read_sector(document, self.notes) if document else None
            if found is None:
                continue
            name = found.rules.id
            if name in fresh:
                self.notes.problems.append(name_taken(found.document, "sector", name, fresh[name].document))
            fresh[name] = found
        self.sectors |= fresh

    def add_packs(self, folder: Path) -> None:
        for path in self.yaml_files(folder):
            document = self.document(path)
            found = read_pack(document, list(self.sectors), self.notes) if document else None
            if found is None:
                continue
            name = found.pack.id
            if name in self.packs:
                self.notes.problems.append(name_taken(found.document, "pack", name, self.packs[name].document))
            self.packs[name] = found
            self.texts[name] = (path.read_text(encoding="utf-8-sig"), path)

    def add_weights(self, path: Path) -> None:
        document = self.document(path)
        found = read_weights(document, self.notes) if document else None
        if found is not None:
            self.weights = found

    def join(self) -> tuple[SectorRules, ...]:
        """The sectors with their shared terms, in order of name."""
        for sector in self.sectors.values():
            check_shared_names(sector, self.shared, self.notes)
        return tuple(self.sectors[name].joined(self.shared) for name in sorted(self.sectors))

    def try_all_examples(self, *, below: Path | None) -> None:
        """Try the examples of the files below a folder (None: of all files).

        Those of shared files are tried beside the brands of the sectors that take them in.
        """
        for sector in self.sectors.values():
            if _is_below(sector.document, below):
                joined = sector.joined(self.shared)
                self._try(sector.document, sector.trials, sector.brands, joined.terms)
        for shared in self.shared.values():
            if _is_below(shared.document, below):
                users = [sector for sector in self.sectors.values() if shared.id in sector.shared]
                brands = [brand for user in users for brand in user.brands]
                self._try(shared.document, shared.trials, brands, shared.terms)
        for pack in self.packs.values():
            if not _is_below(pack.document, below):
                continue
            taken = [self.sectors[name].joined(self.shared) for name in pack.pack.sectors if name in self.sectors]
            terms = [*pack.pack.terms, *(term for rules in taken for term in rules.terms)]
            brands = [*pack.pack.brands, *(term.text for term in terms if term.kind is TermKind.BRAND)]
            self._try(pack.document, pack.trials, brands, terms)

    def _try(self, document: Document, trials: Sequence[Trial], brands: Sequence[str], terms: Sequence[Term]) -> None:
        contexts = [term for term in terms if term.kind is TermKind.CONTRARY]
        self.notes.problems += try_examples(document, trials, brands, contexts)


def _is_below(document: Document, folder: Path | None) -> bool:
    return folder is None or Path(document.file).is_relative_to(folder)


def _as_yaml(path: Path) -> str:
    return path.with_suffix(".yaml").name if path.suffix in (".yml", ".json") else ""


def _read(config_dir: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any]) -> _Reading:
    reading = _Reading()
    folders = [EMBEDDED]
    if config_dir is not None:
        if not config_dir.is_dir():
            reading.refuse(config_dir, "this is no folder", expected=f"a folder with {one_of(list(ENTRIES))}")
        else:
            folders.append(config_dir)
            _check_entries(reading, config_dir)
    for folder in folders:
        reading.add_shared(folder / SHARED_FOLDER)
    for folder in folders:
        reading.add_sectors(folder / SECTORS_FOLDER)
    packs = next(folder / PACKS_FOLDER for folder in reversed(folders) if (folder / PACKS_FOLDER).is_dir())
    reading.add_packs(packs)
    own_weights = [path for folder in folders if (path := folder / WEIGHTS_FILE).exists()]
    reading.add_weights(own_weights[-1] if own_weights else EMBEDDED / WEIGHTS_FILE)
    if config_dir is not None and (config_dir / SETTINGS_FILE).exists():
        document = reading.document(config_dir / SETTINGS_FILE)
        if document is not None:
            reading.layers.add_file(document)
    reading.layers.add_environment(environ)
    reading.layers.add_options(overrides)
    return reading


def _check_entries(reading: _Reading, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.name in ENTRIES or path.name.startswith("."):
            continue
        if path.suffix in (".yaml", ".yml") or path.is_dir():
            guess = nearest(path.name, ENTRIES)
            reading.refuse(path, "nothing here has this name", expected=one_of(list(ENTRIES)), nearest=guess)


def load_config(
    config_dir: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None
) -> Config:
    """Read and check the whole configuration.

    ``config_dir`` may be None (the defaults alone); ``overrides`` maps ``section.key`` to what the command line says.
    Raises :class:`core.errors.ConfigurationError` with every problem of every file, variable and option. The examples
    of the files in the package are not tried again here; :func:`check` does it.
    """
    reading = _read(config_dir, environ, overrides or {})
    sectors = reading.join()
    settings = reading.layers.settings()
    if not reading.problems and config_dir is not None:
        reading.try_all_examples(below=config_dir)
    if reading.problems or settings is None or reading.weights is None:
        raise ConfigurationError(reading.problems)
    return Config(
        settings=settings,
        sectors=sectors,
        packs=tuple(
            PackFile(pack=found.pack, text=reading.texts[name][0], path=reading.texts[name][1])
            for name, found in sorted(reading.packs.items())
        ),
        weights=reading.weights,
        origins=reading.layers.all_origins(),
    )


def check(config_dir: Path | None, environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> Checked:
    """As :func:`load_config`, but the result tells of problems instead of raising them, and counts what was read."""
    reading = _read(config_dir, environ, overrides or {})
    sectors = reading.join()
    reading.layers.settings()
    if not reading.problems:
        reading.try_all_examples(below=None)
    return Checked(
        problems=tuple(reading.problems),
        remarks=tuple(reading.notes.remarks),
        files=tuple(reading.files),
        terms={rules.id: count_terms(rules) for rules in sectors},
        packs=tuple(f"{found.pack.id} {found.pack.version}" for _, found in sorted(reading.packs.items())),
        weights=reading.weights.version if reading.weights else "",
    )


def count_terms(rules: SectorRules) -> dict[str, int]:
    """Number of a sector's terms by language; ``*`` counts those of any language."""
    counts = Counter(language for term in rules.terms for language in term.languages or ("*",))
    return dict(sorted(counts.items()))
