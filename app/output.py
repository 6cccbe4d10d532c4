"""The JSON object that ``scan`` and ``classify`` print for each target. Fields are only ever added."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.records import Outcome, PageKind, Reference, Signal, Subject, Verdict


def target_object(
    *,
    target: str,
    subject: Subject | None = None,
    unit: str = "",
    url: str = "",
    outcome: Outcome | None = None,
    detail: str = "",
    verdict: Verdict | None = None,
    page_kind: PageKind | None = None,
    language: str = "",
    title: str = "",
    bundle: str | None = None,
    case: str | None = None,
    error: tuple[str, str] | None = None,
    elapsed_ms: int = 0,
    ruleset: str = "",
) -> dict[str, Any]:
    """One target's result. A target that is no candidate has an ``error`` and null fields."""
    return {
        "target": target,
        "subject": str(subject) if subject else None,
        "unit": unit or None,
        "url": url or None,
        "outcome": str(outcome) if outcome else None,
        "detail": detail or None,
        "label": str(verdict.label) if verdict else None,
        "score": round(verdict.score, 4) if verdict else None,
        "sector": (verdict.sector or None) if verdict else None,
        "page_kind": str(page_kind) if page_kind else None,
        "language": language or None,
        "title": title or None,
        "signals": signal_objects(verdict.signals) if verdict else [],
        "contrary": signal_objects(verdict.contrary) if verdict else [],
        "suppressed": (verdict.suppressed or None) if verdict else None,
        "bundle": bundle,
        "case": case,
        "error": {"code": error[0], "message": error[1]} if error else None,
        "elapsed_ms": elapsed_ms,
        "ruleset": ruleset or None,
    }


def signal_objects(signals: Sequence[Signal]) -> list[dict[str, Any]]:
    """Signals as plain objects."""
    return [
        {
            "id": signal.id,
            "family": str(signal.family),
            "weight": round(signal.weight, 4),
            "quote": signal.quote,
            "sector": signal.sector or None,
            "references": [_reference(reference) for reference in signal.references],
            "detector": signal.detector,
            "version": signal.version,
            "pack": (
                {"id": signal.pack.id, "version": signal.pack.version, "organisation": signal.pack.organisation}
                if signal.pack
                else None
            ),
        }
        for signal in signals
    ]


def _reference(reference: Reference) -> dict[str, Any]:
    found: dict[str, Any] = {"type": str(reference.type)}
    if reference.sha256:
        found["sha256"] = reference.sha256
    if reference.type == "bytes":
        found["start"], found["end"] = reference.start, reference.end
    if reference.selector:
        found["selector"] = reference.selector
    if reference.region is not None:
        found["region"] = list(reference.region)
    if reference.name:
        found["name"] = reference.name
    if reference.pages:
        found["pages"] = list(reference.pages)
    return found


def json_line(value: object) -> str:
    """One line of JSON, safe for any reader: lone surrogates are escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value, separators=(",", ":")) if _has_surrogates(text) else text


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text) if not text.isascii() else False
