"""Which addresses are out on the internet."""

from __future__ import annotations

import pytest

from shared.subscribers.addresses import is_public

PUBLIC = ["20.37.110.1", "40.112.0.1", "8.8.8.8", "139.219.0.1", "2603:1030::1", "2a01:111::1", "2001:4860:4860::8888"]
NOT_PUBLIC = [
    "", "x", "127.1", "0x7f000001", "2130706433", "8.8.8.8.", " 8.8.8.8", "008.8.8.8", "8.8.8.8/32",
    "0.0.0.0", "0.1.2.3",  # this network
    "10.0.0.4", "172.16.0.1", "172.31.255.254", "192.168.1.1",  # private
    "100.64.0.1", "100.100.100.200", "100.127.255.254",  # carriers' own (RFC 6598); a cloud's metadata
    "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "169.254.0.1",  # link-local: every cloud's metadata
    "168.63.129.16",  # Azure's own
    "192.0.0.1", "192.0.0.9", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "233.252.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::8.8.8.8",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8",  # mapped and translated IPv4
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::808:808",  # NAT64
    "100::1", "2001::1", "2001:0:7f00:1::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1",
    "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1",
    "2603:1030::1%1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_host_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)
