"""Sending: from a due row to a provider's yes or no. Release feeds, the gate checks again, the wire keeps the pace."""
