"""Exactly once: one transaction, fenced, whoever races."""

import asyncio
from datetime import timedelta

import pytest

from core.errors import Conflict
from core.records import Label, Outcome
from storage.store import open_store


async def test_a_visit_is_recorded_with_all_that_follows(store, make):
    (lease,) = await make.lease(store, "a.test")
    found = make.candidate("b.test", source="redirect", parent_visit="V")
    (result,) = await store.finish([make.finished(lease, organisation="ag", discovered=(found,))], make.now)
    assert result.accepted
    assert result.case_opened
    summary = await store.visits.latest(lease.candidate.subject)
    assert (summary.outcome, summary.label, summary.score) == (Outcome.CONTENT, Label.FLAGGED, 3.5)
    (new,) = await store.frontier.lease("w1", 10, make.now, lease_seconds=60)
    assert new.candidate == found
    case = await store.cases.get(result.case_id)
    assert case.visits == (summary.id,)
    assert case.rights_holders == ("aurelia", "borealis")
    assert case.jurisdictions == (("NL", "hosted there"),)
    (job,) = await store.evidence.lease("w1", 5, make.now, lease_seconds=60)
    assert (job.visit_id, job.bundle_id, job.organisation) == (summary.id, result.bundle_id, "ag")
    row = await store.frontier.explain(lease.candidate.subject)
    assert (row.worker, row.attempt, row.visible_at) == (None, 0, make.now + timedelta(days=7))


async def test_finishing_twice_has_no_second_effect(store, make):
    (lease,) = await make.lease(store, "a.test")
    item = make.finished(lease, organisation="ag")
    results = [*await store.finish([item, item], make.now), *await store.finish([item], make.now)]
    assert [result.accepted for result in results] == [True, False, False]
    assert len(await store.visits.list(lease.candidate.subject)) == 1
    assert len((await store.cases.get(results[0].case_id)).history) == 1
    assert (await store.evidence.counts(make.now)).pending == 1


async def test_nothing_is_recorded_when_one_item_cannot_be(store, make):
    first, second = await make.lease(store, "a.test", "b.test")
    visit = make.visit(first.candidate)
    with pytest.raises(Conflict):
        await store.finish([make.finished(first, visit=visit), make.finished(second, visit=visit)], make.now)
    assert await store.visits.latest(first.candidate.subject) is None
    assert all(
        result.accepted for result in await store.finish([make.finished(first), make.finished(second)], make.now)
    )


async def test_a_second_flag_joins_the_case_and_raises_its_score(store, make):
    (lease,) = await make.lease(store, "a.test")
    (first,) = await store.finish([make.finished(lease, organisation="ag", due_at=make.now)], make.now)
    (lease,) = await store.frontier.lease("w2", 10, make.now, lease_seconds=60)
    (second,) = await store.finish([make.finished(lease, organisation="ag", score=5.0, sector="sports")], make.now)
    assert (second.case_id, second.case_opened) == (first.case_id, False)
    case = await store.cases.get(first.case_id)
    assert (case.score, case.sector, len(case.visits), case.version) == (5.0, "sports", 2, 2)
    assert [event.action for event in case.history] == ["opened", "seen again"]
    assert (await store.evidence.counts(make.now)).pending == 2


async def test_two_organisations_have_a_case_each(store, make):
    (lease,) = await make.lease(store, "a.test")
    (first,) = await store.finish([make.finished(lease, organisation="ag", due_at=make.now)], make.now)
    (lease,) = await store.frontier.lease("w2", 10, make.now, lease_seconds=60)
    (second,) = await store.finish([make.finished(lease, organisation="customs")], make.now)
    assert second.case_opened
    assert second.case_id != first.case_id
    assert len(await store.cases.find(lease.candidate.subject)) == 2


async def test_racing_workers_open_one_case(store, make, policy):
    (old,) = await make.lease(store, "a.test")
    later = make.now + timedelta(minutes=2)
    (new,) = await store.frontier.lease("w2", 1, later, lease_seconds=60)
    async with open_store(policy) as other, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(opened.finish([make.finished(lease, organisation="ag")], later))
            for opened, lease in ((store, old), (other, new), (other, old), (store, new))
        ]
    results = [task.result()[0] for task in tasks]
    assert sum(result.accepted for result in results) == 1
    assert len((await store.cases.list()).cases) == 1
    assert (await store.evidence.counts(later)).pending == 1


async def test_every_run_target_of_the_subject_completes_with_the_visit(store, make):
    await store.runs.create("R1", [make.target(0, "a.test"), make.target(1, "http://www.a.test/")], {}, make.now)
    await store.runs.create("R2", [make.target(7, "a.test"), make.target(8, "b.test")], {}, make.now)
    (lease,) = await store.frontier.lease("w1", 1, make.now, lease_seconds=60, run="R1")
    await store.finish([make.finished(lease)], make.now)
    assert (await store.runs.counts("R1")).done == 2
    counts = await store.runs.counts("R2")
    assert (counts.total, counts.done, counts.outcomes) == (2, 1, {"content": 1})


async def test_a_cancelled_finish_leaves_the_store_usable(store, make):
    leases = await make.lease(store, *(f"s{n}.test" for n in range(50)))
    items = [make.finished(lease) for lease in leases]
    for wait in (0.0, 0.001, 0.003):
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            task = group.create_task(store.finish(items, make.now))
            await asyncio.sleep(wait)
            task.cancel()
    results = await store.finish(items, make.now)
    accepted = sum(result.accepted for result in results)
    assert accepted in (0, 50)
    assert len(await store.visits.list(leases[0].candidate.subject)) == 1


async def test_an_empty_batch_is_nothing(store, make):
    assert await store.finish([], make.now) == ()
