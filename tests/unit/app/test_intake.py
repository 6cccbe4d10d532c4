from pathlib import Path

import pytest

from app.scan import Intake, ScanRequest
from core.errors import UsageError


def numbered(intake: Intake) -> list[tuple[int, str]]:
    return [(target.position, target.text) for target in intake.take(100)]


def test_targets_come_first_and_lists_after_them(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("c.test\nd.test\n")
    intake = Intake(ScanRequest(targets=("a.test", "b.test"), lists=(str(tmp_path / "list.txt"),)))
    intake.begin()
    assert numbered(intake) == [(0, "a.test"), (1, "b.test"), (2, "c.test"), (3, "d.test")]


@pytest.mark.parametrize("taken", range(6))
def test_a_run_goes_on_where_it_was_whatever_it_was_given(tmp_path: Path, taken: int) -> None:
    path = tmp_path / "list.txt"
    path.write_text("c.test\nd.test\ne.test\n")
    everything = ["a.test", "b.test", "c.test", "d.test", "e.test"]
    intake = Intake(ScanRequest(targets=(), resume="01M869HW3ZM1VC9Y11CSW9B15H"))
    intake.begin()
    intake.go_on(taken, ("a.test", "b.test"), (str(path),))
    assert numbered(intake) == list(enumerate(everything))[taken:]


def test_nothing_to_scan_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# nothing\n")
    with pytest.raises(UsageError, match="nothing to scan"):
        Intake(ScanRequest(targets=(), lists=(str(tmp_path / "list.txt"),))).begin()
