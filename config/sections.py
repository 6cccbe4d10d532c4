"""The sections of the settings read off the policy dataclasses: names, types, defaults, descriptions and schema.

A section is a frozen dataclass of the standard library; nothing about a setting is written down twice. A description
is the text under the field (the convention of this project), read from the class's source.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import math
import re
import textwrap
import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from config.settings import DEFAULT_DATA_DIR, Settings

FILLED_IN: Mapping[tuple[str, str], Any] = {("store", "data_dir"): DEFAULT_DATA_DIR}
"""Values for fields that have no default in their dataclass."""

_ROLE = re.compile(r":[a-z]+:`([^`]+)`")
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_LAX = ConfigDict(strict=False, allow_inf_nan=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: where it stands, what it may be, what it is when nobody says, and what it means."""

    section: str
    name: str
    annotation: Any
    default: Any
    description: str

    @property
    def key(self) -> str:
        """``section.name``, as origins and overrides cite it."""
        return f"{self.section}.{self.name}"

    @property
    def is_list(self) -> bool:
        """Whether the value is a list (a tuple, in the policy)."""
        return any(typing.get_origin(part) is tuple for part in self.parts)

    @property
    def parts(self) -> tuple[Any, ...]:
        """The types of a union, or the one type."""
        if typing.get_origin(self.annotation) in (typing.Union, types.UnionType):
            return typing.get_args(self.annotation)
        return (self.annotation,)

    @property
    def optional(self) -> bool:
        """Whether null is a value."""
        return type(None) in self.parts

    @property
    def secret(self) -> bool:
        """Whether the value is masked wherever settings are shown."""
        words = set(self.name.split("_"))
        return bool(words & {"password", "secret", "token", "passphrase"}) or self.name.endswith("_key")

    def adapter(self, *, strict: bool) -> TypeAdapter[Any]:
        """Validates one value: strictly, or taking texts for numbers as the environment gives them."""
        return _adapter(self.annotation, strict)


@functools.cache
def _adapter(annotation: Any, strict: bool) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=_STRICT if strict else _LAX)


def attribute_texts(cls: type) -> dict[str, str]:
    """The text under each field of a class, white space folded."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = typing.cast(ast.ClassDef, tree.body[0]).body
    texts = {}
    for statement, after in itertools.pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            texts[statement.target.id] = plain_text(after.value.value)
    return texts


def plain_text(docstring: str) -> str:
    """A docstring as Markdown on one line, without the roles of reStructuredText."""
    return " ".join(_ROLE.sub(r"`\1`", docstring).replace("``", "`").split())


@functools.cache
def section_types() -> Mapping[str, type]:
    """The policy class of every section."""
    hints = typing.get_type_hints(Settings)
    return {section.name: hints[section.name] for section in dataclasses.fields(Settings)}


@functools.cache
def settings_list() -> tuple[Setting, ...]:
    """Every setting, in the order of the sections and their fields."""
    found = []
    for section, cls in section_types().items():
        hints = typing.get_type_hints(cls, include_extras=True)
        texts = attribute_texts(cls)
        for item in dataclasses.fields(cls):
            default = FILLED_IN.get((section, item.name), item.default)
            found.append(
                Setting(
                    section=section,
                    name=item.name,
                    annotation=hints[item.name],
                    default=default,
                    description=texts.get(item.name, ""),
                )
            )
    return tuple(found)


@functools.cache
def settings_by_key() -> Mapping[str, Setting]:
    """Every setting by ``section.name``."""
    return {setting.key: setting for setting in settings_list()}


def section_text(section: str) -> str:
    """What a section is about: the first paragraph of its class's docstring."""
    return plain_text((section_types()[section].__doc__ or "").split("\n\n")[0])


def is_number(value: Any) -> bool:
    """Whether a value is a number that must not be negative (all numbers in the settings)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def fault_of_number(value: Any) -> str:
    """What is wrong with a number in the settings, or ``""``. None of them may be negative or unbounded."""
    if is_number(value) and (value < 0 or not math.isfinite(value)):
        return "a number that is not negative"
    return ""


@functools.cache
def settings_schema() -> dict[str, Any]:
    """JSON Schema of ``settings.yaml``: every section and key may be left out."""
    properties = {}
    for section in section_types():
        keys = {}
        for setting in settings_list():
            if setting.section != section:
                continue
            part = TypeAdapter(setting.annotation).json_schema()
            part.pop("format", None)
            default = TypeAdapter(setting.annotation).dump_python(setting.default, mode="json")
            keys[setting.name] = {**_not_negative(part), "description": setting.description, "default": default}
        properties[section] = {
            "type": "object",
            "description": section_text(section),
            "properties": keys,
            "additionalProperties": False,
        }
    return {
        "title": "Settings",
        "description": "Settings of the service by section; durations and sizes carry their unit in the name.",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def _not_negative(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") in ("integer", "number"):
        return {**part, "minimum": 0}
    if "anyOf" in part:
        return {**part, "anyOf": [_not_negative(option) for option in part["anyOf"]]}
    return part
