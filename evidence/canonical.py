"""JSON as bytes: RFC 8785 canonical output, strict input, and times as text.

Everything a bundle holds in JSON is canonical, so that the same facts always give the same bytes, and so that a
reader can refuse what two parsers may understand differently (duplicate names, ``NaN``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

from core.errors import EvidenceError

_HALF = re.compile("[\ud800-\udfff]")


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value, without a line end. Raises :class:`EvidenceError` when it has none.

    Half a surrogate pair, which hostile text may hold and UTF-8 may not, becomes U+FFFD.
    """
    try:
        return rfc8785.dumps(_whole(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as exc:
        raise EvidenceError(f"A value has no canonical JSON form: {exc}.") from exc


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _HALF.sub("\ufffd", value)
    if isinstance(value, Mapping):
        return {_whole(name): _whole(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_whole(item) for item in value]
    return value


def parse_canonical(content: bytes) -> Any:
    """The value of canonical JSON bytes. Raises :class:`ValueError` with one phrase when they are anything else."""
    value = parse_json(content)
    try:
        same = rfc8785.dumps(value) == content
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as exc:
        raise ValueError(f"no canonical JSON form: {exc}") from exc
    if not same:
        raise ValueError("the JSON is not in its RFC 8785 canonical form")
    return value


def parse_json(content: bytes) -> Any:
    """The value of JSON bytes without duplicate names, ``NaN`` or infinities. Raises :class:`ValueError`."""
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as exc:
        raise ValueError("the JSON is nested too deeply") from exc


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("the JSON repeats a name in one object")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"the JSON holds {name}")


def utc(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds, as every time in a bundle is written."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def not_collected(reason: str) -> Mapping[str, str]:
    """What stands in the place of a fact that nobody collected: the reason, never an invented value."""
    return {"not_collected": reason}
