"""What people do with cases: each act checks who may, changes the store once, and leaves a line in the audit."""

from __future__ import annotations

from core.errors import NotInStore
from core.records import Case, CaseState, Decision
from review.access import Viewer, may_act, may_see
from review.deps import Desk
from review.problems import Refusal

MAX_TEXT = 10_000
"""Longest reason or note, in characters."""

_DECIDED = frozenset({CaseState.CONFIRMED, CaseState.DISMISSED, CaseState.REFERRED})


def choices(desk: Desk, case: Case) -> tuple[Decision, ...]:
    """The decisions that the case can take in its state."""
    return desk.store.cases.allowed(case.state)


def claimable(case: Case, viewer: Viewer) -> bool:
    """Whether claiming would change anything."""
    return case.state not in _DECIDED and case.assignee != viewer.name and may_act(viewer, case)


async def open_case(desk: Desk, viewer: Viewer, case_id: str) -> Case:
    """A case that the viewer may see. A hidden one is answered like a missing one, so nothing leaks."""
    try:
        case = await desk.store.cases.get(case_id)
    except NotInStore as exc:
        raise Refusal(404, "There is no such case.", code="no_case") from exc
    if not may_see(viewer, case):
        raise Refusal(404, "There is no such case.", code="no_case")
    return case


async def case_to_act_on(desk: Desk, viewer: Viewer, case_id: str) -> Case:
    """A case that the viewer may change. Raises 404 when it is hidden, 403 when it may only be read."""
    case = await open_case(desk, viewer, case_id)
    if not may_act(viewer, case):
        raise Refusal(403, "Your role may read cases, not change them.")
    return case


async def record(
    desk: Desk, viewer: Viewer, action: str, kind: str, object_id: str, *, purpose: str, case: Case, detail: str = ""
) -> None:
    """Append a line to the case's audit chain."""
    await desk.store.audit.append(
        actor=viewer.name,
        organisation=viewer.organisation,
        action=action,
        object_kind=kind,
        object_id=object_id,
        purpose=purpose,
        detail=detail,
        case_id=case.id,
        address=viewer.address,
    )


async def claim(desk: Desk, viewer: Viewer, case_id: str, version: int) -> Case:
    """Take a case on. Raises :class:`core.errors.Conflict` when it changed since ``version``."""
    case = await case_to_act_on(desk, viewer, case_id)
    if case.state in _DECIDED:
        raise Refusal(409, "The case is decided; reopen it first.", code="decided")
    return await desk.store.cases.claim(case.id, viewer.name, version, address=viewer.address)


async def decide(desk: Desk, viewer: Viewer, case_id: str, decision: Decision, reason: str, version: int) -> Case:
    """Decide a case with a reason.

    Raises 422 without a reason long enough, 409 for a decision that does not fit the state, and
    :class:`core.errors.Conflict` when the case changed since ``version``.
    """
    case = await case_to_act_on(desk, viewer, case_id)
    text = checked_text(reason, desk.policy.min_reason, "reason")
    if case.version == version and decision not in choices(desk, case):
        raise Refusal(409, f"A case in the state {case.state.value!r} cannot take that decision.", code="bad_decision")
    return await desk.store.cases.decide(case.id, decision, text, viewer.name, version, address=viewer.address)


async def note(desk: Desk, viewer: Viewer, case_id: str, text: str) -> Case:
    """Add a note to a case's history."""
    case = await case_to_act_on(desk, viewer, case_id)
    checked = checked_text(text, 1, "note")
    return await desk.store.cases.note(case.id, checked, viewer.name, address=viewer.address)


def checked_text(text: str, shortest: int, name: str) -> str:
    """The text trimmed, with line ends unified. Raises 422 when it is too short or too long."""
    trimmed = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if len(trimmed) < shortest:
        wanted = f"A {name} needs at least {shortest} characters, so that others can follow it."
        raise Refusal(422, wanted if shortest > 1 else f"The {name} is empty.", code=f"short_{name}")
    if len(trimmed) > MAX_TEXT:
        raise Refusal(422, f"A {name} may have at most {MAX_TEXT:,} characters.", code=f"long_{name}")
    return trimmed
