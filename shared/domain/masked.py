"""An address as a list shows it: enough to tell two apart on the telephone, too little to write to."""

_SHOWN = 4
_DOTS = "••••"


def masked(address: str) -> str:
    """The last four characters of a number or an openid; empty for none."""
    return f"{_DOTS} {address[-_SHOWN:]}" if address else ""
