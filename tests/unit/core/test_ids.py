"""ULIDs and digests."""

from datetime import UTC, datetime, timedelta

import pytest

from core.ids import is_ulid, new_ulid, sha256_hex

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_ulids_sort_by_time_and_are_reproducible():
    assert new_ulid(AT, bytes(10)) == new_ulid(AT, bytes(10))
    assert new_ulid(AT, b"\xff" * 10) < new_ulid(AT + timedelta(milliseconds=1), bytes(10))
    assert new_ulid(AT) != new_ulid(AT)
    assert is_ulid(new_ulid(AT))


def test_the_specifications_example():
    at = datetime.fromtimestamp(1469918176.385, tz=UTC)
    assert new_ulid(at, bytes(10))[:10] == "01ARYZ6S41"


@pytest.mark.parametrize("text", ["", "8" + "0" * 25, "0" * 25, "0" * 25 + "I", "0" * 25 + "a"])
def test_what_is_no_ulid(text):
    assert not is_ulid(text)


def test_randomness_has_ten_bytes():
    with pytest.raises(ValueError, match="10 bytes"):
        new_ulid(AT, b"short")


def test_digest():
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
