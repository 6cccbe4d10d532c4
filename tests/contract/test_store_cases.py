"""The review queue: order, filters, paging, decisions, optimistic locking."""

from datetime import timedelta

import pytest

from core.errors import Conflict, NotInStore, UsageError
from core.records import CaseState, Decision, Tlp
from storage.records import CaseFilter


@pytest.fixture
async def ids(store, make):
    """Six cases, by descending score; the last two have the same."""
    hosts = [f"shop{n}.test" for n in range(6)]
    leases = {lease.candidate.subject.key: lease for lease in await make.lease(store, *hosts)}
    found = []
    for n, host in enumerate(hosts):
        item = make.finished(
            leases[host],
            organisation="ag" if n % 2 else "customs",
            score=9.0 - min(n, 4),
            sector="luxury" if n < 3 else "sports",
            title=f"100%_real watches {n}",
        )
        (result,) = await store.finish([item], make.now + timedelta(seconds=n))
        found.append(result.case_id)
    return found


async def test_cases_come_by_score_then_age_in_pages(store, ids):
    seen, cursor = [], None
    while True:
        page = await store.cases.list(cursor=cursor, limit=2)
        seen += [case.id for case in page.cases]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == ids
    assert (await store.cases.list()).cases[0].rights_holders == ("aurelia", "borealis")
    for wrong in ("x", "bm9wZQ", "é", "WzEsMiwzLDRd"):
        with pytest.raises(UsageError):
            await store.cases.list(cursor=wrong)


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (CaseFilter(sector="sports"), [3, 4, 5]),
        (CaseFilter(organisation="ag"), [1, 3, 5]),
        (CaseFilter(rights_holder="borealis", text="SHOP2"), [2]),
        (CaseFilter(text="0%_REAL watches 4"), [4]),
        (CaseFilter(text="100__real"), []),
        (CaseFilter(rights_holder="nobody"), []),
        (CaseFilter(states=(CaseState.NEW, CaseState.CLAIMED)), [0, 1, 2, 3, 4, 5]),
        (CaseFilter(states=(CaseState.CONFIRMED,)), []),
    ],
)
async def test_filters(store, ids, wanted, places):
    page = await store.cases.list(wanted)
    assert [case.id for case in page.cases] == [ids[place] for place in places]


@pytest.mark.parametrize(
    ("wanted", "new", "sectors"),
    [
        (CaseFilter(), 6, [("luxury", 3), ("sports", 3)]),
        (CaseFilter(sector="luxury", organisation="ag"), 1, [("sports", 2), ("luxury", 1)]),
        (CaseFilter(states=(CaseState.CONFIRMED,), text="shop"), 6, []),
        (CaseFilter(rights_holder="borealis", text="watches 5"), 1, [("sports", 1)]),
        (CaseFilter(rights_holder="nobody"), 0, []),
    ],
)
async def test_facets_count_what_the_list_would_show(store, ids, wanted, new, sectors):
    facets = await store.cases.facets(wanted)
    assert set(facets.states) == set(CaseState)
    assert facets.states["new"] == sum(facets.states.values()) == new
    assert list(facets.sectors.items()) == sectors


async def test_verdicts_of_cases_are_the_newest(store, make, ids):
    now = make.now + timedelta(days=8)
    (again,) = (lease for lease in await make.lease(store, now=now) if lease.candidate.subject.key == "shop1.test")
    item = make.finished(again, organisation="ag", score=4.5)
    await store.finish([item], now)
    found = await store.visits.verdicts_of_cases([ids[1], ids[4], "none"])
    assert {case_id: verdict.score for case_id, verdict in found.items()} == {ids[1]: 4.5, ids[4]: 5.0}
    assert found[ids[1]] == item.verdict
    assert found[ids[1]].visit == (await store.cases.get(ids[1])).visits[-1]
    assert await store.visits.verdicts_of_cases([]) == {}


async def test_claiming_and_deciding_is_told_in_history_and_audit(store, ids, make):
    case = await store.cases.claim(ids[0], "ana", 1, now=make.now, address="192.0.2.1")
    assert (case.state, case.assignee, case.version) == (CaseState.CLAIMED, "ana", 2)
    case = await store.cases.note(ids[0], " looked at the imprint ", "ana")
    case = await store.cases.decide(ids[0], Decision.CONFIRM, "sells copies", "ana", case.version)
    case = await store.cases.decide(ids[0], Decision.REFER, "to the registrar", "ana", case.version)
    case = await store.cases.set_tlp(ids[0], Tlp.RED, "ana", case.version)
    assert (case.state, case.tlp, case.version) == (CaseState.REFERRED, Tlp.RED, 6)
    told = [(event.action, event.detail) for event in case.history][1:]
    assert told == [
        ("claimed", ""),
        ("note", "looked at the imprint"),
        ("confirm", "sells copies"),
        ("refer", "to the registrar"),
        ("marked", "TLP:RED"),
    ]
    records = await store.audit.list(case_id=ids[0])
    assert [record.action for record in records] == [
        "case.opened", "case.claimed", "case.note", "case.confirm", "case.refer", "case.marked",
    ]  # fmt: skip
    assert records[1].address == "192.0.2.1"
    assert (await store.cases.list(CaseFilter(assignee="ana"))).cases[0].id == ids[0]
    assert await store.cases.counts() == {
        "new": 5, "claimed": 0, "confirmed": 0, "dismissed": 0, "referred": 1, "more_evidence": 0,
    }  # fmt: skip
    assert (await store.cases.counts("ag"))["new"] == 3


async def test_a_change_on_an_old_version_is_refused(store, ids):
    await store.cases.claim(ids[0], "ana", 1)
    with pytest.raises(Conflict):
        await store.cases.claim(ids[0], "ben", 1)
    with pytest.raises(Conflict):
        await store.cases.decide(ids[0], Decision.DISMISS, "seen it", "ben", 1)
    case = await store.cases.get(ids[0])
    assert (case.assignee, case.version, len(case.history)) == ("ana", 2, 2)


async def test_decisions_follow_the_state(store, ids):
    case = await store.cases.decide(ids[0], Decision.DISMISS, "official site", "ana", 1)
    for decision in (Decision.CONFIRM, Decision.REFER, Decision.NEED_EVIDENCE, Decision.DISMISS):
        with pytest.raises(Conflict):
            await store.cases.decide(ids[0], decision, "but", "ana", case.version)
    with pytest.raises(Conflict):
        await store.cases.claim(ids[0], "ana", case.version)
    assert store.cases.allowed(CaseState.DISMISSED) == (Decision.REOPEN,)
    case = await store.cases.decide(ids[0], Decision.REOPEN, "new facts", "ana", case.version)
    assert (case.state, case.assignee) == (CaseState.NEW, None)


async def test_wrong_input_changes_nothing(store, ids):
    with pytest.raises(UsageError):
        await store.cases.decide(ids[0], Decision.CONFIRM, "  ", "ana", 1)
    with pytest.raises(UsageError):
        await store.cases.note(ids[0], "", "ana")
    with pytest.raises(NotInStore):
        await store.cases.get("none")
    assert (await store.cases.get(ids[0])).version == 1


async def test_a_trace_tells_every_step_in_order(store, make, ids):
    case = await store.cases.claim(ids[0], "ana", 1)
    (job,) = await store.evidence.lease("w", 1, make.now + timedelta(minutes=1), lease_seconds=9)
    await store.evidence.finish(job, make.bundle(job.bundle_id, job.visit_id), "zip", await store.now())
    steps = await store.trace(case.subject)
    kinds = {step.kind for step in steps}
    assert kinds == {
        "sighting", "lease", "visit", "verdict", "frontier", "case", "history", "evidence", "bundle", "audit",
    }  # fmt: skip
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[0].kind == "sighting"
    assert any(step.text.startswith("flagged: luxury 9.00") for step in steps)


async def test_the_status_counts_everything(store, make, ids, policy):
    await store.workers.beat("w1", 10, "fetching", make.now)
    status = await store.status(make.now + timedelta(seconds=10))
    assert status.outcomes == {"content": 6}
    assert status.cases["new"] == 6
    assert status.evidence.pending == 6
    assert (status.workers_alive, status.frontier.scheduled) == (1, 6)
    assert status.last_finished_at == make.now + timedelta(seconds=5)
    assert status.database_bytes > 0
    later = await store.status(make.now + timedelta(days=2))
    assert (later.outcomes, later.workers_alive) == ({}, 0)
