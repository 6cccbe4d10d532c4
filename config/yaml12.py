"""YAML 1.2 read into plain values, with the line and column of everything.

The grammar is ruamel.yaml's; scalars are resolved here by the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/
chapter 10.3), so ``no``, ``on`` and ``12:30`` are texts. Duplicate keys, tags of other languages, files over
:data:`MAX_BYTES`, nesting over :data:`MAX_DEPTH` and aliases that expand to over :data:`MAX_NODES` values are problems.
A broken file is never an exception other than :class:`core.errors.ConfigurationError`, which carries every problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError, YAMLStreamError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from core.errors import ConfigurationError, Problem

MAX_BYTES = 2_000_000
"""Largest file accepted, in bytes."""

MAX_DEPTH = 16
"""Deepest nesting of mappings and lists."""

MAX_NODES = 200_000
"""Most values in one file, each alias counted as all that it stands for."""

Path = tuple[str | int, ...]
"""Place of a value in a document: keys and list positions from the top."""

_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NON_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_MAX_DIGITS = 300
_TEXT_TAGS = frozenset({"!", "tag:yaml.org,2002:str"})
_CORE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "int", "float", "bool", "null"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column start at 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's content as plain Python values (dict, list, str, int, float, bool, None) and where each one stands.

    ``marks`` gives the place of every value by path, ``key_marks`` that of every mapping key. ``plain`` holds the
    paths of unquoted scalars and keys, which a YAML 1.1 tool may read differently.
    """

    file: str
    content: Any
    marks: dict[Path, Mark]
    key_marks: dict[Path, Mark]
    plain: frozenset[Path]

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """The place of the value (or key) at ``path``, or of the nearest value around it."""
        if key and path in self.key_marks:
            return self.key_marks[path]
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(1, 1))

    def problem(self, path: Path, message: str, *, expected: str = "", nearest: str = "", key: bool = False) -> Problem:
        """A problem at the value (or key) at ``path``."""
        mark = self.mark(path, key=key)
        return Problem(
            file=self.file, line=mark.line, column=mark.column, message=message, expected=expected, nearest=nearest
        )


@dataclass(slots=True)
class _Node:
    value: Any
    mark: Mark
    plain: bool = False
    size: int = 1
    open: bool = False


@dataclass(slots=True)
class _Frame:
    node: _Node
    key: _Node | None = None


@dataclass(slots=True)
class _Composer:
    file: str
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, _Node] = field(default_factory=dict)
    nodes: int = 0

    def problem(self, mark: Mark, message: str, expected: str = "") -> None:
        self.problems.append(
            Problem(file=self.file, line=mark.line, column=mark.column, message=message, expected=expected)
        )

    def stop(self, mark: Mark, message: str, expected: str = "") -> ConfigurationError:
        self.problem(mark, message, expected)
        return ConfigurationError(self.problems)

    def compose(self, events: Iterator[Event]) -> _Node | None:
        root: _Node | None = None
        stack: list[_Frame] = []
        documents = 0
        for event in events:
            mark = Mark(event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.stop(mark, "a second document starts here", "one document in a file")
                continue
            if isinstance(event, SequenceEndEvent | MappingEndEvent):
                node = stack.pop().node
                node.open = False
                if stack:
                    stack[-1].node.size += node.size
                continue
            if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                node = self.node(event, mark)
                if stack:
                    self.attach(stack[-1], node)
                else:
                    root = node
                if node.open and not isinstance(event, AliasEvent):
                    if len(stack) == MAX_DEPTH:
                        raise self.stop(mark, "nested too deeply", f"at most {MAX_DEPTH} levels")
                    stack.append(_Frame(node))
            elif isinstance(event, DocumentEndEvent):
                continue
        return root

    def node(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent, mark: Mark) -> _Node:
        if isinstance(event, AliasEvent):
            found = self.anchors.get(event.anchor)
            if found is None:
                raise self.stop(mark, f"the alias *{event.anchor} has no anchor before it", f"&{event.anchor} first")
            if found.open:
                raise self.stop(mark, f"the alias *{event.anchor} stands inside what it names")
            self.count(found.size, mark)
            return found
        self.count(1, mark)
        tag = str(event.tag) if event.tag else ""
        if tag and tag not in _TEXT_TAGS and tag not in _CORE_TAGS:
            self.problem(mark, f"the tag {tag} is not known here", "no tag")
        if isinstance(event, ScalarEvent):
            plain = event.style in (None, "") and tag not in _TEXT_TAGS
            value = self.scalar(event.value, mark) if plain else event.value
            node = _Node(value, mark, plain)
        elif isinstance(event, SequenceStartEvent):
            node = _Node([], mark, open=True)
        else:
            node = _Node({}, mark, open=True)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def count(self, size: int, mark: Mark) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES:
            raise self.stop(mark, "too many values, aliases counted in full", f"at most {MAX_NODES:,}")

    def attach(self, frame: _Frame, node: _Node) -> None:
        holder = frame.node
        if not node.open:
            holder.size += node.size
        if isinstance(holder.value, list):
            holder.value.append(node)
            return
        if frame.key is None:
            frame.key = node
            return
        key, frame.key = frame.key, None
        if isinstance(key.value, list | dict):
            self.problem(key.mark, "a list or mapping stands where a key is expected", "a word")
            return
        if key.value == "<<" and key.plain:
            self.problem(key.mark, "merge keys (<<) are not part of YAML 1.2", "the keys written out")
            return
        name = _key_text(key.value)
        earlier = holder.value.get(name)
        if earlier is not None:
            self.problem(key.mark, f"the key {name!r} is given twice (first in line {earlier[0].mark.line})", "one")
            return
        holder.value[name] = (key, node)

    def scalar(self, text: str, mark: Mark) -> Any:
        if _NULL.match(text):
            return None
        if _BOOL.match(text):
            return text.lower() == "true"
        if len(text) > _MAX_DIGITS:
            return text
        if _INT.match(text):
            return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
        if _FLOAT.match(text):
            number = float(text)
            if number not in (float("inf"), float("-inf")):
                return number
            self.problem(mark, f"{text} is too large a number")
            return 0.0
        if _NON_FINITE.match(text):
            self.problem(mark, f"{text} is no usable number", "a finite number")
            return 0.0
        return text


def _key_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _flatten(root: _Node, file: str) -> Document:
    marks: dict[Path, Mark] = {}
    key_marks: dict[Path, Mark] = {}
    plain: set[Path] = set()

    def walk(node: _Node, path: Path) -> Any:
        marks[path] = node.mark
        if isinstance(node.value, list):
            return [walk(item, (*path, place)) for place, item in enumerate(node.value)]
        if isinstance(node.value, dict):
            out = {}
            for name, (key, item) in node.value.items():
                inner = (*path, name)
                key_marks[inner] = key.mark
                if key.plain:
                    plain.add((*inner, "?"))
                out[name] = walk(item, inner)
            return out
        if node.plain:
            plain.add(path)
        return node.value

    content = walk(root, ())
    return Document(file=file, content=content, marks=marks, key_marks=key_marks, plain=frozenset(plain))


def is_plain_key(document: Document, path: Path) -> bool:
    """Whether the mapping key at ``path`` is written without quotes."""
    return (*path, "?") in document.plain


def _translate(file: str, error: Exception) -> Problem:
    if isinstance(error, MarkedYAMLError):
        place = error.problem_mark or error.context_mark
        line, column = (place.line + 1, place.column + 1) if place is not None else (1, 1)
        problem = " ".join(str(error.problem or error.context or "cannot be read as YAML").split())
        if "'\\t'" in problem:
            return Problem(file=file, line=line, column=column, message="a tab stands here", expected="spaces")
        context = " ".join(str(error.context or "").split())
        message = f"{context}: {problem}" if context and context not in problem else problem
        return Problem(
            file=file, line=line, column=column, message=f"this is no YAML: {message}", expected=_remedy(problem)
        )
    return Problem(file=file, line=1, column=1, message=f"this is no YAML: {' '.join(str(error).split())[:200]}")


def _remedy(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "quotes around a text that holds ': ', or less indentation"
    if "could not find expected ':'" in problem:
        return "'key: value'"
    if "undefined alias" in problem or "alias" in problem:
        return "quotes around a text that starts with * or &"
    if "unexpected end of stream" in problem or "found unexpected end" in problem:
        return "the closing quote"
    if "expected ',' or" in problem:
        return "a comma, or the closing bracket"
    if "expected <block end>" in problem:
        return "the same indentation as the lines around it"
    return ""


def parse_yaml(content: bytes, *, file: str) -> Document:
    """Parse one YAML 1.2 document in UTF-8. ``file`` is the name that problems carry.

    Raises :class:`ConfigurationError` with every problem found. An empty file is a document that holds None.
    """
    start = Mark(1, 1)
    composer = _Composer(file)
    if len(content) > MAX_BYTES:
        raise composer.stop(start, f"the file has {len(content):,} bytes", f"at most {MAX_BYTES:,}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise composer.stop(Mark(line, column), "the bytes here are no UTF-8 text", "a text file in UTF-8") from error
    bad = _UNPRINTABLE.search(text)
    if bad:
        line, column = text.count("\n", 0, bad.start()) + 1, bad.start() - text.rfind("\n", 0, bad.start())
        raise composer.stop(Mark(line, column), f"the control character U+{ord(bad[0]):04X} stands here", "text")
    try:
        root = composer.compose(YAML(typ="base", pure=True).parse(text))
    except (MarkedYAMLError, ReaderError, YAMLStreamError, YAMLError) as error:
        raise ConfigurationError([*composer.problems, _translate(file, error)]) from error
    except (ValueError, IndexError, AttributeError, TypeError, Warning) as error:
        # The scanner trips over some malformed directives, escapes and tags with errors of its own making.
        raise composer.stop(start, f"this is no YAML: {error}") from error
    if composer.problems:
        raise ConfigurationError(composer.problems)
    return _flatten(root or _Node(None, start), file)


_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
