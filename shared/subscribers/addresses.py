"""Which addresses are out on the internet. Everything else is refused: ours, the cloud's, this machine's.

Decided by what is known to be public, not by a list of what is not: special ranges of the IANA registries, those that
carry another address inside (mapped, translated, tunnelled), and addresses of the platform itself.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_UNICAST_6 = ip_network("2000::/3")  # all that is assigned for global unicast (IANA, IPv6 Address Space)
_NOT_4 = (
    ip_network("192.0.0.0/24"),  # protocol assignments, two of them global by the registry
    ip_network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    ip_network("168.63.129.16/32"),  # Azure's own: resolver, health probes, the machine's configuration
)
_NOT_6 = (
    ip_network("2001::/23"),  # special assignments, Teredo among them: it carries an IPv4 address (RFC 4380)
    ip_network("2002::/16"),  # 6to4 carries one too (RFC 3056)
    ip_network("2001:db8::/32"),
    ip_network("3fff::/20"),  # documentation (RFC 9637)
)


def is_public(text: str) -> bool:
    """Whether it is a plain address of a host on the internet. Not what is none at all, and none with a zone."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return _is_public_4(address) if isinstance(address, IPv4Address) else _is_public_6(address)


def _is_public_4(address: IPv4Address) -> bool:
    special = address.is_multicast or address.is_reserved or any(address in net for net in _NOT_4)
    return address.is_global and not special


def _is_public_6(address: IPv6Address) -> bool:
    """Outside 2000::/3 lie the mapped and the translated ones (::ffff:0:0/96, 64:ff9b::/96), with any IPv4 inside."""
    special = address.scope_id is not None or any(address in net for net in _NOT_6)
    return address in _UNICAST_6 and address.is_global and not special
