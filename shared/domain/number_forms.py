"""The forms in which one mobile number travels.

Three countries changed how mobiles are written and WhatsApp did not follow everywhere, so an answer may come from
another form than we wrote to (Cloud API: `wa_id` may differ from the input). Each pair is one telephone: it reaches
nobody else.
"""

import re

_MEXICO = re.compile(r"\+52(1?)(\d{10})")  # the 1 after 52 went in 2019
_BRAZIL = re.compile(r"\+55([1-9]\d)(9?)([6-9]\d{7})")  # mobiles got a ninth digit, 9, in 2012-2016
_ARGENTINA = re.compile(r"\+54(9?)([1-8]\d{9})")  # 9 before the area code for calls from abroad


def number_forms(address: str) -> tuple[str, ...]:
    """`address` as it came, then the other form of the same number where there is one."""
    if match := _MEXICO.fullmatch(address):
        return address, f"+52{'' if match[1] else '1'}{match[2]}"
    if match := _BRAZIL.fullmatch(address):
        return address, f"+55{match[1]}{'' if match[2] else '9'}{match[3]}"
    if match := _ARGENTINA.fullmatch(address):
        return address, f"+54{'' if match[1] else '9'}{match[2]}"
    return (address,)
