"""Where requests may go that somebody else has named: what is not allowed is not reached, whatever a name says."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lcm_nornir.destinations import SPECIAL, Allowed, Destination, Resolver, destination
from lcm_nornir.errors import RequestError

EVERYWHERE = Allowed.parse(["0.0.0.0/0", "::/0", "*.example.net", "images.example.net"])
LAB = Allowed.parse(["192.0.2.0/24", "2001:db8::/32", "images.example.net", "*.lab.example"])
ADDRESSES = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6))


def always(*addresses: str) -> Resolver:
    return lambda _name: addresses


def never(name: str) -> Sequence[str]:
    raise AssertionError(f"{name} was resolved")


def refused(host: str, allowed: Allowed = EVERYWHERE, resolver: Resolver = never) -> str:
    with pytest.raises(RequestError) as error:
        destination(host, allowed, resolver, field="image_server.host")
    assert error.value.field == "image_server.host"
    return error.value.message


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3",  # noqa: S104 - nothing is bound to it
        "169.254.169.254", "224.0.0.1", "239.255.255.255",
        "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::a00:1", "febf::1", "ff02::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:192.0.2.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::", "::ffff:0:127.0.0.1",
    ],
)  # fmt: skip
def test_S21_special_addresses_are_refused_though_everything_is_allowed(address: str) -> None:
    assert refused(address) == f"requests to {address} are not allowed"
    refused("images.example.net", EVERYWHERE, always(address))
    refused("images.example.net", EVERYWHERE, always("192.0.2.1", address))
    refused("images.example.net", EVERYWHERE, always(f"{address}%eth0"))


@pytest.mark.parametrize("network", ["127.0.0.0/8", "127.42.0.0/16", "127.42.0.7/32"])
def test_S21_a_special_address_is_allowed_by_a_network_that_names_it(network: str) -> None:
    allowed = Allowed.parse([network])
    assert destination("127.42.0.7", allowed).addresses == (ip_address("127.42.0.7"),)
    refused("::ffff:127.42.0.7", allowed)
    refused("127.41.0.1" if network != "127.0.0.0/8" else "128.0.0.1", allowed)


@pytest.mark.parametrize(
    "host",
    [
        "", ".", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "1.2.3.4.5", "::1%eth0",
        "fe80::1%1", "[::1]", "images.example.net:80", "images.example.net/x", "user@images.example.net",
        "images example.net", "images.example.net\n", "images..example.net", "-x.example.net", "ⓘmages.example.net",
        "127。0。0。1", "a" * 64 + ".example.net", "a." * 127 + "aa", "images.example.net\x00.x", "http://192.0.2.1",
        "*.example.net",
    ],
)  # fmt: skip
def test_S21_what_is_neither_an_address_nor_a_name_is_not_resolved(host: str) -> None:
    assert refused(host) == "it is neither an IP address nor a DNS name"


def test_S21_every_address_of_a_name_has_to_be_allowed() -> None:
    inside, outside = "192.0.2.7", "198.51.100.1"
    assert destination("Switch.Example.org.", LAB, always(inside, inside)) == Destination(
        "switch.example.org", (ip_address(inside),)
    )
    assert refused("switch.example.org", LAB, always(inside, outside)) == (
        "requests to switch.example.org are not allowed"
    )


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("images.example.net", True), ("IMAGES.example.net.", True), ("x.images.example.net", False),
        ("a.lab.example", True), ("a.b.lab.example", True), ("lab.example", False), ("evil-lab.example", False),
        ("alab.example", False),
    ],
)  # fmt: skip
def test_S21_a_name_is_allowed_as_it_is_written_or_below_a_star(host: str, allowed: bool) -> None:  # noqa: FBT001
    if allowed:
        assert destination(host, LAB, always("198.51.100.1")).addresses
    else:
        refused(host, LAB, always("198.51.100.1"))


def test_S21_without_a_list_nothing_is_allowed() -> None:
    refused("192.0.2.1", Allowed())
    refused("images.example.net", Allowed(), always("192.0.2.1"))


def of_a_dead_resolver(_name: str) -> Sequence[str]:
    raise OSError("temporary failure")


@pytest.mark.parametrize("resolver", [always(), of_a_dead_resolver, always("no address")])
def test_S21_a_name_that_does_not_resolve_is_refused(resolver: Resolver) -> None:
    assert "address" in refused("images.example.net", EVERYWHERE, resolver)


@pytest.mark.parametrize("text", ["192.0.2.1/24", "10.0.0.0/33", "*", "*.", "*.*.net", "a/b", "", "*.127.1"])
def test_S21_a_list_of_which_a_word_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--allow"):
        Allowed.parse([text])


@given(ADDRESSES)
@example(ip_address("2001:db8::1"))
def test_S21_whatever_is_allowed_everywhere_is_not_special(address: IPv4Address | IPv6Address) -> None:
    known = any(address in one for one in SPECIAL)
    assert EVERYWHERE.takes(address) is not known
    if address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified:
        assert known
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address.sixtofour or address.teredo):
        assert known


@example(ip_address("192.0.2.7"), [(ip_address("192.0.2.1"), 24)])
@example(ip_address("192.0.3.7"), [(ip_address("192.0.2.1"), 24)])
@given(ADDRESSES, st.lists(st.tuples(ADDRESSES, st.integers(0, 128)), max_size=4))
def test_S21_an_address_is_allowed_only_from_within_a_network_of_the_list(
    address: IPv4Address | IPv6Address, networks: list[tuple[IPv4Address | IPv6Address, int]]
) -> None:
    listed = [ip_network((one, min(length, one.max_prefixlen)), strict=False) for one, length in networks]
    inside, taken = any(address in one for one in listed), Allowed(tuple(listed)).takes(address)
    assert inside or not taken
    if not any(address in one for one in SPECIAL):
        assert taken is inside


@given(st.text(max_size=40))
def test_S21_any_text_is_refused_or_is_a_plain_host(text: str) -> None:
    try:
        found = destination(text, EVERYWHERE, always("192.0.2.1"))
    except RequestError:
        return
    assert found.host == text.lower().removesuffix(".")
    assert set(found.host) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-:")
