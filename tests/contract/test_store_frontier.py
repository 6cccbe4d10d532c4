"""The frontier: dedup, leases, fencing, lanes, pacing, dead letters."""

from datetime import timedelta

import pytest

from core.records import Lane, Outcome, Subject

SECOND = timedelta(seconds=1)


async def test_adding_twice_makes_one_row_and_two_sightings(store, make):
    first = await store.frontier.add([make.candidate("shop.test"), make.candidate("www.shop.test")], make.now)
    assert (first.new, first.known) == (1, 0)
    second = await store.frontier.add([make.candidate("shop.test")], make.now)
    assert (second.new, second.known) == (0, 1)
    assert len(await store.frontier.lease("w1", 10, make.now, lease_seconds=60)) == 1
    assert [step.kind for step in await store.trace(Subject(key="shop.test"))].count("sighting") == 3


async def test_a_lease_carries_the_candidate_and_hides_the_row(store, make):
    candidate = make.candidate("shop.test", reason="seen in a mail", referrer="http://door.test/", organisation="ag")
    await store.frontier.add([candidate], make.now)
    (lease,) = await store.frontier.lease("w1", 10, make.now, lease_seconds=60)
    assert lease.candidate == candidate
    assert (lease.attempt, lease.expires_at) == (1, make.now + 60 * SECOND)
    assert await store.frontier.lease("w2", 10, make.now, lease_seconds=60) == ()
    depth = await store.frontier.depth(make.now)
    assert (depth.due, depth.leased, depth.scheduled) == (0, 1, 0)


async def test_an_expired_lease_goes_to_another_worker_under_a_higher_token(store, make):
    (old,) = await make.lease(store, "shop.test")
    later = make.now + 61 * SECOND
    (new,) = await store.frontier.lease("w2", 10, later, lease_seconds=60)
    assert (new.token, new.attempt) == (old.token + 1, 2)
    (result,) = await store.finish([make.finished(old)], later)
    assert not result.accepted
    (result,) = await store.finish([make.finished(new)], later)
    assert result.accepted
    assert len(await store.visits.list(old.candidate.subject)) == 1
    assert any("lease lost" in step.text for step in await store.trace(old.candidate.subject))


async def test_an_expired_lease_that_nobody_took_may_still_finish(store, make):
    (lease,) = await make.lease(store, "shop.test")
    (result,) = await store.finish([make.finished(lease)], make.now + timedelta(hours=1))
    assert result.accepted


async def test_released_leases_are_due_at_once_and_not_counted(store, make):
    leases = await make.lease(store, "a.test", "b.test")
    assert await store.frontier.release(leases, make.now) == 2
    assert await store.frontier.release(leases, make.now) == 0
    again = await store.frontier.lease("w2", 10, make.now, lease_seconds=60)
    assert [lease.attempt for lease in again] == [1, 1]
    results = await store.finish([make.finished(lease) for lease in leases], make.now)
    assert not any(result.accepted for result in results)


async def test_redating_gives_the_lease_back_for_later(store, make):
    (lease,) = await make.lease(store, "a.test")
    assert await store.frontier.redate(lease, make.now + 5 * SECOND)
    assert not await store.frontier.redate(lease, make.now)
    assert await store.frontier.lease("w1", 1, make.now + 4 * SECOND, lease_seconds=60) == ()
    assert len(await store.frontier.lease("w1", 1, make.now + 5 * SECOND, lease_seconds=60)) == 1
    assert await store.frontier.next_due() == make.now + 65 * SECOND


async def test_what_a_dead_worker_held_can_be_given_back(store, make):
    first, second = await make.lease(store, "a.test", "b.test")
    assert await store.frontier.release_worker("other", make.now) == 0
    assert await store.frontier.release_worker("w1", make.now, suspects=(second.subject_id,)) == 2
    again = await store.frontier.lease("w2", 10, make.now, lease_seconds=60)
    assert {lease.subject_id: lease.attempt for lease in again} == {first.subject_id: 1, second.subject_id: 2}


async def test_no_lane_starves_even_when_one_row_is_claimed_at_a_time(store, make):
    for lane in Lane:
        await store.frontier.add([make.candidate(f"{lane.name}{n}.test", lane=lane) for n in range(20)], make.now)
    taken = [await store.frontier.lease("w1", 1, make.now, lease_seconds=60) for _ in range(20)]
    lanes = [lease.candidate.lane for (lease,) in taken]
    assert (lanes.count(Lane.URGENT), lanes.count(Lane.NORMAL), lanes.count(Lane.BULK)) == (12, 6, 2)
    rest = await store.frontier.lease("w1", 100, make.now, lease_seconds=60)
    assert len(rest) == 40


async def test_a_unit_gives_one_row_per_claim_and_then_waits(store, make):
    await store.frontier.add([make.candidate(f"a{n}.shop.test") for n in range(3)], make.now)
    await store.frontier.add([make.candidate("other.test")], make.now)
    claim = {"lease_seconds": 600, "unit_delay_seconds": 2.0}
    assert len(await store.frontier.lease("w1", 10, make.now, **claim)) == 2
    assert await store.frontier.lease("w1", 10, make.now + SECOND, **claim) == ()
    assert len(await store.frontier.lease("w1", 10, make.now + 2 * SECOND, **claim)) == 1
    assert len(await store.frontier.lease("w1", 10, make.now + 4 * SECOND, **claim)) == 1


async def test_a_long_queue_of_one_unit_does_not_hide_what_is_behind_it(store, make):
    await store.frontier.add([make.candidate(f"a{n}.shop.test") for n in range(400)], make.now)
    await store.frontier.add([make.candidate("other.test")], make.now + SECOND)
    claim = {"lease_seconds": 600, "unit_delay_seconds": 1.0}
    taken = await store.frontier.lease("w1", 2, make.now + SECOND, **claim)
    assert {lease.candidate.unit for lease in taken} == {"shop.test", "other.test"}


async def test_a_run_claims_only_its_own_open_targets(store, make):
    await store.frontier.add([make.candidate("foreign.test")], make.now)
    await store.runs.create("R1", [make.target(0, "a.test"), make.target(1, "b.test")], {}, make.now)
    leases = await store.frontier.lease("w1", 10, make.now, lease_seconds=60, run="R1")
    assert sorted(lease.candidate.subject.key for lease in leases) == ["a.test", "b.test"]
    assert await store.frontier.next_due("R1") == make.now + 60 * SECOND
    await store.finish([make.finished(lease) for lease in leases], make.now)
    assert await store.frontier.next_due("R1") is None
    assert await store.frontier.lease("w1", 10, make.now + timedelta(days=9), lease_seconds=60, run="R1") == ()


async def test_dead_letters_have_a_reason_and_can_be_requeued(store, make):
    (lease,) = await make.lease(store, "a.test")
    await store.finish([make.finished(lease, outcome=Outcome.GAVE_UP, dead_reason="five crashes")], make.now)
    subject = lease.candidate.subject
    (letter,) = await store.frontier.dead()
    assert (letter.subject, letter.reason, letter.attempt) == (subject, "five crashes", 1)
    assert await store.frontier.lease("w1", 10, make.now + timedelta(days=99), lease_seconds=60) == ()
    assert await store.frontier.requeue(subject, make.now)
    assert not await store.frontier.requeue(subject, make.now)
    assert not await store.frontier.requeue(Subject(key="unknown.test"), make.now)
    (again,) = await store.frontier.lease("w1", 10, make.now, lease_seconds=60)
    assert again.attempt == 1
    assert await store.frontier.dead() == ()


async def test_a_resting_subject_is_counted_and_due_now_wakes_it(store, make):
    (lease,) = await make.lease(store, "a.test")
    await store.finish([make.finished(lease, due_at=None)], make.now)
    assert (await store.frontier.depth(make.now)).resting == 1
    await store.frontier.add([make.candidate("a.test")], make.now)
    assert (await store.frontier.depth(make.now)).resting == 1
    await store.frontier.add([make.candidate("a.test", reason="asked for")], make.now, due_now=True)
    (again,) = await store.frontier.lease("w1", 10, make.now, lease_seconds=60)
    assert again.candidate.reason == "asked for"


async def test_due_now_leaves_a_running_lease_alone(store, make):
    (lease,) = await make.lease(store, "a.test")
    await store.frontier.add([make.candidate("a.test")], make.now, due_now=True)
    assert await store.frontier.lease("w2", 10, make.now, lease_seconds=60) == ()
    row = await store.frontier.explain(lease.candidate.subject)
    assert (row.worker, row.token, row.visible_at) == ("w1", 1, lease.expires_at)


async def test_a_more_urgent_sighting_moves_the_subject_up(store, make):
    await store.frontier.add([make.candidate("a.test", lane=Lane.BULK)], make.now)
    await store.frontier.add([make.candidate("a.test", lane=Lane.URGENT)], make.now)
    await store.frontier.add([make.candidate("a.test", lane=Lane.NORMAL)], make.now)
    row = await store.frontier.explain(Subject(key="a.test"))
    assert row.lane is Lane.URGENT
    assert await store.frontier.explain(Subject(key="unknown.test")) is None


@pytest.mark.parametrize("count", [1500])
async def test_long_lists_are_added_in_several_transactions(store, make, count):
    added = await store.frontier.add((make.candidate(f"s{n}.test") for n in range(count)), make.now)
    assert added.new == count
    assert len(await store.frontier.lease("w1", count, make.now, lease_seconds=60)) == count
