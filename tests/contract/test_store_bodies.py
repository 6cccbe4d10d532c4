"""Visits with their bodies: segments, time to live, the case vault, blobs."""

import dataclasses
import stat
from datetime import timedelta

import pytest
from warcio.archiveiterator import ArchiveIterator

from core.errors import NotInStore, StoreError
from core.ids import sha256_hex
from storage.segments import Segments
from storage.store import open_store


async def test_a_visit_is_read_back_as_it_was(store, make):
    (lease,) = await make.lease(store, "a.test")
    item = await make.stored(store, lease, b"\x1f\x8bzipped", b"", b"<p>second", organisation="ag")
    await store.finish([item], make.now)
    stored = await store.visits.get(item.visit.id)
    assert stored.visit == item.visit
    assert stored.verdict == item.verdict
    assert (stored.title, stored.page_kind, stored.missing) == ("Watches", item.page_kind, ())
    bare = await store.visits.get(item.visit.id, bodies=False)
    assert [exchange.body for exchange in bare.visit.captures[0].exchanges] == [b"", b"", b""]
    with pytest.raises(NotInStore):
        await store.visits.get("01ARZ3NDEKTSV4RRFFQ69G5FAV")


async def test_text_that_no_database_takes_is_mended_not_refused(store, make):
    (lease,) = await make.lease(store, "a.test")
    item = make.finished(lease, organisation="ag", title="nul \0 and \ud800")
    verdict = make.verdict(item.visit, quote="lone \udfff")
    await store.finish([dataclasses.replace(item, verdict=verdict)], make.now)
    stored = await store.visits.get(item.visit.id)
    assert stored.title == "nul \ufffd and ?"
    assert stored.verdict.signals[0].quote == "lone ?"


async def test_segments_rotate_and_are_readable_warc(policy, make):
    policy = dataclasses.replace(policy, segment_bytes=20_000)
    async with open_store(policy) as store, store.segments.open_writer("w/1") as writer:
        visits = [make.visit(make.candidate("a.test"), bodies=(bytes([n]) * 4000, b"x")) for n in range(12)]
        places = [await writer.append(visit) for visit in visits]
        await writer.sync()
        for number, (long, short) in enumerate(places):
            assert await store.segments.read(long) == bytes([number]) * 4000
            assert await store.segments.read(short) == b"x"
        names = {place.segment for pair in places for place in pair}
        assert len(names) == 6
        assert all(store.segments.path(name).stat().st_size <= policy.segment_bytes for name in names)
        for name in names:
            with store.segments.path(name).open("rb") as file:
                types = [(record.rec_type, record.digest_checker) for record in ArchiveIterator(file)]
            assert types[0][0] == "warcinfo"
            assert {kind for kind, _ in types} == {"warcinfo", "resource", "response", "request"}


async def test_what_was_not_synced_is_dropped_and_a_torn_tail_is_harmless(store, make):
    visit = make.visit(make.candidate("a.test"), bodies=(b"kept",))
    async with store.segments.open_writer("w1") as writer:
        (kept,) = await writer.append(visit)
        await writer.sync()
        (lost,) = await writer.append(make.visit(make.candidate("b.test"), bodies=(b"lost",)))
    with pytest.raises(StoreError):
        await store.segments.read(lost)
    with store.segments.path(kept.segment).open("ab") as file:
        file.write(b"WARC/1.1\r\nWARC-Type: resp")
    assert await store.segments.read(kept) == b"kept"
    async with store.segments.open_writer("w1") as writer:
        (fresh,) = await writer.append(visit)
        await writer.sync()
    assert fresh.segment != kept.segment


async def test_a_changed_body_is_noticed(store, make):
    async with store.segments.open_writer("w1") as writer:
        (place,) = await writer.append(make.visit(make.candidate("a.test"), bodies=(b"original",)))
        await writer.sync()
    path = store.segments.path(place.segment)
    path.write_bytes(path.read_bytes().replace(b"original", b"0riginal"))
    with pytest.raises(StoreError, match="damaged"):
        await store.segments.read(place)
    with pytest.raises(NotInStore):
        await store.segments.read(dataclasses.replace(place, segment="../keys/master"))


async def test_segments_expire_but_not_while_evidence_is_waiting(store: object, make, policy):
    (lease,) = await make.lease(store, "a.test")
    item = await make.stored(store, lease, b"body", organisation="ag")
    await store.finish([item], make.now)
    later = await store.now() + timedelta(days=policy.body_days + 2)
    assert isinstance(store.segments, Segments)
    assert await store.segments.expire(await store.now()) == 0
    assert await store.segments.expire(later) == 0
    (job,) = await store.evidence.lease("w", 1, later, lease_seconds=60)
    assert await store.evidence.finish(job, make.bundle(job.bundle_id, job.visit_id), "blob", later)
    assert await store.segments.expire(later) == 1
    assert (await store.visits.get(item.visit.id)).visit == item.visit
    await store.vault.erase(job.case_id)
    gone = await store.visits.get(item.visit.id)
    assert gone.missing == (0,)


async def test_expired_bodies_are_missing_not_an_error(store, make, policy):
    (lease,) = await make.lease(store, "a.test")
    item = await make.stored(store, lease, b"body")
    await store.finish([item], make.now)
    assert await store.segments.expire(await store.now() + timedelta(days=policy.body_days + 2)) == 1
    stored = await store.visits.get(item.visit.id)
    assert (stored.missing, stored.visit.captures[0].exchanges[0].body) == ((0,), b"")


async def test_blobs_are_named_by_digest_and_written_once(store, policy):
    name = await store.blobs.put(b"content")
    assert name == sha256_hex(b"content") == await store.blobs.put(b"content")
    assert await store.blobs.get(name) == b"content"
    assert await store.blobs.has(name)
    path = policy.data_dir / "blobs" / name[:2] / name[2:4] / name
    assert list((policy.data_dir / "blobs" / "tmp").iterdir()) == []
    path.write_bytes(b"c0ntent")
    with pytest.raises(StoreError, match="damaged"):
        await store.blobs.get(name)
    await store.blobs.delete(name)
    await store.blobs.delete(name)
    assert not await store.blobs.has(name)
    with pytest.raises(NotInStore):
        await store.blobs.get(name)
    with pytest.raises(NotInStore):
        await store.blobs.get("../../etc/passwd")


async def test_a_damaged_blob_is_written_anew(store, policy):
    name = await store.blobs.put(b"content")
    (policy.data_dir / "blobs" / name[:2] / name[2:4] / name).write_bytes(b"")
    await store.blobs.put(b"content")
    assert await store.blobs.get(name) == b"content"


async def flagged(store, make, host="a.test"):
    (lease,) = await make.lease(store, host)
    (result,) = await store.finish([make.finished(lease, organisation="ag")], make.now)
    return result.case_id


async def test_the_vault_keeps_content_encrypted_until_it_is_erased(store, make, policy):
    case_id = await flagged(store, make)
    name = await store.vault.put(case_id, b"secret page")
    assert name == await store.vault.put(case_id, b"secret page")
    assert await store.vault.get(case_id, name) == b"secret page"
    key = policy.data_dir / "keys" / "master.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    files = [path for path in policy.data_dir.rglob("*") if path.is_file()]
    assert all(b"secret page" not in path.read_bytes() for path in files)
    await store.vault.erase(case_id)
    with pytest.raises(NotInStore):
        await store.vault.get(case_id, name)
    with pytest.raises(NotInStore):
        await store.vault.put(case_id, b"more")
    assert not [path for path in (policy.data_dir / "blobs").rglob("*") if path.is_file()]


async def test_the_vault_needs_its_master_key(store, make, policy):
    case_id = await flagged(store, make)
    name = await store.vault.put(case_id, b"secret page")
    async with open_store(dataclasses.replace(policy, master_key=bytes(32))) as other:
        with pytest.raises(StoreError, match="master key"):
            await other.vault.get(case_id, name)
    async with open_store(dataclasses.replace(policy, master_key=b"short")) as other:
        with pytest.raises(StoreError, match="5 bytes"):
            await other.vault.get(case_id, name)


async def test_cases_do_not_share_content(store, make):
    first, second = await flagged(store, make, "a.test"), await flagged(store, make, "b.test")
    name = await store.vault.put(first, b"page")
    with pytest.raises(NotInStore):
        await store.vault.get(second, name)
    await store.vault.put(second, b"page")
    await store.vault.erase(first)
    assert await store.vault.get(second, name) == b"page"


async def test_the_vault_knows_only_real_cases(store):
    with pytest.raises(StoreError):
        await store.vault.put("no-such-case", b"page")
