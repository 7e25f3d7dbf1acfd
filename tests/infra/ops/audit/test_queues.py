"""The auditor looks into the queues: nothing is found in the product's own jobs, and each mistake that is planted."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.watching import QUEUES as OF_THE_APP
from infra.ops.audit import jobs
from infra.ops.audit.queue_reading import Waiting
from shared.domain.identity import Pseudonyms
from shared.domain.topics import Topic
from shared.services.jobs import TellJob
from shared.settings import index_key, read_settings
from shared.storage.contract import Delivery, Subscription
from shared.storage.opened import storage_over
from shared.wiring import build_services
from tests.infra.ops.audit.conftest import KEYS, Stored
from tests.infra.ops.audit.reader import QUEUES
from tests.world import SETTINGS, MovedClock

DIGEST = Pseudonyms(b"x" * 32).digest("made up", "1")
NUMBER = "+447700900123"
NOBODY = f"20261004120000_riverside_2026100401_{DIGEST}"


def of_kind(stored: Stored, kind: str) -> str:
    """The latest real job of the kind."""
    return next(text for what, text in reversed(stored.jobs) if what == kind)


def changed(text: str, **fields: object) -> str:
    return json.dumps({**json.loads(text), **fields})


async def telling(stored: Stored) -> TellJob:
    """A real job for a subscriber."""
    settings = read_settings(SETTINGS)
    storage = storage_over(stored.rows, stored.blobs, KEYS, index_key(settings))
    url, at = "https://prod-01.logic.azure.com/w", stored.now
    await storage.subscriptions.add(Subscription("s" * 26, Topic.PATIENT_REPLY, None, "", url, "h" * 26, "key-1", at))
    delivery = Delivery("s" * 26, "e" * 26, Topic.PATIENT_REPLY, "riverside", "whatsapp", "x", at, at, at, 1)
    await storage.outbox.put([delivery])
    services = build_services(settings, storage, MovedClock(at + timedelta(seconds=1)))
    [job] = await services.feed_subscribers()
    await services.fresh.aclose()
    await services.network.aclose()
    return job


def test_the_queues_are_those_of_the_app() -> None:
    assert {kind: f"%{setting}%" for kind, setting in jobs.QUEUES.items()} == {
        k.value: q for k, q in OF_THE_APP.items()
    }


def test_every_job_of_days_full_of_trouble_is_of_a_known_form(stored: Stored) -> None:
    assert len(stored.jobs) > 300
    assert {kind for kind, _ in stored.jobs} == {"plan", "send", "check", "callback"}
    assert [one for one in stored.jobs if jobs.read(*one) is None or any(jobs.looks(one[1]))] == []


async def test_nothing_is_found_in_jobs_that_wait(stored: Stored) -> None:
    for kind in ("plan", "send", "check", "callback"):
        for what, text in stored.jobs[-200:]:
            if what == kind:
                stored.waiting.put(QUEUES[kind], text, stored.now - timedelta(minutes=20))
    stored.waiting.put(QUEUES["tell"], (await telling(stored)).to_json(), stored.now - timedelta(minutes=20))
    found = stored.audit()
    assert (found.examples, found.whole) == ({}, True)
    assert found.jobs["sends"] > 0
    assert found.jobs["events"] == 1
    assert found.jobs["sends-poison"] == 0


def lies(stored: Stored, kind: str, text: str, minutes: float = 20) -> None:
    stored.waiting.put(QUEUES[kind], text, stored.now - timedelta(minutes=minutes))


def old(stored: Stored) -> None:
    lies(stored, "check", of_kind(stored, "check"), minutes=70)


def set_aside_by_nobody(stored: Stored) -> None:
    stored.waiting.put("sends-poison", of_kind(stored, "send"), stored.now - timedelta(hours=3))


def message_is_missing(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), due=NOBODY))


def callback_is_missing(stored: Stored) -> None:
    text = of_kind(stored, "callback")
    del stored.blobs._contents["callbacks", json.loads(text)["callback"]]
    lies(stored, "callback", text)


def subscription_is_missing(stored: Stored) -> None:
    lies(stored, "tell", TellJob("t" * 26, "e" * 26).to_json())


def clinic_is_missing(stored: Stored) -> None:
    lies(stored, "plan", changed(of_kind(stored, "plan"), clinicId="nowhere"))


def of_no_json(stored: Stored) -> None:
    lies(stored, "send", "send it")


def a_list(stored: Stored) -> None:
    lies(stored, "send", "[1, 2]")


def in_no_base64(stored: Stored) -> None:
    text = of_kind(stored, "send")
    stored.waiting.jobs["sends"] = [Waiting("j", text, stored.now - timedelta(minutes=20))]


def no_text_at_all(stored: Stored) -> None:
    stored.waiting.jobs["sends"] = [Waiting("j", b64encode(b"\xff\xfe").decode(), stored.now)]


def with_one_field_more(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), note="x"))


def with_one_field_less(stored: Stored) -> None:
    lies(stored, "plan", json.dumps({"clinicId": "riverside"}))


def with_a_word_for_a_number(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), attempt="1"))


def with_yes_for_a_number(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), attempt=True))


def of_another_queue(stored: Stored) -> None:
    lies(stored, "callback", of_kind(stored, "send"))


def with_a_count_where_none_is(stored: Stored) -> None:
    lies(stored, "plan", changed(of_kind(stored, "plan"), counted="2026-10-01T09:00:00+00:00"))


def with_a_number(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), to=NUMBER))


def with_a_name_as_a_field(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), **{"Wilhelmina Quince": 1}))


def with_a_name_inside(stored: Stored) -> None:
    lies(stored, "tell", changed(TellJob("s" * 26, "e" * 26).to_json(), news={"name": "Wilhelmina Quince"}))


def with_words_alone(stored: Stored) -> None:
    lies(stored, "tell", "please ring Wilhelmina Quince")


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (old, "job_old"),
        (set_aside_by_nobody, "poison_waiting"),
        (message_is_missing, "job_leads_nowhere"),
        (callback_is_missing, "job_leads_nowhere"),
        (subscription_is_missing, "job_leads_nowhere"),
        (clinic_is_missing, "job_leads_nowhere"),
        (of_no_json, "job_of_no_known_form"),
        (a_list, "job_of_no_known_form"),
        (in_no_base64, "job_of_no_known_form"),
        (no_text_at_all, "job_of_no_known_form"),
        (with_one_field_more, "job_of_no_known_form"),
        (with_one_field_less, "job_of_no_known_form"),
        (with_a_word_for_a_number, "job_of_no_known_form"),
        (with_yes_for_a_number, "job_of_no_known_form"),
        (of_another_queue, "job_of_no_known_form"),
        (with_a_count_where_none_is, "job_of_no_known_form"),
        (with_a_number, "job_with_patient_data"),
        (with_a_name_as_a_field, "job_with_patient_data"),
        (with_a_name_inside, "job_with_patient_data"),
        (with_words_alone, "job_with_patient_data"),
    ],
)
def test_a_mistake_is_found_and_no_other(stored: Stored, plant: Callable[[Stored], None], kind: str) -> None:
    plant(stored)
    found = stored.audit()
    assert dict(found.counts) == {kind: 1}
    assert not any(secret in str(found.examples) for secret in (NUMBER, "Quince"))


@pytest.mark.parametrize("plant", [set_aside_by_nobody, message_is_missing, subscription_is_missing])
def test_what_is_taken_before_the_second_look_is_none(stored: Stored, plant: Callable[[Stored], None]) -> None:
    plant(stored)
    stored.waiting.taken = {one.id for waiting in stored.waiting.jobs.values() for one in waiting}
    assert not stored.audit().counts


def test_what_a_job_leads_to_may_come_later(stored: Stored) -> None:
    """A raw body's due row is written before its message: a job of this moment may be ahead of it."""
    lies(stored, "send", changed(of_kind(stored, "send"), due=NOBODY), minutes=1)
    assert not stored.audit().counts


def test_jobs_of_other_clinics_and_days_are_none_of_our_business(stored: Stored) -> None:
    lies(stored, "send", changed(of_kind(stored, "send"), due=NOBODY))
    assert not stored.audit(clinic="harbour").counts
    assert stored.audit(clinic="riverside").counts["job_leads_nowhere"] == 1


def test_of_a_long_queue_the_first_are_looked_at_and_all_are_counted(stored: Stored) -> None:
    for _ in range(40):
        lies(stored, "check", of_kind(stored, "check"))
    stored.waiting.put("checks", "nonsense", stored.now)
    found = stored.audit()
    assert (found.jobs["checks"], dict(found.counts)) == (41, {})
