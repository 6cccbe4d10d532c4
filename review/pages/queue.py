"""The queue: the cases that wait, the heaviest suspicion first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from core.errors import UsageError
from core.records import Case, CaseState, Verdict
from review import words
from review.access import Viewer, limited
from review.deps import Desk
from review.problems import Refusal
from review.reasons import reason_for
from review.rendering import render
from review.session import AppDesk, PageViewer
from storage.records import CaseFilter, Role

router = APIRouter(include_in_schema=False)

TOP_REASONS = 3
_OPEN = (CaseState.NEW, CaseState.CLAIMED, CaseState.MORE_EVIDENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the queue: the case, its heaviest reasons in words, how many more, and the score in per cent."""

    case: Case
    reasons: tuple[str, ...]
    more: int
    percent: int
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A link that narrows the list; ``count`` is None where the number is not told."""

    title: str
    count: int | None
    href: str
    current: bool


@router.get("/")
async def queue(
    request: Request,
    desk: AppDesk,
    viewer: PageViewer,
    state: Annotated[str, Query(max_length=40)] = "open",
    sector: Annotated[str, Query(max_length=60)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    chosen = {"state": state, "sector": sector, "text": text}
    wanted = limited(viewer, CaseFilter(states=states_of(state), sector=sector, text=text.strip()))
    try:
        page = await desk.store.cases.list(wanted, cursor or None, desk.policy.page_size)
    except UsageError as exc:
        raise Refusal(400, "That page of the list does not exist any more; start at the first.") from exc
    counts = await _counts(desk, viewer)
    context = {
        "section": "queue",
        "now": await desk.store.now(),
        "rows": [await _row(desk, case) for case in page.cases],
        "chosen": chosen,
        "tabs": tabs(counts, chosen),
        "sectors": words.SECTORS,
        "next_page": _href(chosen | {"cursor": page.cursor or ""}) if page.cursor else "",
        "first_page": _href(chosen) if cursor else "",
        "none_at_all": counts is not None and not sum(counts.values()),
        "filtered": bool(text.strip() or sector),
    }
    return render(request, "queue.html", context)


async def _counts(desk: Desk, viewer: Viewer) -> Mapping[str, int] | None:
    """Cases by state that the viewer sees; None for a rights holder, whose cases are spread over organisations."""
    if viewer.role is Role.RIGHTS_HOLDER:
        return None
    return await desk.store.cases.counts("" if viewer.role is Role.OPERATOR else viewer.organisation)


def tabs(counts: Mapping[str, int] | None, chosen: Mapping[str, str]) -> tuple[Tab, ...]:
    """The states as links that keep the other filters."""
    groups = [("open", "Waiting", _OPEN), *((state.value, words.STATES[state], (state,)) for state in CaseState)]
    groups.append(("all", "All", tuple(CaseState)))
    return tuple(
        Tab(
            title=title,
            count=None if counts is None else sum(counts.get(state, 0) for state in states),
            href=_href({**chosen, "state": name}),
            current=chosen["state"] == name,
        )
        for name, title, states in groups
    )


async def _row(desk: Desk, case: Case) -> Row:
    latest = await desk.store.visits.latest(case.subject)
    stored = await desk.store.visits.get(latest.id, bodies=False) if latest and latest.label else None
    return row_of(case, stored.verdict if stored else None)


def states_of(name: str) -> tuple[CaseState, ...]:
    """The states behind a tab: ``open`` stands for all that wait for somebody, ``all`` for any."""
    if name == "open":
        return _OPEN
    return (CaseState(name),) if name in {state.value for state in CaseState} else ()


def row_of(case: Case, verdict: Verdict | None) -> Row:
    """A line of the queue from a case and its latest verdict."""
    own = [signal for signal in verdict.signals if signal.sector in ("", case.sector)] if verdict else []
    signals = sorted(own, key=lambda signal: -signal.weight)
    titles = tuple(dict.fromkeys(reason_for(signal.id, signal.family).title for signal in signals))
    threshold = (
        next((entry.threshold for entry in verdict.scores if entry.sector == verdict.sector), None) if verdict else None
    )
    return Row(
        case=case,
        reasons=titles[:TOP_REASONS],
        more=max(0, len(titles) - TOP_REASONS),
        percent=score_percent(case.score, threshold),
        threshold=threshold,
    )


def score_percent(score: float, threshold: float | None) -> int:
    """Where a score stands on a bar that ends at three times the threshold, so that all bars compare."""
    return max(0, min(100, round(100 * score / (3 * (threshold or 2.0)))))


def _href(chosen: Mapping[str, str]) -> str:
    kept = {name: value for name, value in chosen.items() if value and (name, value) != ("state", "open")}
    return f"/?{urlencode(kept)}" if kept else "/"
