"""Runs: intake, resumption, results in order."""

import pytest

from core.errors import NotInStore, UsageError
from core.records import Outcome
from storage.records import RunTarget


def bad(position):
    return RunTarget(position=position, text="http://", error=("bad_target", "no host"))


async def test_results_come_in_the_order_they_finished(store, make):
    run = await store.runs.create("R", [make.target(0, "a.test"), bad(1), make.target(2, "b.test")], {"n": 1}, make.now)
    assert (run.options, run.intake_closed) == ({"n": 1}, False)
    await store.runs.close_intake("R")
    assert (await store.runs.get("R")).intake_closed
    leases = {
        lease.candidate.subject.key: lease for lease in await store.frontier.lease("w", 9, make.now, lease_seconds=9)
    }
    await store.finish([make.finished(leases["b.test"], outcome=Outcome.NXDOMAIN)], make.now)
    await store.finish([make.finished(leases["a.test"], organisation="ag")], make.now)
    first, second, third = await store.runs.results("R")
    assert (first.seq, first.position, first.error, first.outcome) == (1, 1, ("bad_target", "no host"), None)
    assert (second.seq, second.text, second.outcome, second.detail) == (2, "b.test", Outcome.NXDOMAIN, "as planned")
    assert (third.subject.key, third.unit, third.url) == ("a.test", "a.test", "http://a.test/")
    assert third.verdict.signals[0].quote == "replica"
    assert (third.case_id is not None, third.bundle_id is not None, third.bundle_ready) == (True, True, False)
    assert (third.elapsed_ms, third.ruleset, third.language) == (250, "f" * 64, "en")
    assert await store.runs.results("R", after_seq=2, limit=1) == (third,)
    counts = await store.runs.counts("R")
    assert (counts.total, counts.done, counts.flagged) == (3, 3, 1)
    assert counts.outcomes == {"error": 1, "nxdomain": 1, "content": 1}


async def test_a_listing_has_every_target_in_the_order_given(store, make):
    await store.runs.create("R", [make.target(n, f"s{n}.test") for n in range(5)], {}, make.now)
    listed = await store.runs.listing("R", limit=3)
    assert [result.position for result in listed] == [0, 1, 2]
    assert listed[0].outcome is None
    assert [result.position for result in await store.runs.listing("R", after_position=2)] == [3, 4]


async def test_a_stopped_intake_can_be_repeated_from_the_start(store, make):
    await store.runs.create("R", [make.target(0, "a.test")], {}, make.now)
    (lease,) = await store.frontier.lease("w", 9, make.now, lease_seconds=9)
    await store.finish([make.finished(lease)], make.now)
    added = await store.runs.add_targets("R", [make.target(0, "a.test"), make.target(1, "b.test")], make.now)
    assert added == 1
    assert len(await store.frontier.lease("w", 9, make.now, lease_seconds=9, run="R")) == 1


async def test_a_known_subject_is_visited_again_for_a_new_run(store, make):
    (lease,) = await make.lease(store, "a.test")
    await store.finish([make.finished(lease)], make.now)
    await store.runs.create("R", [make.target(0, "a.test")], {}, make.now)
    assert len(await store.frontier.lease("w", 9, make.now, lease_seconds=9, run="R")) == 1


async def test_unknown_and_repeated_runs_are_refused(store, make):
    with pytest.raises(NotInStore):
        await store.runs.get("R")
    with pytest.raises(NotInStore):
        await store.runs.add_targets("R", [], make.now)
    await store.runs.create("R", [], {}, make.now)
    with pytest.raises(UsageError):
        await store.runs.create("R", [], {}, make.now)
    assert [run.id for run in await store.runs.list()] == ["R"]
