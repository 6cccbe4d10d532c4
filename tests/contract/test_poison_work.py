"""Work that fails by a defect of ours ends after a set number of attempts and stops nothing beside it."""

from __future__ import annotations

from datetime import timedelta

from app.sealing import MAX_ATTEMPTS, Sealer, SealingPolicy


async def test_a_failed_look_stays_counted_when_it_is_put_off(store, make):
    (lease,) = await make.lease(store, "a.test")
    for attempt in (2, 3):
        assert await store.frontier.redate(lease, make.now, counted=True)
        (lease,) = await store.frontier.lease("w1", 1, make.now, lease_seconds=60)
        assert lease.attempt == attempt


async def enqueue(store, make):
    # A flagged visit without any exchange cannot be assembled, whatever made it.
    (lease,) = await make.lease(store, "a.test")
    await store.finish([make.finished(lease, organisation="agency")], make.now)


def sealer(store, policy):
    return Sealer(
        "w1",
        store=store,
        policy=SealingPolicy(instance="test", max_decoded_bytes=1_000_000),
        scratch=policy.data_dir / "scratch",
    )


async def test_evidence_that_meets_a_defect_is_put_off(store, make, policy):
    await enqueue(store, make)
    assert await sealer(store, policy).work_once() == 1
    assert (await store.evidence.counts(await store.now())).pending == 1
    assert await sealer(store, policy).work_once() == 0


async def test_evidence_whose_workers_all_died_is_marked_as_failed(store, make, policy):
    await enqueue(store, make)
    now = make.now
    for _ in range(MAX_ATTEMPTS):
        assert len(await store.evidence.lease("w0", 1, now, lease_seconds=60)) == 1
        now += timedelta(seconds=60)
    assert await sealer(store, policy).work_once() == 1
    assert (await store.evidence.counts(await store.now())).failed == 1
