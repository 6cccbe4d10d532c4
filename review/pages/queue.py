"""The queue: the cases that wait, the heaviest suspicion first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from core.errors import UsageError
from core.records import Case, CaseState, Signal, Verdict
from review import words
from review.access import limited
from review.problems import Refusal
from review.reasons import reason_for
from review.rendering import render
from review.session import AppDesk, PageViewer
from storage.records import CaseFilter

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
    """A link that narrows the list, with the number of cases behind it."""

    title: str
    count: int
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
    filtered = bool(text.strip() or sector)
    chosen = {"state": state, "sector": sector, "text": text}
    wanted = limited(viewer, CaseFilter(states=states_of(state), sector=sector, text=text.strip()))
    try:
        page = await desk.store.cases.list(wanted, cursor or None, desk.policy.page_size)
    except UsageError as exc:
        raise Refusal(400, "That page of the list does not exist any more; start at the first.") from exc
    facets = await desk.store.cases.facets(wanted)
    verdicts = await desk.store.visits.verdicts_of_cases([case.id for case in page.cases])
    context = {
        "section": "queue",
        "now": await desk.store.now(),
        "rows": [row_of(case, verdicts.get(case.id)) for case in page.cases],
        "chosen": chosen,
        "tabs": state_tabs(facets.states, chosen),
        "sector_tabs": sector_tabs(facets.sectors, chosen),
        "next_page": _href(chosen | {"cursor": page.cursor or ""}) if page.cursor else "",
        "first_page": _href(chosen) if cursor else "",
        "none_at_all": not filtered and not sum(facets.states.values()),
        "filtered": filtered,
    }
    return render(request, "queue.html", context)


def state_tabs(counts: Mapping[str, int], chosen: Mapping[str, str]) -> tuple[Tab, ...]:
    """The states as links that keep the other filters."""
    groups = [("open", "Waiting", _OPEN), *((state.value, words.STATES[state], (state,)) for state in CaseState)]
    groups.append(("all", "All", tuple(CaseState)))
    return tuple(
        Tab(
            title=title,
            count=sum(counts.get(state, 0) for state in states),
            href=_href({**chosen, "state": name}),
            current=chosen["state"] == name,
        )
        for name, title, states in groups
    )


def sector_tabs(counts: Mapping[str, int], chosen: Mapping[str, str]) -> tuple[Tab, ...]:
    """The sectors that have cases, and the chosen one even if it has none, as links that keep the other filters."""
    listed = {"": sum(counts.values())} | {name: count for name, count in counts.items() if name}
    listed.setdefault(chosen["sector"], 0)
    return tuple(
        Tab(
            title=words.sector_title(name) if name else "All sectors",
            count=count,
            href=_href({**chosen, "sector": name}),
            current=chosen["sector"] == name,
        )
        for name, count in listed.items()
    )


def states_of(name: str) -> tuple[CaseState, ...]:
    """The states behind a tab: ``open`` stands for all that wait for somebody, ``all`` for any."""
    if name == "open":
        return _OPEN
    return (CaseState(name),) if name in {state.value for state in CaseState} else ()


def row_of(case: Case, verdict: Verdict | None) -> Row:
    """A line of the queue from a case and its latest verdict."""
    titles = heaviest(signal for signal in verdict.signals if signal.sector in ("", case.sector)) if verdict else ()
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


def heaviest(signals: Iterable[Signal]) -> tuple[str, ...]:
    """The titles of signals, by the weight that all signals of one title add up to."""
    sums: dict[str, float] = {}
    for signal in signals:
        title = reason_for(signal.id, signal.family).title
        sums[title] = sums.get(title, 0.0) + signal.weight
    return tuple(sorted(sums, key=lambda title: -round(sums[title], 6)))


def score_percent(score: float, threshold: float | None) -> int:
    """Where a score stands on a bar that ends at three times the threshold, so that all bars compare."""
    return max(0, min(100, round(100 * score / (3 * (threshold or 2.0)))))


def _href(chosen: Mapping[str, str]) -> str:
    kept = {name: value for name, value in chosen.items() if value and (name, value) != ("state", "open")}
    return f"/?{urlencode(kept)}" if kept else "/"
