"""Numbers that the `phonenumbers` library does not call valid, and that we take all the same.

Each entry is a pattern of a whole E.164 number and the source of the rule.
"""

import re

FICTIONAL_MOBILES = (
    # Ofcom, "Telephone numbers for use in TV and radio drama programmes": mobile 07700 900000 to 900999
    re.compile(r"\+447700900\d{3}"),
    # India, ours: mobiles begin with 6 to 9 (DoT numbering plan), so nobody answers here
    re.compile(r"\+9155500\d{5}"),
    # Hong Kong, ours: no subscriber number begins with 0 (OFCA numbering plan)
    re.compile(r"\+8520555\d{4}"),
)
"""Numbers for sample data and tests, which belong to nobody."""

NEW_MOBILES = (
    # Hong Kong opened the levels 4 and 7 for mobiles after most number lists were made (OFCA numbering plan)
    re.compile(r"\+852[47]\d{7}"),
)
"""Ranges that are newer than the library's list: taken, with a note."""
