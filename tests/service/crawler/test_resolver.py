"""The resolver against a real name server on loopback, over UDP and TCP."""

from __future__ import annotations

import asyncio
import socket

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from core.records import Lookup
from crawler.policies import ResolvePolicy
from crawler.resolver import open_resolver


def policy(nameserver, **fields) -> ResolvePolicy:
    return ResolvePolicy(servers=(nameserver.address,), **{"timeout_seconds": 1.0, **fields})


def names_asked(nameserver) -> list[str]:
    return [name for name, rdtype, _ in nameserver.asked if rdtype == "A"]


async def test_both_families_are_asked_and_aliases_followed(nameserver):
    nameserver.add("www.shop.test", "CNAME", "edge.cdn.test.")
    nameserver.add("edge.cdn.test", "A", "192.0.2.7", "192.0.2.8")
    nameserver.add("edge.cdn.test", "AAAA", "2001:DB8::0007")
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("www.shop.test")
    assert found.lookup is Lookup.OK
    assert set(found.addresses) == {"192.0.2.7", "192.0.2.8", "2001:db8::7"}
    assert found.cnames == ("edge.cdn.test",)
    assert found.ttl == 60
    assert found.server == nameserver.address
    assert found.wire == ()


async def test_aliases_that_the_server_leaves_to_us(nameserver):
    def alias_only(query):
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("split.test.", 5, "IN", "CNAME", "target.test."))
        return reply

    nameserver.scripts["split.test"] = alias_only
    nameserver.add("target.test", "A", "192.0.2.9")
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("split.test")
    assert (found.addresses, found.cnames, found.ttl) == (("192.0.2.9",), ("target.test",), 5)


async def test_literals_and_localhost_ask_nobody(nameserver):
    async with open_resolver(policy(nameserver)) as resolver:
        assert (await resolver.resolve("192.0.2.1")).addresses == ("192.0.2.1",)
        assert (await resolver.resolve("2001:db8::1")).addresses == ("2001:db8::1",)
        assert (await resolver.resolve("localhost")).addresses == ("127.0.0.1", "::1")
        assert (await resolver.resolve("app.localhost")).addresses == ("127.0.0.1", "::1")
    assert nameserver.asked == []


def refusing(rcode):
    def script(query):
        reply = dns.message.make_response(query)
        reply.set_rcode(rcode)
        return reply

    return script


async def test_bad_answers_are_values(nameserver):
    nameserver.add("mail.test", "MX", "10 mx.test.")
    nameserver.scripts["refused.test"] = refusing(dns.rcode.REFUSED)
    nameserver.scripts["broken.test"] = refusing(dns.rcode.SERVFAIL)
    nameserver.scripts["garbage.test"] = lambda query: query.id.to_bytes(2) + b"\x80\x00" + b"\xff" * 40
    nameserver.scripts["pointer.test"] = lambda query: (
        query.id.to_bytes(2) + b"\x80\x00\x00\x01\x00\x01\x00\x00\x00\x00" + b"\xc0\x0c" * 4
    )
    nameserver.scripts["silent.test"] = lambda query: None
    expected = {
        "gone.test": Lookup.NXDOMAIN,
        "mail.test": Lookup.NO_ANSWER,
        "refused.test": Lookup.REFUSED,
        "broken.test": Lookup.SERVFAIL,
        "garbage.test": Lookup.SERVFAIL,
        "pointer.test": Lookup.SERVFAIL,
        "silent.test": Lookup.TIMEOUT,
    }
    async with open_resolver(policy(nameserver, timeout_seconds=0.3)) as resolver:
        found = {host: await resolver.resolve(host) for host in expected}
    assert {host: resolution.lookup for host, resolution in found.items()} == expected
    assert not any(resolution.addresses for resolution in found.values())
    assert found["garbage.test"].detail == "malformed answer"
    assert found["gone.test"].soa is not None
    assert found["gone.test"].ttl == 30


async def test_alias_loops_and_long_chains_end(nameserver):
    def alias(to):
        def script(query):
            reply = dns.message.make_response(query)
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 5, "IN", "CNAME", to))
            return reply

        return script

    nameserver.scripts["a.test"] = alias("b.test.")
    nameserver.scripts["b.test"] = alias("a.test.")
    nameserver.scripts["self.test"] = alias("self.test.")
    for number in range(30):
        nameserver.scripts[f"n{number}.test"] = alias(f"n{number + 1}.test.")
    async with open_resolver(policy(nameserver)) as resolver:
        loop = await resolver.resolve("a.test")
        itself = await resolver.resolve("self.test")
        chain = await resolver.resolve("n0.test")
    assert (loop.lookup, loop.detail) == (Lookup.SERVFAIL, "the aliases form a loop")
    assert (itself.lookup, itself.detail) == (Lookup.SERVFAIL, "the aliases form a loop")
    assert (chain.lookup, chain.detail) == (Lookup.SERVFAIL, "more than 12 aliases in a row")
    assert len(nameserver.asked) < 40


async def test_a_long_answer_comes_over_tcp(nameserver):
    nameserver.add("many.test", "A", *(f"192.0.2.{number}" for number in range(200)))
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("many.test")
    assert len(found.addresses) == 16
    assert ("many.test", "A", "tcp") in nameserver.asked


async def test_forged_answers_are_ignored(nameserver):
    """A wrong id, another question, and a question sent back are dropped; the right answer still counts."""

    def forged(query):
        transport, reply = nameserver.transport, dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("forged.test.", 60, "IN", "A", "192.0.2.66"))
        wrong = bytearray(reply.to_wire())
        wrong[0] ^= 0xFF
        other = dns.message.make_response(dns.message.make_query("other.test", "A", id=query.id))
        other.answer.append(dns.rrset.from_text("other.test.", 60, "IN", "A", "192.0.2.67"))
        for wire in (bytes(wrong), other.to_wire(), query.to_wire(), b"short"):
            transport.sendto(wire, nameserver.peer)
        good = dns.message.make_response(query)
        if query.question[0].rdtype == 1:
            good.answer.append(dns.rrset.from_text("forged.test.", 60, "IN", "A", "192.0.2.1"))
        return good

    received = nameserver.datagram_received

    def remember(wire, peer):
        nameserver.peer = peer
        received(wire, peer)

    nameserver.datagram_received = remember
    nameserver.scripts["forged.test"] = forged
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("forged.test")
    assert found.addresses == ("192.0.2.1",)


async def test_answers_from_another_address_are_ignored(nameserver):
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind(("127.0.0.1", 0))
    received = nameserver.datagram_received

    def from_elsewhere(wire, peer):
        reply = dns.message.make_response(dns.message.from_wire(wire))
        reply.answer.append(dns.rrset.from_text("spoof.test.", 60, "IN", "A", "192.0.2.66"))
        stranger.sendto(reply.to_wire(), peer)
        received(wire, peer)

    nameserver.datagram_received = from_elsewhere
    nameserver.add("spoof.test", "A", "192.0.2.1")
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("spoof.test")
    stranger.close()
    assert found.addresses == ("192.0.2.1",)


async def test_the_cache_is_used_and_bounded(nameserver):
    for number in range(5):
        nameserver.add(f"s{number}.test", "A", "192.0.2.1")
    async with open_resolver(policy(nameserver, cache_entries=3)) as resolver:
        for number in (0, 0, 1, 2, 3, 3, 0):
            await resolver.resolve(f"s{number}.test")
        await resolver.resolve("gone.test")
        await resolver.resolve("gone.test")
    assert names_asked(nameserver) == ["s0.test", "s1.test", "s2.test", "s3.test", "s0.test", "gone.test"]


async def test_failures_are_not_cached(nameserver):
    nameserver.scripts["moody.test"] = refusing(dns.rcode.SERVFAIL)
    async with open_resolver(policy(nameserver)) as resolver:
        first = await resolver.resolve("moody.test")
        del nameserver.scripts["moody.test"]
        nameserver.add("moody.test", "A", "192.0.2.1")
        second = await resolver.resolve("moody.test")
    assert (first.lookup, second.lookup) == (Lookup.SERVFAIL, Lookup.OK)


async def test_equal_lookups_share_one_question_even_when_the_first_is_cancelled(nameserver):
    nameserver.add("busy.test", "A", "192.0.2.1")
    async with open_resolver(policy(nameserver)) as resolver:
        async with asyncio.TaskGroup() as group:
            visits = [group.create_task(resolver.resolve("busy.test")) for _ in range(50)]
            await asyncio.sleep(0)
            visits[0].cancel()
        assert all(visit.result().addresses == ("192.0.2.1",) for visit in visits[1:])
    assert len(names_asked(nameserver)) <= 2


async def test_a_silent_family_delays_the_other_by_the_grace_only(nameserver):
    def ipv4_only(query):
        if query.question[0].rdtype != 1:
            return None
        reply = dns.message.make_response(query)
        reply.answer.append(dns.rrset.from_text("half.test.", 60, "IN", "A", "192.0.2.1"))
        return reply

    nameserver.scripts["half.test"] = ipv4_only
    async with open_resolver(policy(nameserver, timeout_seconds=5.0, grace_seconds=0.05)) as resolver:
        async with asyncio.timeout(1):
            found = await resolver.resolve("half.test")
    assert found.addresses == ("192.0.2.1",)


async def test_name_servers_mail_hosts_and_raw_answers_on_request(nameserver):
    nameserver.add("shop.test", "A", "192.0.2.1")
    nameserver.add("shop.test", "NS", "NS1.shop.test.", "ns2.shop.test.")
    nameserver.add("shop.test", "MX", "10 mail.shop.test.")
    async with open_resolver(policy(nameserver)) as resolver:
        found = await resolver.resolve("shop.test", extra=("NS", "MX"), keep_wire=True)
    assert set(found.ns) == {"ns1.shop.test", "ns2.shop.test"}
    assert found.mx == ("mail.shop.test",)
    assert [rdtype for rdtype, _ in found.wire] == ["A", "AAAA", "NS", "MX"]
    assert dns.message.from_wire(found.wire[0][1]).flags & dns.flags.QR


async def test_another_server_is_asked_when_the_first_is_dead(nameserver):
    nameserver.add("shop.test", "A", "192.0.2.1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as black_hole:
        black_hole.bind(("127.0.0.1", 0))
        servers = (f"127.0.0.1:{black_hole.getsockname()[1]}", nameserver.address)
        async with open_resolver(ResolvePolicy(servers=servers, timeout_seconds=0.6)) as resolver:
            found = await resolver.resolve("shop.test")
    assert found.addresses == ("192.0.2.1",)


@pytest.mark.parametrize("host", ["a" * 63 + ".test", ("x" * 60 + ".") * 4 + "test", "_dmarc.shop.test"])
async def test_odd_names_never_raise(nameserver, host):
    async with open_resolver(policy(nameserver)) as resolver:
        assert (await resolver.resolve(host)).lookup is Lookup.NXDOMAIN


async def test_a_closed_port_is_a_value():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    async with open_resolver(ResolvePolicy(servers=(address,), timeout_seconds=0.3)) as resolver:
        found = await resolver.resolve("shop.test")
    assert found.lookup in (Lookup.SERVFAIL, Lookup.TIMEOUT)
    assert found.detail
