"""From a model's complaints to problems with a place, what was expected and the nearest valid word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.codes import nearest
from config.schemas import part_at, schema
from config.yaml12 import Document, Path
from core.errors import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

_KINDS = {dict: "a mapping", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
_SCHEMA_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
_FORMS = {
    "version": 'numbers and dots in quotes, such as "2026.11.1"',
    "sector": "lower-case words joined by hyphens",
    "shared": "lower-case words joined by hyphens",
    "pack": "lower-case words joined by hyphens",
    "organisation": "lower-case words joined by hyphens",
    "sectors": "lower-case words joined by hyphens",
    "signals": "lower-case words joined by dots and hyphens, such as price.uniform-discount",
}


def kind_of(value: Any) -> str:
    """What a YAML value is, in words."""
    return "nothing" if value is None else _KINDS.get(type(value), "something else")


def shown(value: Any) -> str:
    """A value as a sentence cites it."""
    if isinstance(value, dict | list):
        return f"this {_KINDS[type(value)].removeprefix('a ')}"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "…")
    return json.dumps(value)


def fit(document: Document, model: type[ModelT], kind: Any) -> tuple[ModelT | None, list[Problem]]:
    """The document as a model, or every problem that keeps it from being one."""
    if document.content is None:
        return None, [document.problem((), "the file is empty", expected=f"a {kind} file")]
    try:
        return TypeAdapter(model).validate_json(json.dumps(document.content)), []
    except ValidationError as error:
        return None, translate(document, error, schema(kind))


def translate(
    document: Document, error: ValidationError, described: Mapping[str, Any], *, at: Path = ()
) -> list[Problem]:
    """One problem for each wrong place, in the order of the file. ``at`` is where the validated value stands."""
    found: dict[tuple[Path, str], Problem] = {}
    for detail in error.errors(include_url=False, include_context=True):
        path = _real_path(document, (*at, *detail["loc"]))
        problem = _problem(document, path, detail, described)
        found.setdefault((path, detail["type"] if detail["type"] == "missing" else ""), problem)
    return sorted(found.values(), key=lambda problem: (problem.line, problem.column))


def _real_path(document: Document, loc: tuple[str | int, ...]) -> Path:
    """The part of pydantic's path that exists in the document, without its tags for branches of a union."""
    path: Path = ()
    for step in loc:
        if (*path, step) in document.marks:
            path = (*path, step)
    return path


def _problem(document: Document, path: Path, detail: ErrorDetails, described: Mapping[str, Any]) -> Problem:
    kind, value, name = detail["type"], detail["input"], str(path[-1]) if path else ""
    context = detail.get("ctx", {})
    part = part_at(described, path)
    if kind == "extra_forbidden":
        keys = list(part_at(described, path[:-1]).get("properties", {}))
        return document.problem(
            path, f"unknown key {name!r}", expected=one_of(keys), nearest=nearest(name, keys), key=True
        )
    if kind == "missing":
        missing = str(detail["loc"][-1])
        inner = part_at(described, (*path, missing))
        return document.problem(path, f"the key {missing!r} is missing", expected=_wanted(inner))
    if detail["loc"] and detail["loc"][-1] == "[key]":
        return _bad_key(document, path, described, name)
    choices = _choices(part)
    if kind in ("enum", "literal_error") and choices:
        guess = nearest(value, choices) if isinstance(value, str) else ""
        return document.problem(path, f"{shown(value)} is not known here", expected=one_of(choices), nearest=guess)
    if kind == "string_pattern_mismatch":
        owner = next((step for step in reversed(path) if isinstance(step, str)), "")
        return document.problem(
            path, f"{shown(value)} has the wrong form", expected=_FORMS.get(owner, str(context.get("pattern", "")))
        )
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than", "finite_number"):
        return document.problem(path, f"{shown(value)} is out of range", expected=_range(part))
    if kind in ("too_short", "string_too_short"):
        return document.problem(path, f"{name!r} is empty" if name else "this is empty", expected="at least one")
    if kind == "string_too_long":
        return document.problem(path, "this text is too long", expected=f"at most {context['max_length']} characters")
    wanted = _wanted(part)
    if isinstance(value, int | float) and not isinstance(value, bool) and part.get("type") == "string":
        wanted += f' (write "{value}" in quotes)'
    return document.problem(path, f"{shown(value)} is {kind_of(value)}", expected=wanted)


def _bad_key(document: Document, path: Path, described: Mapping[str, Any], name: str) -> Problem:
    names = part_at(described, path[:-1]).get("propertyNames", {})
    if "$ref" in names:
        names = described["$defs"][names["$ref"].rpartition("/")[2]]
    choices = _choices(names)
    owner = str(path[-2]) if len(path) > 1 else ""
    expected = one_of(choices) if choices else _FORMS.get(owner, "")
    return document.problem(
        path, f"{name!r} is not known here", expected=expected, nearest=nearest(name, choices), key=True
    )


def one_of(words: list[str]) -> str:
    """A closed list as a sentence says it."""
    if not words:
        return "no key at all"
    if len(words) == 1:
        return words[0]
    return f"one of {', '.join(words)}"


def _choices(part: Mapping[str, Any]) -> list[str]:
    if "enum" in part:
        return [str(word) for word in part["enum"]]
    return [str(part["const"])] if "const" in part else []


def _range(part: Mapping[str, Any]) -> str:
    for option in part.get("anyOf", [part]):
        low, high = option.get("minimum"), option.get("maximum")
        above = option.get("exclusiveMinimum")
        if low is not None and high is not None:
            return f"a number from {low:g} to {high:g}"
        if above is not None:
            return f"a number over {above:g}" + (f", at most {high:g}" if high is not None else "")
        if low is not None:
            return f"a number of at least {low:g}"
    return "a finite number"


def _wanted(part: Mapping[str, Any]) -> str:
    if choices := _choices(part):
        return one_of(choices) if len(choices) <= 12 else f"a code such as {', '.join(choices[:3])}"
    options = [_SCHEMA_KINDS.get(str(option.get("type")), "") for option in part.get("anyOf", [part])]
    return " or ".join(filter(None, options)) or "another value"
