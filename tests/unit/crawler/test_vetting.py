"""Which addresses may be connected to."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.policies import ResolvePolicy, VettingPolicy
from crawler.vetting import refuse_reason, vet

NOTHING = VettingPolicy()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("0.0.0.0", "unspecified"), ("0.1.2.3", "this network"), ("10.1.2.3", "private"),
        ("100.64.0.1", "carrier-grade NAT"), ("127.0.0.1", "loopback"), ("127.255.255.254", "loopback"),
        ("169.254.1.1", "link-local"), ("169.254.169.254", "cloud metadata service"), ("172.16.0.1", "private"),
        ("172.31.255.255", "private"), ("192.0.0.8", "IETF protocol assignment"), ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"), ("192.168.1.1", "private"), ("198.18.0.1", "benchmarking"),
        ("198.51.100.1", "documentation"), ("203.0.113.1", "documentation"), ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"), ("255.255.255.255", "broadcast"), ("100.100.100.200", "cloud metadata service"),
        ("168.63.129.16", "cloud metadata service"), ("::", "unspecified"), ("::1", "loopback"),
        ("::ffff:8.8.8.8", "IPv4-mapped"), ("::ffff:0:8.8.8.8", "IPv4-translated"), ("::8.8.8.8", "IPv4-compatible"),
        ("64:ff9b::8.8.8.8", "NAT64"), ("64:ff9b:1::1", "local NAT64"), ("100::1", "discard-only"),
        ("2001::1", "Teredo"),
        ("2001:2::1", "benchmarking"), ("2001:db8::1", "documentation"), ("2001:10::1", "ORCHID"),
        ("2001:20::1", "ORCHIDv2"), ("2002:7f00:1::", "6to4"), ("3fff::1", "documentation"),
        ("fc00::1", "unique local"),
        ("fd00:ec2::254", "cloud metadata service"), ("fe80::1", "link-local"), ("fec0::1", "site-local"),
        ("ff02::1", "multicast"), ("5f00::1", "segment routing"), ("4000::1", "outside global unicast"),
        ("fe80::1%eth0", "scoped address"), ("2606:4700::1%1", "scoped address"), ("shop.example", "not an IP address"),
        ("0177.0.0.1", "not an IP address"), ("", "not an IP address"),
    ],
)  # fmt: skip
def test_refused(address, reason):
    assert refuse_reason(address, NOTHING) == reason


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255", "2606:4700::1111"]
)
def test_allowed(address):
    assert refuse_reason(address, NOTHING) is None


def test_allowed_networks_never_let_mapped_addresses_through():
    lab = VettingPolicy(allow_nets=("127.0.0.0/8", "::/0"))
    assert refuse_reason("127.0.0.1", lab) is None
    assert refuse_reason("::1", lab) is None
    assert refuse_reason("10.0.0.1", lab) == "private"
    assert refuse_reason("::ffff:127.0.0.1", lab) == "IPv4-mapped"


def test_a_network_that_is_none():
    with pytest.raises(ValueError, match=r"'lab' is no network"):
        VettingPolicy(allow_nets=("lab",))


def test_vet_splits_and_puts_ipv4_first():
    found = vet(["2606:4700::1", "10.0.0.1", "8.8.8.8", "8.8.8.8"], NOTHING)
    assert found.allowed == ("8.8.8.8", "2606:4700::1")
    assert found.refused == (("10.0.0.1", "private"),)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_nothing_that_is_not_global_is_allowed(address):
    reason = refuse_reason(str(address), NOTHING)
    if reason is None:
        assert address.is_global
        assert not address.is_multicast
        assert address.version == 4 or address in ipaddress.ip_network("2000::/3")


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "::", "64:ff9b::", "::ffff:0:0:0"]))
def test_embedded_ipv4_is_always_refused(inner, prefix):
    outer = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(inner))
    assert refuse_reason(str(outer), NOTHING)


@pytest.mark.parametrize("text", ["not an address", "127.0.0.1:99999", "127.0.0.1:0", "", "a:b:c"])
def test_a_name_server_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no name server"):
        ResolvePolicy(servers=(text,))


@pytest.mark.parametrize(
    "text", ["192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:53", "2001:db8::53", "dns.example:53"]
)
def test_name_servers(text: str) -> None:
    assert ResolvePolicy(servers=(text,)).servers == (text,)
