"""Work that fails by a defect of ours ends after a set number of attempts and stops nothing beside it."""

from __future__ import annotations


async def test_a_failed_look_stays_counted_when_it_is_put_off(store, make):
    (lease,) = await make.lease(store, "a.test")
    for attempt in (2, 3):
        assert await store.frontier.redate(lease, make.now, counted=True)
        (lease,) = await store.frontier.lease("w1", 1, make.now, lease_seconds=60)
        assert lease.attempt == attempt
