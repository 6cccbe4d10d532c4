"""Settings in layers: defaults, then ``settings.yaml``, then the environment, then the command line. The last one wins.

- ``settings.yaml``: ``section: {key: value}``, strictly typed.
- Environment: ``COUNTERWATCH_SECTION__KEY=value``. A list is separated by commas or a JSON list; ``null`` unsets a
  value that may be absent. ``COUNTERWATCH_SECTION__KEY_FILE=path`` reads the value from a file (for secrets).
- Command line: ``section.key`` to value, as :func:`config.load.load_config` takes them.

Every layer is checked whole, also values that a later layer hides.
"""

from __future__ import annotations

import base64
import binascii
import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from config.codes import nearest
from config.schemas import schema
from config.sections import (
    FILLED_IN,
    Setting,
    fault_of_number,
    section_types,
    settings_by_key,
    settings_list,
)
from config.settings import Settings
from config.validation import kind_of, one_of, shown, translate
from config.yaml12 import Document, Path
from core.errors import BadTarget, Problem
from core.hosts import parse_host

PREFIX = "COUNTERWATCH_"

OTHER_VARIABLES = frozenset({"COUNTERWATCH_CONFIG", "COUNTERWATCH_DATA_DIR", "COUNTERWATCH_CORPUS"})
"""Variables that are read elsewhere: the configuration folder, the data folder, the corpus of the benchmarks."""

MAX_SECRET_BYTES = 65_536
"""Largest file that a ``…_FILE`` variable may name."""

HOST_LISTS = frozenset({"classify.allowlist"})
"""Settings whose entries are hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a value came from: ``default``, ``environment NAME``, ``option`` or ``FILE:LINE``."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Layers:
    """Values collected so far by ``section.key``, the origin of each, and every problem."""

    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add_file(self, document: Document) -> None:
        """Take in ``settings.yaml``."""
        content = document.content
        if content is None:
            return
        if not isinstance(content, dict):
            self.problems.append(document.problem((), f"this is {kind_of(content)}", expected="section: {key: value}"))
            return
        for section, keys in content.items():
            if section not in section_types():
                names = list(section_types())
                self.problems.append(
                    document.problem(
                        (section,),
                        f"unknown section {section!r}",
                        expected=one_of(names),
                        nearest=_nearest_section(section, keys),
                        key=True,
                    )
                )
            elif keys is not None and not isinstance(keys, dict):
                self.problems.append(
                    document.problem((section,), f"this is {kind_of(keys)}", expected=f"keys of {section}")
                )
            else:
                for name, value in (keys or {}).items():
                    self._add_entry(document, (section, name), value)

    def _add_entry(self, document: Document, path: Path, value: Any) -> None:
        section, name = str(path[0]), str(path[1])
        setting = settings_by_key().get(f"{section}.{name}")
        if setting is None:
            keys = [known.name for known in settings_list() if known.section == section]
            self.problems.append(
                document.problem(
                    path, f"unknown key {name!r}", expected=one_of(keys), nearest=nearest(name, keys), key=True
                )
            )
            return
        try:
            if _holds_bytes(setting) and isinstance(value, str):
                checked = _from_text(setting, value)
            else:
                checked = setting.adapter(strict=True).validate_json(json.dumps(value))
        except ValidationError as error:
            self.problems += translate(document, error, schema("settings"), at=path)
            return
        except ValueError as error:
            self.problems.append(document.problem(path, str(error)))
            return
        if fault := _fault(setting, checked):
            self.problems.append(document.problem(path, f"{shown(value)} is no usable value", expected=fault))
            return
        line = document.mark(path).line
        self._take(setting, checked, Origin(text=f"{document.file}:{line}"))

    def add_environment(self, environ: Mapping[str, str]) -> None:
        """Take in the ``COUNTERWATCH_…`` variables; names are compared without regard to case."""
        seen: dict[str, str] = {}
        for name in sorted(environ):
            upper = name.upper()
            if not upper.startswith(PREFIX) or upper in OTHER_VARIABLES:
                continue
            setting, from_file = _by_variable(upper)
            if setting is None:
                names = sorted({*OTHER_VARIABLES, *(variable_of(known) for known in settings_list())})
                self._refuse(name, "no setting has this name", nearest=nearest(upper, names).upper())
                continue
            if setting.key in seen:
                self._refuse(name, f"the same setting is given by {seen[setting.key]}", expected="one of the two")
                continue
            seen[setting.key] = name
            text = environ[name]
            if from_file:
                read = self._read_secret(name, text)
                if read is None:
                    continue
                text = read
            self._add_text(setting, text, name)

    def _read_secret(self, name: str, path: str) -> str | None:
        try:
            file = pathlib.Path(path)
            if file.stat().st_size > MAX_SECRET_BYTES:
                self._refuse(name, f"{path} is too large", expected=f"at most {MAX_SECRET_BYTES} bytes")
                return None
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no text in UTF-8"
            self._refuse(name, f"{path!r} cannot be read: {reason}")
            return None

    def _add_text(self, setting: Setting, text: str, name: str) -> None:
        quoted = "the value" if setting.secret else shown(text)
        try:
            value = _from_text(setting, text)
        except ValidationError as error:
            self._refuse(name, f"{quoted} does not fit: {_sentence(error)}")
            return
        except ValueError as error:
            self._refuse(name, f"{quoted} does not fit: {error}")
            return
        if fault := _fault(setting, value):
            self._refuse(name, f"{quoted} is no usable value", expected=fault)
            return
        self._take(setting, value, Origin(text=f"environment {name}"))

    def add_options(self, options: Mapping[str, Any]) -> None:
        """Take in what the command line says, ``section.key`` to value (texts are read as in the environment)."""
        for key, value in options.items():
            setting = settings_by_key().get(key)
            if setting is None:
                self._refuse(f"option {key}", "no setting has this name", nearest=nearest(key, settings_by_key()))
                continue
            try:
                checked = (
                    _from_text(setting, value)
                    if isinstance(value, str)
                    else setting.adapter(strict=False).validate_python(value)
                )
            except ValidationError as error:
                self._refuse(f"option {key}", f"{value!r} does not fit: {_sentence(error)}")
                continue
            except ValueError as error:
                self._refuse(f"option {key}", f"the value does not fit: {error}")
                continue
            if fault := _fault(setting, checked):
                self._refuse(f"option {key}", f"{value!r} is no usable value", expected=fault)
                continue
            self._take(setting, checked, Origin(text="option"))

    def _take(self, setting: Setting, value: Any, origin: Origin) -> None:
        self.values[setting.key] = value
        self.origins[setting.key] = origin

    def _refuse(self, name: str, message: str, *, expected: str = "", nearest: str = "") -> None:
        self.problems.append(Problem(file=name, line=0, column=0, message=message, expected=expected, nearest=nearest))

    def settings(self) -> Settings | None:
        """The settings that the layers make, or None when a section refuses its values (a problem says why)."""
        built: dict[str, Any] = {}
        for section, cls in section_types().items():
            given = {
                setting.name: self.values[setting.key]
                for setting in settings_list()
                if setting.section == section and setting.key in self.values
            }
            filled = {name: value for (place, name), value in FILLED_IN.items() if place == section}
            try:
                built[section] = cls(**{**filled, **given})
            except (ValueError, TypeError, BadTarget) as error:
                origins = sorted({str(self.origins[f"{section}.{name}"]) for name in given})
                self._refuse(f"section {section} ({', '.join(origins)})", str(error))
        return None if self.problems else Settings(**built)

    def all_origins(self) -> dict[str, Origin]:
        """The origin of every setting, defaults included."""
        default = Origin(text="default")
        return {setting.key: self.origins.get(setting.key, default) for setting in settings_list()}


def variable_of(setting: Setting) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{setting.section.upper()}__{setting.name.upper()}"


def _by_variable(upper: str) -> tuple[Setting | None, bool]:
    section, _, name = upper.removeprefix(PREFIX).lower().partition("__")
    settings = settings_by_key()
    found = settings.get(f"{section}.{name}")
    if found is not None:
        return found, False
    return settings.get(f"{section}.{name.removesuffix('_file')}") if name.endswith("_file") else None, True


def _nearest_section(word: str, keys: Any) -> str:
    near = nearest(word, section_types())
    if near or not isinstance(keys, dict):
        return near
    owners = [setting.section for setting in settings_list() if setting.name in keys]
    return owners[0] if owners else ""


def _holds_bytes(setting: Setting) -> bool:
    return bytes in setting.parts


def _from_text(setting: Setting, text: str) -> Any:
    if setting.optional and text.strip().lower() in ("null", "none", ""):
        return None
    if _holds_bytes(setting):
        return _key_bytes(text)
    if setting.is_list:
        return setting.adapter(strict=False).validate_python(_split(text))
    return setting.adapter(strict=False).validate_python(text)


def _split(text: str) -> list[Any]:
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError("it starts like a JSON list and is none") from error
        if isinstance(found, list):
            return found
    return [part.strip() for part in text.split(",") if part.strip()]


def _key_bytes(text: str) -> bytes:
    stripped = text.strip()
    try:
        return bytes.fromhex(stripped)
    except ValueError:
        pass
    try:
        return base64.b64decode(stripped, validate=True)
    except binascii.Error as error:
        raise ValueError("a key is written in hex or base64") from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"]
    return first[:1].lower() + first[1:]


def _fault(setting: Setting, value: Any) -> str:
    if fault := fault_of_number(value):
        return fault
    if setting.key in HOST_LISTS:
        for entry in value:
            try:
                parse_host(entry)
            except BadTarget:
                return f"hosts; {entry!r} is none"
    return ""
