"""How long what a nurse writes may be, in characters."""

LONGEST_PHARMACY = 60
LONGEST_SENDER = 80
LONGEST_NOTE = 500
LONGEST_TEXT = 1_000  # of a text that a nurse composes
