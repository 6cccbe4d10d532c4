"""Records as JSON text and back, without loss: captures (bodies apart), verdicts, candidates, artifacts.

``bytes`` become URL-safe base 64. Characters that no engine stores (lone surrogates, NUL) become U+FFFD or ``?``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticSerializationError

from core.records import Artifact, Candidate, Capture, Exchange, Verdict

T = TypeVar("T")

_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
_CAPTURES: TypeAdapter[tuple[Capture, ...]] = TypeAdapter(tuple[Capture, ...], config=_BYTES)
_CANDIDATE = TypeAdapter(Candidate)
_VERDICT = TypeAdapter(Verdict)
_ARTIFACTS: TypeAdapter[tuple[Artifact, ...]] = TypeAdapter(tuple[Artifact, ...])


def clean_text(text: str) -> str:
    """The text without what a database refuses: NUL becomes U+FFFD, a lone surrogate ``?``."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _dump(adapter: TypeAdapter[T], value: T) -> str:
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:
        # A lone surrogate somewhere; the slow way replaces it.
        document = _clean(adapter.dump_python(value, mode="python"))
        return adapter.dump_json(adapter.validate_python(document)).decode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return type(value)(clean_text(value)) if type(value) is not str else clean_text(value)
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_clean(item) for item in value)
    return value


def exchanges_of(captures: Sequence[Capture]) -> Iterator[Exchange]:
    """Every exchange over all captures, in the order that body ordinals count."""
    for capture in captures:
        yield from capture.exchanges


def dump_capture(capture: Capture) -> str:
    """A capture as JSON without its bodies, which live in segments."""
    bare = tuple(dataclasses.replace(exchange, body=b"", decoded=b"") for exchange in capture.exchanges)
    return _dump(_CAPTURES, (dataclasses.replace(capture, exchanges=bare),))


def read_capture(text: str) -> Capture:
    """The capture of :func:`dump_capture`; its bodies are empty."""
    return _CAPTURES.validate_json(text)[0]


def with_bodies(captures: Sequence[Capture], bodies: Sequence[bytes]) -> tuple[Capture, ...]:
    """The captures with one body put into each exchange, in order."""
    remaining = iter(bodies)
    return tuple(
        dataclasses.replace(
            capture,
            exchanges=tuple(dataclasses.replace(exchange, body=next(remaining)) for exchange in capture.exchanges),
        )
        for capture in captures
    )


def dump_candidate(candidate: Candidate) -> str:
    """A candidate as JSON."""
    return _dump(_CANDIDATE, candidate)


def read_candidate(text: str) -> Candidate:
    """The candidate of :func:`dump_candidate`."""
    return _CANDIDATE.validate_json(text)


def dump_verdict(verdict: Verdict) -> str:
    """A verdict with its signals as JSON."""
    return _dump(_VERDICT, verdict)


def read_verdict(text: str) -> Verdict:
    """The verdict of :func:`dump_verdict`."""
    return _VERDICT.validate_json(text)


def dump_artifacts(artifacts: tuple[Artifact, ...]) -> str:
    """A bundle's artifacts as JSON."""
    return _dump(_ARTIFACTS, artifacts)


def read_artifacts(text: str) -> tuple[Artifact, ...]:
    """The artifacts of :func:`dump_artifacts`."""
    return _ARTIFACTS.validate_json(text)


def dump_options(options: Any) -> str:
    """Options of a run as JSON; values JSON does not know become text."""
    return json.dumps(options, ensure_ascii=False, sort_keys=True, default=str)
