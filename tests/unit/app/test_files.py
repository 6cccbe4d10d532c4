from pathlib import Path

import pytest

from app.cli.files import written_whole
from core.errors import OutOfDisk, UsageError


def test_a_file_is_in_place_only_after_the_block(tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    target.write_bytes(b"old")
    with written_whole(target, b"new"):
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "bundle.zip"
    with pytest.raises(ValueError, match="no audit"), written_whole(target, b"new"):
        raise ValueError("no audit")
    assert list(tmp_path.iterdir()) == []


def test_what_was_not_written_is_not_recorded(tmp_path: Path) -> None:
    done = []
    with pytest.raises(OutOfDisk, match="/dev/full"), written_whole(Path("/dev/full"), b"content"):
        done.append("recorded")
    with pytest.raises(UsageError, match="missing"), written_whole(tmp_path / "missing" / "x.zip", b"content"):
        done.append("recorded")
    assert done == []
