"""Evidence jobs: one per flagged visit, fenced, idempotent."""

from datetime import timedelta

import pytest

from core.errors import NotInStore


@pytest.fixture
async def result(store, make):
    (lease,) = await make.lease(store, "a.test")
    (finished,) = await store.finish([await make.stored(store, lease, b"body", organisation="ag")], make.now)
    return finished


async def test_a_bundle_is_recorded_with_the_job(store, make, result):
    (job,) = await store.evidence.lease("w1", 5, make.now, lease_seconds=60)
    assert await store.evidence.lease("w2", 5, make.now, lease_seconds=60) == ()
    bundle = make.bundle(job.bundle_id, job.visit_id)
    assert await store.evidence.finish(job, bundle, "zip", make.now)
    stored = await store.bundles.get(job.bundle_id)
    assert (stored.bundle, stored.case_id, stored.blob) == (bundle, result.case_id, "zip")
    assert await store.bundles.by_case(result.case_id) == (stored,) == await store.bundles.list()
    case = await store.cases.get(result.case_id)
    assert case.bundles == (job.bundle_id,)
    assert [event.action for event in case.history] == ["opened", "evidence stored"]
    assert case.version == 1
    assert (await store.evidence.counts(make.now)).done == 1
    with pytest.raises(NotInStore):
        await store.bundles.get("none")


async def test_finishing_twice_is_the_same_as_once(store, make, result):
    (job,) = await store.evidence.lease("w1", 5, make.now, lease_seconds=60)
    bundle = make.bundle(job.bundle_id, job.visit_id)
    assert [await store.evidence.finish(job, bundle, "zip", make.now) for _ in range(2)] == [True, True]
    assert len((await store.cases.get(result.case_id)).history) == 2
    assert await store.audit.verify() == ()


async def test_a_late_worker_changes_nothing(store, make, result):
    (old,) = await store.evidence.lease("w1", 5, make.now, lease_seconds=60)
    later = make.now + timedelta(seconds=61)
    assert (await store.evidence.counts(later)).pending == 1
    (new,) = await store.evidence.lease("w2", 5, later, lease_seconds=60)
    assert (new.token, new.attempt, new.bundle_id) == (old.token + 1, 2, old.bundle_id)
    assert not await store.evidence.finish(old, make.bundle(old.bundle_id, old.visit_id), "zip", later)
    assert not await store.evidence.fail(old, "late", None)
    assert await store.evidence.finish(new, make.bundle(new.bundle_id, new.visit_id), "zip", later)


async def test_a_failed_job_is_retried_or_given_up(store, make, result):
    (job,) = await store.evidence.lease("w1", 5, make.now, lease_seconds=60)
    retry_at = make.now + timedelta(seconds=5)
    assert await store.evidence.fail(job, "disk slow", retry_at)
    assert await store.evidence.lease("w1", 5, make.now, lease_seconds=60) == ()
    (job,) = await store.evidence.lease("w1", 5, retry_at, lease_seconds=60)
    assert await store.evidence.fail(job, "no body", None)
    counts = await store.evidence.counts(retry_at)
    assert (counts.pending, counts.failed) == (0, 1)


async def test_a_dead_workers_jobs_are_given_back(store, make, result):
    await store.evidence.lease("w1", 5, make.now, lease_seconds=600)
    assert await store.evidence.release_worker("w1", make.now) == 1
    assert len(await store.evidence.lease("w2", 5, make.now, lease_seconds=60)) == 1
