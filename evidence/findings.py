"""``findings.json``: what the classifiers concluded, marked as a machine's inference."""

from __future__ import annotations

from typing import Any

from core.records import Reference, ReferenceType, Signal, Verdict
from evidence.canonical import utc

FORMAT = "urn:counterwatch:findings:1"
NOTICE = "Machine inference: a suspicion drawn from the captured bytes, not a finding of fact or of law."


def findings_document(verdict: Verdict) -> dict[str, Any]:
    """The verdict with every signal and contrary signal, each with its references."""
    return {
        "schema": FORMAT,
        "kind": "machine inference",
        "notice": NOTICE,
        "visit": verdict.visit,
        "label": str(verdict.label),
        "sector": verdict.sector,
        "score": verdict.score,
        "scores": [
            {
                "sector": entry.sector,
                "score": entry.score,
                "threshold": entry.threshold,
                "terms": [{"family": family, "contribution": number} for family, number in entry.terms],
            }
            for entry in verdict.scores
        ],
        "suppressed": verdict.suppressed,
        "ruleset": verdict.ruleset,
        "at": utc(verdict.at),
        "signals": [_signal(signal) for signal in verdict.signals],
        "contrary": [_signal(signal) for signal in verdict.contrary],
    }


def _signal(signal: Signal) -> dict[str, Any]:
    pack = signal.pack
    return {
        "id": signal.id,
        "sector": signal.sector,
        "family": str(signal.family),
        "weight": signal.weight,
        "quote": signal.quote,
        "references": [_reference(reference) for reference in signal.references],
        "detector": signal.detector,
        "version": signal.version,
        "pack": None if pack is None else {"id": pack.id, "version": pack.version, "organisation": pack.organisation},
    }


def _reference(reference: Reference) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": str(reference.type)}
    match reference.type:
        case ReferenceType.BYTES:
            shown |= {"sha256": reference.sha256, "start": reference.start, "end": reference.end}
            if reference.selector:
                shown["selector"] = reference.selector
        case ReferenceType.DOM:
            shown |= {"sha256": reference.sha256, "selector": reference.selector}
        case ReferenceType.REGION:
            shown |= {"sha256": reference.sha256, "region": list(reference.region or ())}
        case ReferenceType.LOOKUP:
            shown |= {"sha256": reference.sha256, "name": reference.name}
        case ReferenceType.DIFFERENCE:
            shown |= {"pages": list(reference.pages)}
        case ReferenceType.ABSENCE:
            shown |= {"pages": list(reference.pages), "name": reference.name}
    return shown
