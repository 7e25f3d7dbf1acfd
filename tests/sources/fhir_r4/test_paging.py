"""The list is read to its end or not at all: pages, links, failures, and what the server says in between."""

import itertools

import httpx
import pytest

from shared.domain.appointment import BadRow
from shared.errors import SourceError, SourceIncomplete, SourceRefused, SourceUnavailable
from shared.sources.fhir_r4 import FhirR4Source
from shared.sources.fhir_r4.simulator import Failure
from tests.sources.clocks import StillClock
from tests.sources.fhir_r4.conftest import BASE, SUNDAY, Clinic
from tests.sources.fhir_r4.people import a_patient, an_appointment
from tests.sources.streams import Item, until_failure

BUSY = Failure(503)


def bundle(*entries: object, next_url: str = "") -> dict[str, object]:
    found = {"resourceType": "Bundle", "type": "searchset", "entry": list(entries)}
    return found | ({"link": [{"relation": "next", "url": next_url}]} if next_url else {})


def scripted(*answers: object, **options: object) -> tuple[FhirR4Source, list[str]]:
    """A server that answers searches for appointments with these bundles, one after the other."""
    waiting, asked = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=waiting.pop(0))

    clock = StillClock()
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return FhirR4Source({"base_url": BASE, **options}, client, clock, clock.sleep), asked


def load_many(clinic: Clinic, count: int) -> None:
    clinic.server.load(an_appointment(f"a{n:03}") for n in range(count))


async def read_until_it_fails(clinic: Clinic, **options: object) -> tuple[list[Item], SourceError]:
    """In pages of ten."""
    return await until_failure(clinic.source(page_size=10, **options).read(SUNDAY))


async def test_every_page_is_followed_to_the_end(clinic: Clinic):
    load_many(clinic, 35)
    items = await clinic.items(page_size=10)
    assert [item.id for item in items] == [f"a{n:03}" for n in range(35)]


async def test_an_opaque_next_link_is_followed_as_it_came():
    opaque = f"{BASE}/Appointment?ct=H4sI%2BA%3D%3D&%7Cpipe=a+b&empty="
    source, asked = scripted(bundle(next_url=opaque), bundle())
    assert [item async for item in source.read(SUNDAY)] == []
    assert asked[1] == opaque


async def test_a_relative_next_link_is_resolved_against_its_page():
    source, asked = scripted(bundle(next_url="?page=2"), bundle())
    assert [item async for item in source.read(SUNDAY)] == []
    assert asked[1] == f"{BASE}/Appointment?page=2"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/fhir?page=2",
        "http://fhir.example.org/fhir?page=2",
        "https://fhir.example.org:8443/fhir?page=2",
        "https://fhir.example.org@evil.example.com/fhir",
        "//evil.example.com/fhir",
        "https://[broken/fhir",
        "file:///etc/passwd",
    ],
)
async def test_a_next_link_to_another_origin_is_refused_and_never_asked(link: str):
    source, asked = scripted(bundle(next_url=link))
    with pytest.raises(SourceIncomplete, match=r"another origin|could not be read"):
        [item async for item in source.read(SUNDAY)]
    assert len(asked) == 1


async def test_another_origin_may_be_allowed_by_name(clinic: Clinic):
    load_many(clinic, 15)
    clinic.server.faults.foreign_next = "https://pages.example.com"
    assert len(await clinic.items(page_size=10, allowed_origins=["https://pages.example.com"])) == 15
    ids, failure = await read_until_it_fails(clinic)
    assert len(ids) == 10
    assert isinstance(failure, SourceIncomplete)


async def test_next_links_in_a_circle_end_the_run(clinic: Clinic):
    load_many(clinic, 15)
    clinic.server.faults.repeat_next = True
    ids, failure = await read_until_it_fails(clinic)
    assert isinstance(failure, SourceIncomplete)
    assert "circle" in failure.message
    assert len(ids) == 10


async def test_pages_without_end_are_cut(clinic: Clinic):
    load_many(clinic, 55)
    ids, failure = await read_until_it_fails(clinic, max_pages=3)
    assert isinstance(failure, SourceIncomplete)
    assert len(ids) == 30


async def test_a_page_that_fails_twice_is_read_at_the_third_try(clinic: Clinic):
    load_many(clinic, 25)
    clinic.server.faults.fail_page(2, BUSY, Failure(reset=True))
    assert len(await clinic.items(page_size=10)) == 25
    assert len(clinic.clock.slept) == 2
    assert clinic.clock.slept[0] < clinic.clock.slept[1]


async def test_a_page_that_fails_three_times_makes_the_list_incomplete(clinic: Clinic):
    load_many(clinic, 25)
    clinic.server.faults.fail_page(2, BUSY, BUSY, BUSY)
    ids, failure = await read_until_it_fails(clinic)
    assert isinstance(failure, SourceIncomplete)
    assert failure.retryable
    assert len(ids) == 10


async def test_a_first_page_that_fails_delivers_nothing(clinic: Clinic):
    load_many(clinic, 5)
    clinic.server.faults.fail_page(1, BUSY, BUSY, BUSY)
    ids, failure = await read_until_it_fails(clinic)
    assert isinstance(failure, SourceUnavailable)
    assert ids == []


@pytest.mark.parametrize("status", [301, 400, 403, 404, 410, 422])
async def test_a_refused_first_page_is_an_operators_matter_and_not_repeated(clinic: Clinic, status: int):
    clinic.server.faults.fail_page(1, Failure(status))
    with pytest.raises(SourceRefused, match=f"HTTP {status}"):
        await clinic.items()
    assert clinic.clock.slept == []


@pytest.mark.parametrize("status", [400, 403, 410])
async def test_a_refused_later_page_makes_the_list_incomplete(clinic: Clinic, status: int):
    load_many(clinic, 15)
    clinic.server.faults.fail_page(2, Failure(status))
    _, failure = await read_until_it_fails(clinic)
    assert isinstance(failure, SourceIncomplete)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["7", "Fri, 27 Mar 2026 09:00:07 GMT"])
async def test_retry_after_is_obeyed_in_seconds_and_as_a_date(clinic: Clinic, status: int, retry_after: str):
    clinic.server.faults.fail_page(1, Failure(status, retry_after))
    assert await clinic.items() == []
    assert clinic.clock.slept == [7]


async def test_more_patience_than_a_run_has_is_passed_on(clinic: Clinic):
    clinic.server.faults.fail_page(1, Failure(429, "3600"))
    with pytest.raises(SourceUnavailable) as failure:
        await clinic.items()
    assert failure.value.retry_after_s == 3600
    assert clinic.clock.slept == []


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"[]", b'{"resourceType": "Patient"}', b""])
async def test_an_answer_that_is_no_bundle_is_no_empty_list(clinic: Clinic, body: bytes):
    clinic.server.faults.fail_page(1, Failure(200, body=body))
    with pytest.raises(SourceUnavailable):
        await clinic.items()


async def test_a_warning_among_the_results_is_reported_and_no_appointment(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
):
    load_many(clinic, 3)
    clinic.server.faults.outcome = ("warning", "too-costly")
    assert len(await clinic.items()) == 3
    assert "source_outcome kind=fhir_r4 code=too-costly" in caplog.messages


async def test_an_error_among_the_results_makes_the_list_incomplete(clinic: Clinic):
    load_many(clinic, 3)
    clinic.server.faults.outcome = ("error", "timeout")
    with pytest.raises(SourceIncomplete, match="timeout"):
        await clinic.items()


async def test_fewer_matches_than_an_accurate_total_make_the_list_incomplete(clinic: Clinic):
    load_many(clinic, 25)
    clinic.server.faults.lost = 2
    assert len(await clinic.items(page_size=10)) == 23  # nobody asked for the total
    ids, failure = await read_until_it_fails(clinic, check_total=True)
    assert isinstance(failure, SourceIncomplete)
    assert "25" in failure.message
    assert len(ids) == 23


async def test_a_total_that_fits_is_no_trouble(clinic: Clinic):
    load_many(clinic, 25)
    assert len(await clinic.items(page_size=10, check_total=True)) == 25


async def test_a_total_of_a_server_that_overlooked_the_wish_for_accuracy_is_not_believed():
    page = bundle({"resource": an_appointment(participant=[]), "search": {"mode": "match"}})
    page["total"] = 99
    page["link"] = [{"relation": "self", "url": f"{BASE}/Appointment?date=ge1&date=lt2&_count=100"}]
    source, _ = scripted(page, check_total=True)
    assert len([item async for item in source.read(SUNDAY)]) == 1


@pytest.mark.parametrize("modes", list(itertools.product([True, False], repeat=2)))
async def test_entries_are_told_apart_by_mode_or_else_by_type(modes: tuple[bool, bool]):
    """Patients that came along are used, and not asked for again."""
    with_mode, outcome_among = modes
    entries: list[dict[str, object]] = [
        {"resource": an_appointment(location=None), "search": {"mode": "match"}},
        {"resource": a_patient(), "search": {"mode": "include"}},
    ]
    if outcome_among:
        entries.append({"resource": {"resourceType": "OperationOutcome", "issue": []}, "search": {"mode": "outcome"}})
    if not with_mode:
        entries = [{"resource": entry["resource"]} for entry in entries]
    source, asked = scripted(bundle(*entries))
    entries[0]["resource"]["participant"].pop()
    [item] = [item async for item in source.read(SUNDAY)]
    assert item.patient.name.family == "Sparrowhawk"
    assert len(asked) == 1


async def test_an_appointment_that_came_along_is_no_match():
    source, _ = scripted(bundle({"resource": an_appointment(), "search": {"mode": "include"}}))
    assert [item async for item in source.read(SUNDAY)] == []


async def test_a_neighbour_that_slides_onto_the_next_page_is_delivered_once(clinic: Clinic):
    one = {"resource": an_appointment("a1", participant=[], meta={"versionId": "3"})}
    newer = {"resource": an_appointment("a1", participant=[], meta={"versionId": "4"}, status="cancelled")}
    source, _ = scripted(bundle(one, next_url=f"{BASE}?2"), bundle(one, newer))
    items = [item async for item in source.read(SUNDAY)]
    assert [item.status.value for item in items] == ["booked", "cancelled"]


async def test_entries_that_are_no_resources_are_reported(clinic: Clinic):
    source, _ = scripted(bundle({"fullUrl": "urn:x"}, "text", {"resource": an_appointment(participant=[])}))
    items = [item async for item in source.read(SUNDAY)]
    assert [item.place for item in items if isinstance(item, BadRow)] == ["page 1 entry 1", "page 1 entry 2"]
    assert len(items) == 3
