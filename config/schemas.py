"""The published JSON Schemas (draft 2020-12), made from the same models that the loader validates with."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from config.models import PackFileModel, SectorFile, SharedFile, WeightsFile
from config.sections import settings_schema
from config.yaml12 import Path

Kind = Literal["settings", "sector", "shared", "pack", "weights"]

KINDS: tuple[Kind, ...] = ("settings", "sector", "shared", "pack", "weights")
"""Kinds of files that have a schema."""

MODELS: Mapping[str, type[BaseModel]] = {
    "sector": SectorFile,
    "shared": SharedFile,
    "pack": PackFileModel,
    "weights": WeightsFile,
}
"""The model of each kind of rule file."""


@functools.cache
def _schema(kind: str) -> dict[str, Any]:
    body = settings_schema() if kind == "settings" else TypeAdapter(MODELS[kind]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:counterwatch:schema:{kind}", **body}


def schema(kind: Kind) -> Mapping[str, Any]:
    """The JSON Schema of one kind of file, as plain values. Read only: it is made once."""
    return _schema(kind)


def resolve(document: Mapping[str, Any], part: Mapping[str, Any]) -> Mapping[str, Any]:
    """``part`` of a schema with its local reference followed."""
    while "$ref" in part:
        place: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            place = place[name]
        part = place
    return part


def part_at(document: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The part of a schema that a value at ``path`` must satisfy; empty when the path leads nowhere."""
    part = resolve(document, document)
    for step in path:
        options = [resolve(document, option) for option in part.get("anyOf", [part])]
        part = next((found for option in options if (found := _step(document, option, step))), {})
    return part


def _step(document: Mapping[str, Any], part: Mapping[str, Any], step: str | int) -> Mapping[str, Any]:
    if isinstance(step, int):
        return resolve(document, part.get("items", {}))
    inner = part.get("properties", {}).get(step)
    if inner is None:
        inner = part.get("additionalProperties", {})
        if not inner:
            inner = next(iter(part.get("patternProperties", {}).values()), {})
    return resolve(document, inner) if isinstance(inner, dict) else {}
