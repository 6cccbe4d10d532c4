"""The API's documentation: the published schema as a page, without scripts from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from review.rendering import render
from review.session import PageViewer

router = APIRouter(include_in_schema=False)

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    place: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str


@router.get("/api/docs")
async def docs(request: Request, viewer: PageViewer) -> Response:
    context = {"section": "api", "groups": operations(request.app.openapi())}
    return render(request, "docs.html", context)


def operations(schema: dict[str, Any]) -> dict[str, list[Operation]]:
    """The operations of an OpenAPI document by their first tag, in the document's order."""
    groups: dict[str, list[Operation]] = {}
    for path, entry in schema.get("paths", {}).items():
        for method in _METHODS:
            if method in entry:
                tags = entry[method].get("tags") or ["Other"]
                groups.setdefault(tags[0], []).append(_operation(method, path, entry[method]))
    return groups


def _operation(method: str, path: str, entry: dict[str, Any]) -> Operation:
    content = entry.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=entry.get("summary", ""),
        description=entry.get("description", ""),
        parameters=tuple(
            Parameter(
                name=item["name"],
                place=item["in"],
                required=bool(item.get("required")),
                description=item.get("description", ""),
            )
            for item in entry.get("parameters", [])
        ),
        body=content.get("schema", {}).get("$ref", "").rpartition("/")[2],
    )
