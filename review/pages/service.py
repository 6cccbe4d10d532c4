"""The state of the service: the frontier, workers, outcomes, evidence jobs and dead letters."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from core.records import Outcome
from review import words
from review.problems import Refusal
from review.rendering import render
from review.session import AppDesk, PageViewer
from storage.records import Role

router = APIRouter(include_in_schema=False)

DEAD_LETTERS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One outcome's part of the visits of a day."""

    title: str
    meaning: str
    count: int
    percent: int


@router.get("/service")
async def service(request: Request, desk: AppDesk, viewer: PageViewer) -> Response:
    if not viewer.sees_service:
        raise Refusal(403, "The state of the service is shown to operators and analysts.")
    status = await desk.store.status(await desk.store.now())
    workers = await desk.store.workers.list(status.at)
    dead = await desk.store.frontier.dead(DEAD_LETTERS) if viewer.role is Role.OPERATOR else ()
    context = {
        "section": "service",
        "now": status.at,
        "status": status,
        "workers": workers,
        "dead": dead,
        "shares": shares(dict(status.outcomes)),
        "visits": sum(status.outcomes.values()),
        "operator": viewer.role is Role.OPERATOR,
    }
    return render(request, "service.html", context)


def shares(outcomes: dict[str, int]) -> tuple[Share, ...]:
    """Outcomes by number of visits, the most frequent first; bars are relative to the greatest."""
    greatest = max(outcomes.values(), default=0) or 1
    return tuple(
        Share(
            title=title,
            meaning=meaning,
            count=count,
            percent=max(1, round(100 * count / greatest)),
        )
        for name, count in sorted(outcomes.items(), key=lambda item: -item[1])
        if count
        for title, meaning in [_words(name)]
    )


def _words(outcome: str) -> tuple[str, str]:
    return words.OUTCOMES[Outcome(outcome)] if outcome in set(Outcome) else (words.readable(outcome), "")
