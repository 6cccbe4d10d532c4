"""Which rows a claim takes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.pacing import Offer, UnitTime, choose, share_lanes

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def offer(number: int, unit: str, lane: int = 0) -> Offer:
    return Offer(subject_id=number, unit=unit, lane=lane, token=0, attempt=0, worker=None)


def pick(lanes, units=None, *, limit=10, delay=SECOND):
    return choose(lanes, units or {}, limit=limit, quota=(2, 1), offset=0, now=NOW, delay=delay)


@pytest.mark.parametrize(
    ("available", "limit", "given_"),
    [
        ((100, 100, 100), 10, (6, 3, 1)),
        ((2, 100, 100), 10, (2, 6, 2)),
        ((0, 0, 5), 10, (0, 0, 5)),
        ((0, 0, 0), 10, (0, 0, 0)),
        ((100, 100, 100), 0, (0, 0, 0)),
    ],
)
def test_lanes_share_by_quota_and_pass_on_what_they_cannot_use(available, limit, given_):
    shared = share_lanes(available, (6, 3, 1), limit)
    assert sum(shared) == sum(given_)
    if min(available) >= limit or not any(available[:2]):
        assert shared == given_


@given(
    st.lists(st.integers(0, 30), min_size=3, max_size=3),
    st.lists(st.integers(0, 5), min_size=3, max_size=3),
    st.integers(0, 40),
    st.integers(0, 99),
)
def test_a_share_never_exceeds_what_is_there(available, quota, limit, offset):
    shared = share_lanes(available, quota, limit, offset)
    assert sum(shared) == min(limit, sum(available))
    assert all(0 <= part <= whole for part, whole in zip(shared, available, strict=True))


def test_without_a_delay_units_do_not_matter():
    choice = pick([[offer(1, "a"), offer(2, "a")], []], delay=timedelta())
    assert [one.subject_id for one in choice.taken] == [1, 2]
    assert choice.units == {}


def test_a_unit_is_taken_once_and_the_rest_gets_dates():
    choice = pick([[offer(1, "a"), offer(2, "a"), offer(3, "b")], [offer(4, "a", 1)]])
    assert [one.subject_id for one in choice.taken] == [1, 3]
    assert choice.postponed == ((2, NOW + SECOND), (4, NOW + 2 * SECOND))
    assert choice.units["a"] == UnitTime(free_at=NOW + SECOND, booked_until=NOW + 3 * SECOND)


def test_a_busy_unit_waits_behind_what_is_already_booked():
    busy = {"a": UnitTime(free_at=NOW + SECOND, booked_until=NOW + 5 * SECOND)}
    choice = pick([[offer(1, "a")], []], busy)
    assert choice.taken == ()
    assert choice.postponed == ((1, NOW + 5 * SECOND),)


def test_a_free_unit_is_taken_although_later_rows_are_booked():
    free = {"a": UnitTime(free_at=NOW, booked_until=NOW + 5 * SECOND)}
    choice = pick([[offer(1, "a")], []], free)
    assert [one.subject_id for one in choice.taken] == [1]
    assert choice.units["a"].booked_until == NOW + 5 * SECOND


def test_rows_beyond_the_limit_keep_their_place():
    choice = pick([[offer(1, "a"), offer(2, "b")], []], limit=1)
    assert [one.subject_id for one in choice.taken] == [1]
    assert choice.postponed == ()
