"""Dates, times and phrases of every language; and words for staff about every code."""

import json
import string
from collections.abc import Collection
from datetime import date, time
from pathlib import Path

import pytest

import shared.wording
from shared.channels.wechat.templates import shipped_templates
from shared.channels.whatsapp.templates import shipped
from shared.domain.decision import PlanNote, SkipReason
from shared.domain.message import HoldReason, State, TooLate
from shared.domain.outcome import ErrorClass
from shared.domain.prescription.life import PrescriptionState, PrescriptionStop
from shared.domain.prescription.reference import ReferenceFault
from shared.domain.prescription.refusal import PrescriptionRefusal
from shared.domain.prescription.validity import DayFault
from shared.domain.reply import REQUESTS, WhyAPerson
from shared.domain.schedule import TimeRefusal
from shared.services.asking.reply import ReplyRefusal
from shared.services.jobs import StuckJob
from shared.services.publishing.trouble import Trouble
from shared.services.sending.stoppages import StopReason
from shared.services.staff.unsent import UnsentWhy
from shared.services.work_items import Resolution, WorkReason
from shared.storage.contract import WorkKind
from shared.wording import Wording

WORDING = Wording.load()
FILES = sorted(Path(shared.wording.__file__).parent.glob("*.json"))
SHIPPED = [one.described() for one in (*shipped(), *shipped_templates().definitions)]
OURS = [template for template in SHIPPED if template.purpose]
TEMPLATES = {one.purpose for one in OURS}
VALUES = {variable.name for one in OURS for variable in one.variables}
KINDS: list[tuple[str, Collection[str]]] = [
    ("skip_reason", SkipReason),
    ("plan_note", PlanNote),
    ("failure", ErrorClass),
    ("too_late", TooLate),
    ("reply", ReplyRefusal),
    ("template", TEMPLATES),
    ("template_value", VALUES),
    ("schedule", TimeRefusal),
    ("hold", HoldReason),
    ("state", State),
    ("work", WorkKind),
    ("resolution", Resolution),
    ("work_reason", WorkReason),
    ("stuck_job", StuckJob),
    ("unsent", UnsentWhy),
    ("answer", WhyAPerson),
    ("stop_reason", StopReason),
    ("trouble", Trouble),
    ("suggestion", REQUESTS),
    ("reference", ReferenceFault),
    ("prescription_day", DayFault),
    ("prescription_state", PrescriptionState),
    ("prescription_stop", PrescriptionStop),
    ("prescription", PrescriptionRefusal),
]


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "Monday 6 August 2018"),
        ("zh-Hant", "2018年8月6日 星期一"),
        ("zh-Hans", "2018年8月6日 星期一"),
        ("hi", "सोमवार, 6 अगस्त 2018"),
    ],
)
def test_a_day_is_written_as_the_language_does(language: str, shown: str) -> None:
    assert WORDING.day(date(2018, 8, 6), language) == shown


@pytest.mark.parametrize(
    ("hour", "en", "hant", "hans", "hi"),
    [
        (time(0, 0), "midnight", "凌晨0時", "凌晨0点", "रात 12 बजे (आधी रात)"),
        (time(0, 30), "12:30am", "凌晨12時30分", "凌晨12点30分", "रात 12:30 बजे"),
        (time(5, 0), "5am", "凌晨5時", "凌晨5点", "सुबह 5 बजे"),
        (time(9, 5), "9:05am", "上午9時05分", "上午9点05分", "सुबह 9:05 बजे"),
        (time(11, 59), "11:59am", "上午11時59分", "上午11点59分", "सुबह 11:59 बजे"),
        (time(12, 0), "midday", "中午12時", "中午12点", "दोपहर 12 बजे"),
        (time(12, 30), "12:30pm", "下午12時30分", "下午12点30分", "दोपहर 12:30 बजे"),
        (time(17, 0), "5pm", "下午5時", "下午5点", "शाम 5 बजे"),
        (time(17, 30), "5:30pm", "下午5時30分", "下午5点30分", "शाम 5:30 बजे"),
        (time(20, 15), "8:15pm", "晚上8時15分", "晚上8点15分", "रात 8:15 बजे"),
    ],
)
def test_an_hour_is_written_as_the_language_does(hour: time, en: str, hant: str, hans: str, hi: str) -> None:
    assert [WORDING.hour(hour, language) for language in ("en", "zh-Hant", "zh-Hans", "hi")] == [en, hant, hans, hi]


@pytest.mark.parametrize("language", WORDING.languages)
def test_no_two_minutes_of_a_day_read_the_same(language: str) -> None:
    said = {WORDING.hour(time(m // 60, m % 60), language) for m in range(24 * 60)}
    assert len(said) == 24 * 60


@pytest.mark.parametrize(
    ("wanted", "default", "language"),
    [
        (["en-GB"], "hi", "en"),
        (["zh-HK"], "en", "zh-Hant"),
        (["zh-TW"], "en", "zh-Hant"),
        (["zh-CN"], "en", "zh-Hans"),
        (["pl"], "hi", "hi"),
        ([], "zh-Hant", "zh-Hant"),
        (["pl"], "pl", "en"),
    ],
)
def test_a_language_that_is_not_shipped_falls_back(wanted: list[str], default: str, language: str) -> None:
    assert WORDING.resolve(wanted, default) == language


@pytest.mark.parametrize("language", ["fr", ""])
def test_a_language_that_is_not_shipped_has_no_words(language: str) -> None:
    with pytest.raises(KeyError):
        WORDING.phrase("answer_line", language)
    with pytest.raises(KeyError):
        WORDING.day(date(2026, 1, 1), language)


@pytest.mark.parametrize("language", WORDING.languages)
def test_every_language_has_the_phrases_of_english_with_the_same_values(language: str) -> None:
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in FILES}
    english, other = documents["en"]["phrases"], documents[language]["phrases"]
    assert other.keys() == english.keys()
    for name, text in english.items():
        assert values_in(other[name]) == values_in(text), name


@pytest.mark.parametrize("language", WORDING.languages)
def test_every_language_has_the_words_of_the_patients_page(language: str) -> None:
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in FILES}
    english, other = documents["en"]["page"], documents[language]["page"]
    assert other.keys() == english.keys()
    for name in english:
        assert values_in(WORDING.page(name, language)) == values_in(english[name]), name


def values_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", WORDING.languages)
def test_the_answer_line_asks_for_1_2_or_3_and_for_no_word(language: str) -> None:
    line = WORDING.phrase("answer_line", language)
    assert [digit for digit in line if digit.isdigit()] == ["1", "2", "3"]
    assert not any(word in line.upper() for word in ("CANCEL", "STOP", "YES"))  # health.md 6.1


def test_a_preview_holds_what_the_patient_would_read() -> None:
    values = {
        "patient_name": "Alex Example",
        "clinic": "Northgate",
        "appointment_type": "appointment",
        "date": "Monday 6 August 2018",
        "time": "5:30pm",
        "location": "Outpatients",
        "answer_line": "Reply 1, 2 or 3.",
        "clinic_phone": "01632 960123",
    }
    said = WORDING.preview("reminder", "en", values)
    assert all(value in said for value in values.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_says_that_it_is_a_draft_and_who_signs_it_off(path: Path) -> None:
    header = json.loads(path.read_text("utf-8"))["header"]
    assert header["status"] == "draft"
    assert "Clinical Safety Officer" in header["to_be_signed_off_by"]
    assert "native" in header["to_be_signed_off_by"]


@pytest.mark.parametrize("language", WORDING.languages)
@pytest.mark.parametrize(("kind", "codes"), KINDS, ids=[kind for kind, _ in KINDS])
def test_every_code_is_explained_in_every_language(kind: str, codes: Collection[str], language: str) -> None:
    said = [WORDING.explain(kind, code, language).meaning for code in codes]
    assert all(said)
    assert len(set(said)) == len(said), "two codes read the same"


@pytest.mark.parametrize("reason", SkipReason)
def test_every_reason_says_what_to_do(reason: SkipReason) -> None:
    assert all(WORDING.explain("skip_reason", reason, language).to_do for language in WORDING.languages)


def test_nothing_is_explained_that_does_not_exist() -> None:
    texts = json.loads((FILES[0].parent / "reasons.json").read_text("utf-8"))["texts"]
    assert {kind: set(entries) for kind, entries in texts.items()} == {kind: set(codes) for kind, codes in KINDS}
    assert all(set(said) == set(WORDING.languages) for entries in texts.values() for said in entries.values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_code_stands_twice(path: Path) -> None:
    """JSON would take the last one without a word."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
        return dict(pairs)

    json.loads(path.read_text("utf-8"), object_pairs_hook=once)
