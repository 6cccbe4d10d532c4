"""The published JSON Schemas (draft 2020-12) of the documents in a bundle, and validation against them."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterator
from typing import Any

import jsonschema

NAMES = ("bundle-1", "findings-1")


def schema_text(name: str) -> str:
    """The text of a published schema, one of :data:`NAMES`."""
    return importlib.resources.files(__name__).joinpath(f"{name}.json").read_text("utf-8")


@functools.cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text(name)))


def schema_problems(name: str, document: Any) -> Iterator[str]:
    """One phrase for every place where a document departs from a schema, naming the place."""
    for error in _validator(name).iter_errors(document):
        place = "/".join(str(part) for part in error.absolute_path) or "the document"
        yield f"{place[:200]}: {error.message[:300]}"
