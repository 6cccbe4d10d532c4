"""What a verification found: every check with its reason, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.records import SealState

MOST = 50
"""Failures listed per check; more of the same are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: its name, whether it passed, why in one sentence, the file it is about (``""`` for the whole).

    A ``note`` tells a state and is no failure.
    """

    name: str
    ok: bool
    detail: str
    file: str = ""
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a verification. ``bundle_id`` and ``content_id`` are ``""`` when they could not be read."""

    ok: bool
    checks: tuple[Check, ...]
    bundle_id: str
    content_id: str
    state: SealState

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.ok)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: a sentence, and the file it is about."""

    detail: str
    file: str = ""


def layer(name: str, passed: str, faults: Iterable[Fault]) -> Iterator[Check]:
    """The checks of one layer: its faults, or one check that says what passed."""
    count = 0
    for fault in faults:
        count += 1
        if count <= MOST:
            yield Check(name=name, ok=False, detail=fault.detail, file=fault.file)
    if count > MOST:
        yield Check(name=name, ok=False, detail=f"{count - MOST} more faults of this check are not listed.")
    if not count:
        yield Check(name=name, ok=True, detail=passed)


def report_json(report: Report) -> str:
    """The report as one line of JSON: ``{"bundle","content_id","ok","state","checks":[…]}``."""
    return json.dumps(
        {
            "bundle": report.bundle_id or None,
            "content_id": report.content_id or None,
            "ok": report.ok,
            "state": str(report.state),
            "checks": [
                {
                    "name": check.name,
                    "ok": check.ok,
                    "detail": check.detail,
                    "file": check.file or None,
                    "note": check.note,
                }
                for check in report.checks
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
