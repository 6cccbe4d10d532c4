"""Archives made to harm or mislead are refused before anything is unpacked."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BundleRejected
from evidence.bundle import write_zip
from evidence.verify import verify_bundle
from evidence.zips import ArchiveLimits, check_name, open_archive, unpack

LIMITS = ArchiveLimits(entries=20, total_bytes=4 << 20, member_bytes=3 << 20)


def make_zip(file: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file


def refusal(file: Path) -> str:
    with pytest.raises(BundleRejected) as caught, open_archive(file, limits=LIMITS):
        pass
    return caught.value.message


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/x", "C:/x", "a\\b", "a/./b", "a//b", "a\nb", "a\x7fb", "ä", "a ", "a.", "CON",
     "aux.txt", "x" * 300, "/".join("abcdefghijklmnop")],
)  # fmt: skip
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    assert check_name(name)
    assert "entry" in refusal(make_zip(tmp_path / "a.zip", (zipfile.ZipInfo(name), b"x")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("pair", [("a", "a"), ("a", "A"), ("a/b", "A/B"), ("a", "a/b")])
def test_names_that_meet_on_some_system_are_refused(tmp_path: Path, pair: tuple[str, str]) -> None:
    assert "name" in refusal(make_zip(tmp_path / "a.zip", *((name, b"x") for name in pair)))


def test_links_and_special_files_are_refused(tmp_path: Path) -> None:
    for kind in (stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR):
        entry = zipfile.ZipInfo("a")
        entry.create_system = 3
        entry.external_attr = (kind | 0o644) << 16
        assert "link or a special file" in refusal(make_zip(tmp_path / "a.zip", (entry, b"/etc/passwd")))


def test_bombs_are_refused(tmp_path: Path) -> None:
    zeros = bytes(2 << 20)
    bomb = make_zip(tmp_path / "a.zip", ("a", zeros), method=zipfile.ZIP_DEFLATED)
    assert "absurd multiple" in refusal(bomb)
    assert "too large" in refusal(make_zip(tmp_path / "b.zip", ("a", bytes(4 << 20))))
    assert "would unpack to" in refusal(make_zip(tmp_path / "c.zip", *((str(n), zeros) for n in range(3))))
    assert "entries" in refusal(make_zip(tmp_path / "d.zip", *((str(n), b"") for n in range(21))))


def test_unusual_methods_and_encryption_are_refused(tmp_path: Path) -> None:
    assert "unusual method" in refusal(make_zip(tmp_path / "a.zip", ("a", b"x" * 99), method=zipfile.ZIP_BZIP2))
    content = bytearray(make_zip(tmp_path / "b.zip", ("a", b"x")).read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "b.zip").write_bytes(content)
    assert "encrypted" in refusal(tmp_path / "b.zip")


def test_hidden_and_overlapping_bytes_are_refused(tmp_path: Path) -> None:
    file = make_zip(tmp_path / "a.zip", ("a", b"first"), ("b", b"other"))
    content = file.read_bytes()
    for changed in (b"prefix" + content, content + b"x", content[:-1], content[:30], b"", b"PK"):
        file.write_bytes(changed)
        assert refusal(file)
    directory = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", directory + 1)
    overlapping = bytearray(content)
    overlapping[second + 42 : second + 46] = struct.pack("<L", 0)
    file.write_bytes(overlapping)
    assert refusal(file)
    mismatched = bytearray(content)
    mismatched[30] = ord("z")
    file.write_bytes(mismatched)
    assert refusal(file)


def test_a_wrong_checksum_is_noticed_while_unpacking(tmp_path: Path) -> None:
    content = bytearray(make_zip(tmp_path / "a.zip", ("a", b"first")).read_bytes())
    content[31] ^= 1
    (tmp_path / "a.zip").write_bytes(content)
    (tmp_path / "out").mkdir()
    with pytest.raises(BundleRejected, match="CRC"):
        unpack(tmp_path / "a.zip", tmp_path / "out", limits=LIMITS)


def test_a_zip_by_another_tool_is_accepted(bag: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in (bag, *sorted(bag.rglob("*"))):
            archive.write(path, path.relative_to(bag.parent).as_posix())
    report = verify_bundle(tmp_path / "other.zip")
    assert report.ok, report.failures


def test_a_zip_without_its_folder_or_with_two_is_refused(bag: Path, tmp_path: Path) -> None:
    bare = make_zip(tmp_path / "a.zip", ("bagit.txt", b"x"), ("data/x", b"x"))
    assert [check.name for check in verify_bundle(bare).failures] == ["archive"]


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_report(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "a.zip"
    file.write_bytes(content)
    assert [check.name for check in verify_bundle(file).failures] == ["archive"]


def test_a_damaged_zip_is_never_an_exception(bag: Path, tmp_path: Path) -> None:
    write_zip(bag, tmp_path / "a.zip")
    content = (tmp_path / "a.zip").read_bytes()
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer) as archive:
        starts = [entry.header_offset for entry in archive.infolist()]
        directory = archive.start_dir
    for spot in (*starts, *(start + 14 for start in starts), *range(directory, len(content), 37)):
        changed = bytearray(content)
        changed[spot] ^= 0x10
        (tmp_path / "b.zip").write_bytes(changed)
        report = verify_bundle(tmp_path / "b.zip")
        assert report.ok == (not report.failures)
