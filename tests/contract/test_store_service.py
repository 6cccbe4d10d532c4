"""Accounts, packs, rulesets, workers and the audit."""

import sqlite3
from datetime import timedelta

import pytest

from core.errors import Conflict, NotInStore, StoreError
from core.ids import sha256_hex
from storage.records import Role


@pytest.fixture
async def ana(store, make):
    await store.accounts.add_organisation("ag", "Agency", "agency")
    return await store.accounts.add_user("ana", Role.ANALYST, "ag", "hash", make.now)


async def test_users_belong_to_an_organisation_and_have_one_name(store, make, ana):
    assert (ana.role, ana.disabled) == (Role.ANALYST, False)
    assert "hash" not in repr(ana)
    assert (await store.accounts.add_organisation("ag", "Other", "x")).name == "Agency"
    assert [each.id for each in await store.accounts.organisations()] == ["ag"]
    with pytest.raises(Conflict):
        await store.accounts.add_user("ana", Role.OPERATOR, "ag", "hash", make.now)
    with pytest.raises(NotInStore):
        await store.accounts.add_user("ben", Role.ANALYST, "none", "hash", make.now)
    with pytest.raises(NotInStore):
        await store.accounts.get_user("ben")
    assert await store.accounts.list_users() == (ana,)


async def test_sessions_end_by_time_by_password_and_by_disabling(store, make, ana):
    until = make.now + timedelta(hours=1)
    session = await store.accounts.open_session("ana", "d1", "csrf", make.now, until)
    assert await store.accounts.session("d1", make.now) == (session, ana)
    assert await store.accounts.session("d1", until) is None
    await store.accounts.reset_password("ana", "new")
    assert await store.accounts.session("d1", make.now) is None
    await store.accounts.open_session("ana", "d2", "csrf", make.now, until)
    await store.accounts.close_session("d2")
    await store.accounts.close_session("d2")
    assert await store.accounts.session("d2", make.now) is None
    await store.accounts.open_session("ana", "d3", "csrf", make.now, until)
    await store.accounts.set_disabled("ana", True)
    assert await store.accounts.session("d3", make.now) is None
    with pytest.raises(NotInStore):
        await store.accounts.reset_password("ben", "x")


async def test_one_version_of_a_pack_is_active(store, make):
    for version in ("1", "2"):
        await store.packs.put("aurelia", version, "ag", f"pack: {version}", version * 64, make.now)
    assert await store.packs.active() == ()
    with pytest.raises(NotInStore):
        await store.packs.get("aurelia")
    await store.packs.activate("aurelia", "1", make.now)
    await store.packs.activate("aurelia", "2", make.now)
    assert [pack.version for pack in await store.packs.active()] == ["2"]
    with pytest.raises(NotInStore):
        await store.packs.activate("aurelia", "3", make.now)
    assert (await store.packs.get("aurelia")).version == "2"
    assert (await store.packs.get("aurelia", "1")).document == "pack: 1"
    await store.packs.deactivate("aurelia", make.now)
    assert await store.packs.active() == ()
    assert len(await store.packs.list()) == 2


async def test_a_packs_version_never_changes_its_content_or_owner(store, make):
    await store.packs.put("aurelia", "1", "ag", "a", "a" * 64, make.now)
    await store.packs.put("aurelia", "1", "ag", "a", "a" * 64, make.now)
    with pytest.raises(Conflict):
        await store.packs.put("aurelia", "1", "ag", "b", "b" * 64, make.now)
    with pytest.raises(Conflict):
        await store.packs.put("aurelia", "2", "other", "b", "b" * 64, make.now)


async def test_rulesets_are_blobs_by_digest(store, make):
    assert await store.rulesets.current() is None
    digest = await store.rulesets.put(b"{}", make.now)
    assert digest == sha256_hex(b"{}") == await store.rulesets.put(b"{}", make.now)
    await store.rulesets.set_current(digest, make.now)
    other = await store.rulesets.put(b"[]", make.now)
    assert await store.rulesets.current() == digest
    await store.rulesets.set_current(other, make.now + timedelta(seconds=1))
    assert await store.rulesets.current() == other
    assert await store.rulesets.get(digest) == b"{}"
    with pytest.raises(NotInStore):
        await store.rulesets.set_current("0" * 64, make.now)


async def test_workers_are_alive_while_they_report(store, make):
    await store.workers.beat("w1", 10, "idle", make.now)
    await store.workers.beat("w1", 10, "fetching", make.now + timedelta(seconds=50))
    (worker,) = await store.workers.list(make.now + timedelta(seconds=100))
    assert (worker.state, worker.started_at, worker.alive) == ("fetching", make.now, True)
    (worker,) = await store.workers.list(make.now + timedelta(seconds=111))
    assert not worker.alive
    await store.workers.beat("w1", 11, "stopped", make.now + timedelta(seconds=120))
    (worker,) = await store.workers.list(make.now + timedelta(seconds=121))
    assert (worker.started_at, worker.alive) == (make.now + timedelta(seconds=120), False)


async def audited(store):
    for number in range(6):
        case_id = f"case{number % 2}" if number else None
        await store.audit.append(
            "ana", "ag", "case.read", "case", f"c{number}", "review", f"ünï {number}", case_id=case_id
        )


async def test_the_audit_is_one_chain_per_case_and_one_more(store):
    await audited(store)
    records = await store.audit.list()
    assert [(record.chain, record.number) for record in records] == [
        ("", 1), ("case1", 1), ("case0", 1), ("case1", 2), ("case0", 2), ("case1", 3),
    ]  # fmt: skip
    assert records[3].previous == records[1].hash
    assert [record.seq for record in await store.audit.list(case_id="case0")] == [3, 5]
    assert len(await store.audit.list(after_seq=4)) == 2
    assert await store.audit.verify() == ()


@pytest.mark.parametrize("table", ["audit", "case_history"])
async def test_append_only_tables_refuse_changes(store, make, policy, table):
    (lease,) = await make.lease(store, "a.test")
    await store.finish([make.finished(lease, organisation="ag")], make.now)
    connection = sqlite3.connect(policy.data_dir / "counterwatch.sqlite3")
    for change in (f"UPDATE {table} SET detail = ''", f"DELETE FROM {table}"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(change)
    connection.close()


@pytest.mark.parametrize(
    ("tampering", "seqs"),
    [
        ("UPDATE audit SET detail = 'nothing' WHERE seq = 3", {3}),
        ("UPDATE audit SET address = '192.0.2.1' WHERE seq = 6", {6}),
        ("DELETE FROM audit WHERE seq = 3", {4, 5}),
        ("UPDATE audit SET seq = -seq; UPDATE audit SET seq = CASE -seq WHEN 2 THEN 4 WHEN 4 THEN 2 ELSE -seq END",
         {2, 4, 6}),
    ],
)  # fmt: skip
async def test_tampering_behind_the_triggers_is_found(store, policy, tampering, seqs):
    await audited(store)
    connection = sqlite3.connect(policy.data_dir / "counterwatch.sqlite3")
    connection.executescript(f"DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; {tampering}")
    connection.commit()
    connection.close()
    assert {problem.seq for problem in await store.audit.verify()} == seqs


async def test_a_store_error_is_one_sentence(store):
    with pytest.raises(StoreError) as caught:
        await store.accounts.open_session("nobody", "d", "c", await store.now(), await store.now())
    assert "\n" not in str(caught.value)
