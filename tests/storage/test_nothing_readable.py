"""Promise 8: no value of a patient stands readable in any row, key or blob."""

from __future__ import annotations

import base64
import contextlib
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.appointment import BadRow, Unreadable
from shared.domain.inbound import ContactChange, ContactEvent, InboundMessage, Receipt, ReceiptState
from shared.domain.message import EventName, Kind, State
from shared.domain.prescription.life import PrescriptionEvent, PrescriptionEventName
from shared.domain.tally import DayFold, DayTally
from shared.domain.topics import Topic
from shared.storage import memory
from shared.storage.contract import (
    ConsentMethod,
    ConsentRecord,
    Delivery,
    FeedState,
    Hold,
    LogEntry,
    OptIn,
    PatientPage,
    Run,
    RunState,
    Stop,
    StoredCallback,
    Subscription,
    WorkItem,
    WorkKind,
)
from shared.storage.memory import MemoryRows
from shared.storage.opened import OpenStorage
from shared.storage.places import TABLES
from shared.storage.rows import Span
from tests.storage.samples import (
    CLINIC,
    ENCRYPTION_KEYS,
    INDEX_KEY,
    NAME,
    NOW,
    NUMBER,
    PSEUDONYMS,
    REFERENCE,
    TODAY,
    contact,
    entry,
    event,
    planned,
    prescription,
)
from tests.storage.wrappers import KeepingBlobs

WAMID = "wamid." + base64.b64encode(b"HBg447700900123").decode()
OPENID = "oMadeUpOpenidOfNobody0000001"
PATIENT_ID = "9990000018"
SENDER = "reception@example.org"
SECRETS = [
    NAME, "Wilhelmina", "Quince", NUMBER, NUMBER[1:], "7700900123", WAMID, OPENID, PATIENT_ID, "Ward 7", "Follow-up",
    "1970-02-03", "I cannot come", "appointment-77", "record-9", SENDER, "made-up-token", "en-GB",
    "+447700900456", "made-up-signature", "logic.azure.com", "nurse@example.org", REFERENCE, "24F5DA", "Quill Lane",
    "DMC/R/01234", "made-up-page-token",
]  # fmt: skip


async def live_a_day(storage: OpenStorage) -> None:
    """Every method that stores something, with a patient's values wherever there is room for them."""
    patient_key = PSEUDONYMS.patient(CLINIC, PATIENT_ID)
    step = entry("appointment-77", PATIENT_ID)
    message = planned("appointment-77", PATIENT_ID)
    await storage.plans.write(CLINIC, [step], [contact(PATIENT_ID)])
    await storage.messages.put(planned("appointment-78", PATIENT_ID, to="+447700900456", kind=Kind.RAW))
    await storage.messages.claim(event(message.id, EventName.CLAIMED, owner="w1", lease_until=NOW))
    for name in (EventName.ACCEPTED, EventName.SENT, EventName.FAILED):
        await storage.messages.append(event(message.id, name, provider_id=WAMID, detail="131026"))
    await storage.log.append(LogEntry(NOW, TODAY, message.id, Kind.REMINDER, "whatsapp", State.ACCEPTED))
    bad = (BadRow("record-9", Unreadable.BAD_DATE, "start"),)
    await storage.runs.begin(Run("r1", CLINIC, TODAY, "daily", RunState.RUNNING, "w", NOW, NOW, bad_rows=bad), NOW)
    await storage.patients.opt_in(CLINIC, [OptIn(patient_key, "wechat", NOW, "form")])
    await storage.patients.bind(CLINIC, patient_key, "wechat", OPENID, NOW)
    wish = ConsentRecord(patient_key, "whatsapp", False, NOW, ConsentMethod.PHONE, SENDER, f"{NAME} rang, {NUMBER}")
    await storage.consents.add(CLINIC, wish)
    await storage.patients.opt_out(CLINIC, "whatsapp", PSEUDONYMS.address(CLINIC, "whatsapp", NUMBER), NOW, "reply")
    address_key = PSEUDONYMS.address(CLINIC, "whatsapp", NUMBER)
    await storage.patients.wrote(CLINIC, "whatsapp", address_key, NOW)
    await storage.patients.mark_unreachable(CLINIC, "whatsapp", address_key, NOW, "131026", NOW)
    hold = Hold(CLINIC, "whatsapp", address_key, PSEUDONYMS.digest("answer", WAMID))
    await storage.patients.hold(hold, NOW, "wrong_person")
    await storage.patients.lift(hold, NOW)
    receipt = Receipt("wechat", "gh_1", WAMID, ReceiptState.FAILED, NOW, reference=OPENID)
    await storage.provider_ids.wait(receipt)
    text = InboundMessage("whatsapp", "default", NUMBER, WAMID, NOW, "text", "I cannot come", in_reply_to=WAMID)
    await storage.inbound.add(CLINIC, text, NOW)
    await storage.inbound.add(
        CLINIC, ContactEvent("wechat", "gh_1", OPENID, ContactChange.SUBSCRIBED, NOW, OPENID), NOW
    )
    body = json.dumps({"from": NUMBER, "text": "I cannot come", "id": WAMID}).encode()
    await storage.callbacks.store(StoredCallback("whatsapp", "default", NOW, {"openid": OPENID}, body))
    await storage.idempotency.begin("s", f"{NUMBER} {NAME}", NUMBER, message.id, NOW, timedelta(days=1))
    await storage.worklist.open([an_item("work-1"), an_item("work-2")])
    await storage.worklist.resolve(CLINIC, "work-2", "done", "nurse-key", NOW, "rang Quince on 7700900123")
    pair = PSEUDONYMS.address(CLINIC, "whatsapp", NUMBER)
    await storage.lanes.keep_feed(message.lane, FeedState(NOW, NOW, {CLINIC: (NOW,) * 5}, {pair: NOW}), "")
    await storage.lanes.keep_wire(message.lane, NOW, "")
    await storage.lanes.keep_stop(Stop(message.lane, "131031", "account", NOW, NOW, message.id.digest), "")
    await storage.failures.note(message.lane, CLINIC, message.id.digest, NOW)
    await storage.tallies.mark(CLINIC, TODAY, NOW)
    fold = DayFold()
    async for found in storage.tallies.rows_of(CLINIC, message.id.day):
        fold.take(found)
    await storage.tallies.keep(CLINIC, TODAY, DayTally(NOW, fold.rows, fold.cells()), "")
    one = prescription()
    await storage.prescriptions.put(one)
    revoked = PrescriptionEvent(PrescriptionEventName.REVOKED, NOW, message.id, "nurse@example.org", f"was {NUMBER}")
    await storage.prescriptions.append(CLINIC, one.id, revoked)
    key = PSEUDONYMS.digest("patient-page", "made-up-page-token")
    await storage.prescriptions.open_page(PatientPage(key, CLINIC, one.id, str(message.id), NOW))
    url = "https://prod-01.logic.azure.com/workflows/w?sig=made-up-signature"
    mine = Subscription("s" * 26, Topic.PATIENT_REPLY, None, "", url, "h" * 26, "nurse@example.org", NOW)
    await storage.subscriptions.add(mine)
    reference = storage.inbound.reference(CLINIC, text)
    reply = Delivery(mine.id, "e" * 26, mine.topic, CLINIC, "whatsapp", reference, NOW, NOW, NOW, 1, message.id)
    objection = replace(reply, event_id="o" * 26, topic=Topic.PATIENT_OPTED_OUT, happening=address_key)
    await storage.outbox.put([replace(reply, patient_key=patient_key, said="cancel"), objection])
    await storage.clinics.put_account("whatsapp", "100", {"access_token": "made-up-token"}, NOW)


def an_item(item_id: str) -> WorkItem:
    """A thing to do with a patient's values wherever there is room for them."""
    return WorkItem(
        item_id, CLINIC, WorkKind.NEEDS_A_PERSON, NOW, NOW, "no_address", "whatsapp", message_id=planned().id,
        appointment_key=PSEUDONYMS.appointment(CLINIC, "appointment-77"), starts_at=NOW, patient_name=NAME,
        patient_key=PSEUDONYMS.patient(CLINIC, PATIENT_ID), appointment_id="appointment-77", contact=NUMBER,
        wrote_from=NUMBER, said="I cannot come", note=f"was {NUMBER}",
    )  # fmt: skip


def readings(value: Any) -> list[str]:
    """A stored value in every way that somebody might read it."""
    if isinstance(value, bytes):
        with contextlib.suppress(zlib.error):
            return readings(zlib.decompress(value).decode())
        return [value.decode("latin-1"), value.decode("utf-8", "replace"), base64.b64encode(value).decode()]
    text = str(value)
    return [text, text.lower()]


@pytest.fixture
async def stored() -> list[str]:
    kept: list[KeepingBlobs] = []

    def keep(blobs: Any) -> KeepingBlobs:
        kept.append(KeepingBlobs(blobs))
        return kept[0]

    storage = memory.open_storage(encryption_keys=ENCRYPTION_KEYS, index_key=INDEX_KEY, around_blobs=keep)
    await live_a_day(storage)
    assert isinstance(storage.rows, MemoryRows)
    found: list[str] = []
    filled = set()
    for table in TABLES:
        for row in (await storage.rows.query(table, Span("-", "~"))).rows:
            filled.add(table)
            for value in (row.partition, row.key, *row.columns, *row.columns.values()):
                found += readings(value)
    for name, content in kept[0].put_contents.items():
        found += [name, *readings(content)]
    assert filled == set(TABLES) - {"apikeys"}
    assert kept[0].put_contents
    return found


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode().rstrip("=")


async def test_no_row_key_or_blob_holds_a_readable_value_of_a_patient(stored: list[str]) -> None:
    hidden_as = {form for secret in SECRETS for form in (secret, secret.lower(), base64_of(secret))}
    assert [(form, text) for form in hidden_as for text in stored if form in text] == []


async def test_the_scan_would_see_what_is_there(stored: list[str]) -> None:
    """What is allowed to be readable is found, so the scan does look."""
    assert any("whatsapp" in text for text in stored)
    assert any("131026" in text for text in stored)
    assert any('"handed_over"' in text for text in stored)  # the figures of a day, which are deflated
