"""Opening: fresh, newer, foreign, broken and full stores, each with one clear sentence."""

import dataclasses
import sqlite3
import sys

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from core.errors import OutOfDisk, StoreError, StoreTooNew
from storage.schema import newest_revision
from storage.store import open_store
from storage.tables import metadata


def file_of(policy):
    return policy.data_dir / "counterwatch.sqlite3"


async def opens(policy):
    async with open_store(policy) as store:
        return (await store.status(await store.now())).frontier.due


async def test_a_fresh_folder_is_made_and_opened_again(policy):
    assert await opens(policy) == 0
    assert await opens(policy) == 0
    assert policy.data_dir.stat().st_mode & 0o777 == 0o700


def comparable(name, kind, parents):
    """Alembic cannot compare indexes on expressions (``score DESC``) on SQLite."""
    return not (kind == "index" and name in ("ix_cases_score", "ix_cases_state"))


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")
async def test_migrations_and_tables_agree(policy):
    await opens(policy)
    engine = sa.create_engine(f"sqlite:///{file_of(policy)}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": comparable})
        assert compare_metadata(context, metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    assert newest_revision() == "0001"


async def test_a_newer_database_is_refused_untouched(policy):
    await opens(policy)
    connection = sqlite3.connect(file_of(policy))
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreTooNew, match="9999"):
        await opens(policy)


async def test_another_programs_database_is_refused(policy):
    policy.data_dir.mkdir()
    connection = sqlite3.connect(file_of(policy))
    connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        await opens(policy)


@pytest.mark.parametrize("content", [b"hello", b"PK\x03\x04" * 2000, b"SQLite format 3\0" + b"\xff" * 5000])
async def test_a_file_that_is_no_database_is_refused_untouched(policy, content):
    policy.data_dir.mkdir()
    file_of(policy).write_bytes(content)
    with pytest.raises(StoreError):
        await opens(policy)
    assert file_of(policy).read_bytes() == content


async def test_a_folder_that_cannot_be_is_refused(policy, tmp_path):
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError):
            await opens(dataclasses.replace(policy, data_dir=folder))
    file_of(policy).mkdir(parents=True)
    with pytest.raises(StoreError, match="no file"):
        await opens(policy)
    with pytest.raises(StoreError, match="SQLite"):
        await opens(dataclasses.replace(policy, url="postgresql://db/x"))


async def test_the_size_limit_is_out_of_disk_and_leaves_the_store_whole(policy, make):
    await opens(policy)
    limited = dataclasses.replace(policy, max_database_bytes=file_of(policy).stat().st_size + 200_000)
    async with open_store(limited) as store:
        added = 0
        with pytest.raises(OutOfDisk):  # noqa: PT012  the failing call is one of many
            while True:
                await store.frontier.add([make.candidate(f"s{added + n}.test") for n in range(100)], make.now)
                added += 100
        assert (await store.frontier.depth(make.now)).due == added > 0
    async with open_store(policy) as store:
        assert (await store.frontier.depth(make.now)).due == added
        assert (await store.frontier.add([make.candidate("more.test")], make.now)).new == 1


async def test_little_free_space_is_noticed(policy):
    async with open_store(policy) as store:
        await store.check_space()
    async with open_store(dataclasses.replace(policy, min_free_bytes=sys.maxsize)) as store:
        with pytest.raises(OutOfDisk, match="are free"):
            await store.check_space()
