from pathlib import Path

import pytest

from app.suspect import open_suspect, read_suspects


def test_a_note_names_what_is_being_judged(tmp_path: Path) -> None:
    with open_suspect(tmp_path, "scan/1") as suspect:
        assert read_suspects(tmp_path, "scan/1") == ()
        with suspect.judging(12):
            assert read_suspects(tmp_path, "scan/1") == (12,)
            with suspect.judging(7):
                assert read_suspects(tmp_path, "scan/1") == (7,)
        assert read_suspects(tmp_path, "scan/1") == ()
    assert read_suspects(tmp_path, "scan/1") == ()


def test_a_note_that_was_left_is_read_and_cleared_by_the_next_worker(tmp_path: Path) -> None:
    folder = tmp_path / "workers"
    folder.mkdir()
    (folder / "w").write_text("42                  ")
    assert read_suspects(tmp_path, "w") == (42,)
    with open_suspect(tmp_path, "w"):
        assert read_suspects(tmp_path, "w") == ()


@pytest.mark.parametrize("text", ["", "  ", "x", "-1", "1 2"])
def test_a_broken_note_blames_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "workers").mkdir()
    (tmp_path / "workers" / "w").write_text(text)
    assert read_suspects(tmp_path, "w") == ()
