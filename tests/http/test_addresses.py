"""Which addresses anybody may be sent to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scskit.http.addresses import NOT_PUBLIC, is_host_name, is_listed, is_public


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104  an address, nothing is bound
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_what_is_not_the_public_internet(address):
    """Nobody is sent to our own machine, our network, or somewhere that leads back into it."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a03:2880:f12f:83:face:b00c:0:25de",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_what_is_the_public_internet(address):
    """Networks are reached, also from where only IPv6 is left."""
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "8.8.8.8/8"]
)
def test_what_is_no_address(text):
    """Whatever is not an address in its one spelling is not connected to."""
    assert not is_public(text)


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_judged_alike_in_all_its_clothes(number):
    """Hiding an IPv4 address in an IPv6 one opens no door."""
    plain = IPv4Address(number)
    inside = int(plain)
    mapped = IPv6Address((0xFFFF << 32) | inside)
    nat64 = IPv6Address((0x64FF9B << 96) | inside)
    assert is_public(str(plain)) == is_public(str(mapped)) == is_public(str(nat64))
    assert is_public(str(plain)) == (not any(plain in network for network in NOT_PUBLIC))
    assert not is_public(str(IPv6Address((0x2002 << 112) | (inside << 80))))
    assert not is_public(str(IPv6Address(inside)))


@given(st.ip_addresses(v=4))
def test_the_standard_library_calls_nothing_more_private(address):
    """What Python itself holds for private is never public here."""
    if not address.is_global or address.is_multicast:
        assert not is_public(str(address))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1",
        "1.2.3.4.",
        "[::1]",
        "::1",
        "localhost",
        "localhost.",
        "media.example.",
        "MEDIA.example",
        "media..example",
        ".example",
        "-a.example",
        "a-.example",
        "media.1",
        "media.0x1",
        "media.example\n",
        "med%69a.example",
        "média.example",
        "a" * 64 + ".example",
        ("a" * 60 + ".") * 4 + "a" * 12 + ".example",
        "",
    ],
)
def test_what_is_no_name_of_a_host(host):
    """No spelling of an address passes for a name."""
    assert not is_host_name(host)


@pytest.mark.parametrize("host", ["a.co", "scontent-mad1-1.xx.fbcdn.net", "xn--mdia-bpa.example"])
def test_names_of_hosts(host):
    """Names as networks use them pass."""
    assert is_host_name(host)


def test_lists_of_hosts():
    """A star stands for what is below a name, not for the name nor for what merely ends like it."""
    allowed = ("media.example", "*.cdn.example")
    assert is_listed("media.example", allowed)
    assert is_listed("a.cdn.example", allowed)
    assert is_listed("a.b.cdn.example", allowed)
    for other in ("cdn.example", "evilcdn.example", "a.media.example", "media.example.evil"):
        assert not is_listed(other, allowed)
