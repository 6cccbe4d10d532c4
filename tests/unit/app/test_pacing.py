import pytest

from app.pacing import Pace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_no_rate_is_no_limit() -> None:
    pace = Pace(None)
    pace.spend(10_000)
    assert pace.allowance() > 100_000


def test_one_second_may_start_as_many_visits_as_the_rate_says() -> None:
    clock = Clock()
    pace = Pace(10, clock=clock)
    pace.spend(pace.allowance())
    assert pace.allowance() == 0
    clock.now += 0.5
    assert pace.allowance() == 5
    clock.now += 100
    assert pace.allowance() == 10


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_slow_rates_start_one_visit_at_a_time(rate: float) -> None:
    clock = Clock()
    pace = Pace(rate, clock=clock)
    assert pace.allowance() == 1
    pace.spend(1)
    clock.now += 0.9 / rate
    assert pace.allowance() == 0
    clock.now += 0.2 / rate
    assert pace.allowance() == 1
