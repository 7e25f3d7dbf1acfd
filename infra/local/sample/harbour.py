"""Harbour Demonstration Clinic, Hong Kong: a CSV extract in Traditional Chinese, messages on WeChat, few on WhatsApp.

The file is what a spreadsheet program saves as "CSV UTF-8": it begins with a byte order mark. Openids belong to nobody;
the endings `_blocked`, `_gone`, … behave in the WeChat simulator as its behaviours.json says. No subscriber number of
Hong Kong begins with 0; those here begin with 0555, and who has 0555 7… is not on WhatsApp.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from zoneinfo import ZoneInfo

from infra.local.sample.booking import Booking, SampleClinic
from infra.local.sample.case import DELIVERED, READ, TURNS, Case, bad_row, failed, skipped
from infra.local.sample.extract_file import ExtractFile
from shared.domain.appointment import Unreadable
from shared.domain.decision import SkipReason

CHANNEL = "wechat"
SECOND_CHANNEL = "whatsapp"
SECOND_ACCOUNT = "harbour"

CHILD = "{child}"  # written as a date that makes the patient 14 or 15 years old
OPENID = "{openid}"  # one of the patient's own, before an ending
NOT_ON_WHATSAPP = "{not on whatsapp}"  # a number of the patient's own
_NAMES = ("陳大文", "李小明", "黃美美", "何甲乙", "張三", "李四", "王五", "趙六", "范例子", "甄樣本", "賈名氏")
_TYPES = ("覆診", "首次診症", "量血壓", "洗傷口")
_PLACES = ("門診二樓", "眼科門診", "性健康科")


def openid(person: int, ending: str = "") -> str:
    """28 characters, as WeChat's are, in a form that no real account gives out."""
    return f"oSample{person:0{21 - len(ending)}d}{ending}"


CASES: Sequence[Case] = (
    Case(
        name="not-bound",
        why="The patient never scanned the clinic's code: there is no openid to write to.",
        ending=skipped(SkipReason.NO_ADDRESS),
        on=(0,),
        given={"微信OpenID": ""},
    ),
    Case(
        name="bound-by-scan",
        why="The extract knows no openid, the clinic's own register does: the patient scanned the code at the desk.",
        ending=DELIVERED,
        on=(1, 4),
        given={"微信OpenID": ""},
    ),
    Case(
        name="blocked",
        why="The patient turned the account's messages off: WeChat takes the message and reports `failed:user block`.",
        ending=failed("user_block"),
        on=(2, 5),
        given={"微信OpenID": OPENID + "_blocked"},
        people=range(200, 200 + TURNS),
    ),
    Case(
        name="not-following",
        why="The patient no longer follows the account (43004): WeChat refuses the message at once.",
        ending=failed("43004"),
        on=(3, 6),
        given={"微信OpenID": OPENID + "_gone"},
        people=range(300, 300 + TURNS),
    ),
    Case(
        name="whatsapp-then-wechat",
        why="The number that the patient gave is not on WhatsApp (131026); the same words arrive by WeChat.",
        ending=failed("131026", instead=CHANNEL),
        on=(0, 3),
        given={"電話": NOT_ON_WHATSAPP},
        people=range(400, 400 + TURNS),
    ),
    Case(
        name="whatsapp-first",
        why="The patient gave a number and said yes to WhatsApp: that goes first here, before WeChat.",
        ending=READ,
        on=(1, 4),
        given={"電話": "0555 1234"},
    ),
    Case(
        name="no-opt-in",
        why="Nobody asked this patient whether WeChat is all right, and this clinic must have a yes.",
        ending=skipped(SkipReason.NO_OPT_IN),
        on=(4,),
    ),
    Case(
        name="opted-out",
        why="The patient said yes once and no later; the no counts.",
        ending=skipped(SkipReason.OPTED_OUT),
        on=(5,),
        given={"微信OpenID": openid(902)},
    ),
    Case(
        name="deceased",
        why="The extract's last column says that the patient has died.",
        ending=skipped(SkipReason.DECEASED),
        on=(6,),
        given={"已故": "是"},
    ),
    Case(
        name="cancelled",
        why="Cancelled, and still in the extract.",
        ending=skipped(SkipReason.CANCELLED),
        on=(0,),
        given={"狀態": "已取消"},
    ),
    Case(
        name="waitlist",
        why="On the waiting list: nobody has agreed to a time.",
        ending=skipped(SkipReason.NOT_BOOKED),
        on=(1,),
        given={"狀態": "候補"},
    ),
    Case(
        name="under-16",
        why="The patient is a child: staff write to the parent themselves.",
        ending=skipped(SkipReason.UNDER_AGE),
        on=(2,),
        given={"出生日期": CHILD},
    ),
    Case(
        name="simplified-reader",
        why="The patient reads simplified Chinese, the clinic writes traditional: readable, and noted for staff.",
        ending=DELIVERED,
        on=(3,),
        given={"語言": "简体"},
    ),
    Case(
        name="sensitive-place",
        why="The department's name would say why the patient comes: they read `門診部`, its public name.",
        ending=DELIVERED,
        on=(4,),
        given={"地點": "性健康科"},
    ),
    Case(
        name="receipt-before-answer",
        why="WeChat's receipt comes before its answer to the send: it waits, and joins.",
        ending=DELIVERED,
        on=(5,),
        at=time(14, 50),
        given={"微信OpenID": openid(903, "_early")},
    ),
    Case(
        name="receipt-twice",
        why="The same receipt comes twice: it counts once.",
        ending=DELIVERED,
        on=(6,),
        given={"微信OpenID": openid(904, "_twice")},
    ),
    Case(
        name="no-time",
        why="The extract gives a day and no time, this account's template wants both: staff say it themselves.",
        ending=skipped(SkipReason.TEMPLATE_DOES_NOT_FIT),
        on=(1,),
        given={"預約時間": ""},
    ),
    Case(
        name="no-date",
        why="The date is missing: the row is reported by its line, and nobody guesses.",
        ending=bad_row(Unreadable.MISSING_FIELD),
        on=(0,),
        given={"預約日期": ""},
    ),
)

HARBOUR = SampleClinic("harbour", "HBR", ZoneInfo("Asia/Hong_Kong"), DELIVERED, CASES)

OBJECTIONS = (openid(902),)
"""Addresses that said no."""


def patient_id(person: int) -> str:
    return f"H{70000 + person}"


BOUND = {patient_id(HARBOUR.person_of("bound-by-scan")): openid(905)}
"""Patient -> openid that the clinic's register holds and the extract does not."""


OPTED_IN = tuple(patient_id(person) for person in HARBOUR.everyone_but("no-opt-in"))
"""Patients who said yes, to both channels; few gave a number for the second one."""


def row(booking: Booking) -> Mapping[str, str]:
    """One line of the extract."""
    person = booking.person
    columns = {
        "預約編號": booking.id,
        "病人編號": patient_id(person),
        "姓名": _NAMES[person % len(_NAMES)],
        "出生日期": f"{1940 + person * 7 % 60}/{person % 12 + 1:02d}/{person % 28 + 1:02d}",
        "微信OpenID": openid(person),
        "電話": "",
        "預約日期": f"{booking.day:%Y/%m/%d}",
        "預約時間": f"{booking.at:%H:%M}",
        "狀態": "已預約",
        "類別": _TYPES[person % len(_TYPES)],
        "地點": _PLACES[person % 2],
        "語言": "繁體",
        "已故": "否",
    }
    return {name: _own(value, booking) for name, value in {**columns, **booking.case.given}.items()}


def _own(value: str, booking: Booking) -> str:
    """What a case writes differently for each of its patients and days."""
    if value.startswith(OPENID):
        return openid(booking.person, value.removeprefix(OPENID))
    own = {CHILD: f"{booking.day.year - 15}/06/15", NOT_ON_WHATSAPP: f"0555 7{booking.person:03d}"}
    return own.get(value, value)


EXTRACT = ExtractFile("harbour.csv", "utf-8-sig", ",", row)
