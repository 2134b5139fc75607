"""Which addresses on the Internet anybody may be sent to. Pure: nothing is resolved here.

The tables are those of IANA (special-purpose address registries for IPv4 and IPv6), written out
because what the standard library calls global changes between Python versions.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from typing import Final

NOT_PUBLIC: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by the customers of a provider
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds answer there with credentials
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
"""IPv4 networks that are not the public Internet."""

PUBLIC_IPV6: Final = IPv6Network("2000::/3")
"""All of IPv6 that was ever given out; loopback, link-local, multicast and the rest lie outside."""

NOT_PUBLIC_IPV6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocols, Teredo among them, which hides an IPv4 address
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which hides an IPv4 address
        "3fff::/20",  # documentation
    )
)
"""What of it is not the public Internet."""

NAT64: Final = IPv6Network("64:ff9b::/96")
"""An IPv4 address as networks without IPv4 see it (RFC 6052): judged as what it stands for."""

MAPPED: Final = IPv6Network("::ffff:0:0/96")
"""An IPv4 address as an IPv6 socket sees it: judged as what it stands for."""

_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{4,253}}\Z)(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])")


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the public Internet.

    Args:
        address: as a resolver gives it; anything else, an address with a scope too, does not.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_ipv4(found)
    if found.scope_id is not None:
        return False
    if found in NAT64 or found in MAPPED:
        return _is_public_ipv4(_inside(found))
    return found in PUBLIC_IPV6 and not any(found in network for network in NOT_PUBLIC_IPV6)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return not any(address in network for network in NOT_PUBLIC)


def _inside(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


def is_host_name(host: str) -> bool:
    """Tell whether this is the name of a host, and not an address in any of its spellings.

    ``2130706433``, ``0x7f.1``, ``0177.0.0.1``, ``127.1`` and ``[::1]`` are all this machine to
    one library or another. A name ends in letters, has a dot, and is lower case.
    """
    return _HOST.fullmatch(host) is not None


def is_listed(host: str, allowed: Collection[str]) -> bool:
    """Tell whether a host is among the allowed; ``*.example.com`` stands for all below it."""
    return any(host.endswith(one[1:]) if one.startswith("*.") else host == one for one in allowed)
