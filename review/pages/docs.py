"""The API's documentation: the published schema as a page, without scripts from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from review.rendering import render
from review.session import PageViewer

Schema = dict[str, Any]

router = APIRouter(include_in_schema=False)

_METHODS = ("get", "post", "put", "patch", "delete")
_PLACES = {
    "path": "in the path",
    "query": "in the query",
    "header": "header",
    "cookie": "cookie",
    "body": "in the body",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What an operation takes under one name, in the path, the query, a header or as a member of the JSON body.

    ``choices`` are the values that it may have; empty when any will do.
    """

    name: str
    place: str
    required: bool
    description: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API; ``answer`` names the members of its JSON answer, empty when that is no object."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answer: tuple[str, ...]


@router.get("/api/docs")
async def docs(request: Request, viewer: PageViewer) -> Response:
    context = {"section": "api", "groups": operations(request.app.openapi()), "places": _PLACES}
    return render(request, "docs.html", context)


def operations(document: Schema) -> dict[str, list[Operation]]:
    """The operations of an OpenAPI document by their first tag, in the document's order."""
    groups: dict[str, list[Operation]] = {}
    named = document.get("components", {}).get("schemas", {})
    for path, entry in document.get("paths", {}).items():
        for method in _METHODS:
            if method in entry:
                tags = entry[method].get("tags") or ["Other"]
                groups.setdefault(tags[0], []).append(_operation(method, path, entry[method], named))
    return groups


def _operation(method: str, path: str, entry: Schema, named: Schema) -> Operation:
    body = _resolved(_json(entry.get("requestBody", {})), named)
    answers = [answer for status, answer in entry.get("responses", {}).items() if status.startswith("2")]
    answer = _resolved(_json(answers[0]), named) if answers else {}
    return Operation(
        method=method.upper(),
        path=path,
        summary=entry.get("summary", ""),
        description=entry.get("description", ""),
        parameters=(
            *(
                _parameter(item["name"], item["in"], bool(item.get("required")), item, item.get("schema", {}), named)
                for item in entry.get("parameters", [])
            ),
            *(
                _parameter(name, "body", name in body.get("required", ()), member, member, named)
                for name, member in body.get("properties", {}).items()
            ),
        ),
        answer=tuple(_resolved(answer.get("items", answer), named).get("properties", {})),
    )


def _parameter(name: str, place: str, required: bool, told: Schema, schema: Schema, named: Schema) -> Parameter:
    return Parameter(
        name=name,
        place=place,
        required=required,
        description=told.get("description", ""),
        choices=tuple(_choices(schema, named)),
    )


def _json(message: Schema) -> Schema:
    schema: Schema = message.get("content", {}).get("application/json", {}).get("schema", {})
    return schema


def _resolved(schema: Schema, named: Schema) -> Schema:
    found: Schema = named.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema
    return found


def _choices(schema: Schema, named: Schema) -> Iterator[str]:
    found = _resolved(schema, named)
    yield from found.get("enum", ())
    for part in (*found.get("anyOf", ()), found.get("items", {})):
        if part:
            yield from _choices(part, named)
