"""How the list is asked for: the query, the headers, and what the server must not be trusted with."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.domain.appointment import AppointmentStatus, Window
from shared.errors import ConfigurationError, SourceRefused
from shared.sources.fhir_r4 import FhirR4Source
from tests.sources.clocks import StillClock
from tests.sources.fhir_r4.conftest import BASE, SUNDAY, Clinic
from tests.sources.fhir_r4.people import an_appointment


async def test_a_local_day_is_asked_for_as_two_instants_with_encoded_offsets(clinic: Clinic):
    await clinic.items()
    assert clinic.asked[0] == (
        "/fhir/Appointment?date=ge2026-03-29T00%3A00%3A00%2B00%3A00&date=lt2026-03-30T00%3A00%3A00%2B01%3A00&_count=100"
    )


async def test_a_status_is_asked_for_only_where_the_clinic_says_so(clinic: Clinic):
    clinic.server.load([an_appointment("a1"), an_appointment("a2", status="cancelled")])
    assert len(await clinic.items()) == 2
    [item] = await clinic.items(statuses=["booked", "pending"])
    assert item.id == "a1"
    assert any("&status=booked,pending&" in target for target in clinic.asked)


async def test_a_server_that_overlooks_the_status_is_filtered_by_us(clinic: Clinic):
    clinic.server.faults.ignored = {"status"}
    clinic.server.load([an_appointment("a1"), an_appointment("a2", status="cancelled")])
    assert [item.id for item in await clinic.items(statuses=["booked"])] == ["a1"]


async def test_strictness_and_fhir_json_are_asked_for():
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "searchset", "total": 0})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    options = {"base_url": BASE, "headers": {"NHSD-Target-Identifier": "abc"}}
    assert [item async for item in FhirR4Source(options, client, StillClock()).read(SUNDAY)] == []
    assert seen[0]["prefer"] == "handling=strict"
    assert seen[0]["accept"] == "application/fhir+json"
    assert seen[0]["nhsd-target-identifier"] == "abc"


async def test_an_empty_list_without_entries_is_a_whole_list(clinic: Clinic):
    assert await clinic.items() == []


async def test_the_window_is_half_open_to_the_microsecond(clinic: Clinic):
    starts = ["2026-03-29T09:59:59Z", "2026-03-29T10:00:00Z", "2026-03-29T10:59:59Z", "2026-03-29T11:00:00Z"]
    clinic.server.load(an_appointment(f"a{n}", start) for n, start in enumerate(starts))
    window = Window(datetime(2026, 3, 29, 10, tzinfo=UTC), datetime(2026, 3, 29, 11, tzinfo=UTC))
    assert [item.id for item in await clinic.items(window)] == ["a1", "a2"]
    fine = Window(datetime(2026, 3, 29, 10, 0, 0, 1, UTC), datetime(2026, 3, 29, 11, 0, 0, 1, UTC))
    assert [item.id for item in await clinic.items(fine)] == ["a2", "a3"]


async def test_a_server_that_overlooks_the_dates_is_filtered_and_reported(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
):
    clinic.server.faults.ignored = {"date"}
    clinic.server.load([an_appointment("a1"), an_appointment("a2", "2027-03-29T10:30:00+01:00")])
    assert [item.id for item in await clinic.items()] == ["a1"]
    assert "source_parameter_ignored kind=fhir_r4 parameter=date" in caplog.messages


async def test_a_self_link_that_hides_its_query_says_nothing(clinic: Clinic, caplog: pytest.LogCaptureFixture):
    clinic.server.faults.ignored = {"date", "_count"}
    clinic.server.load([an_appointment("a1")])
    await clinic.items()
    assert caplog.messages == []


async def test_appointments_without_a_start_are_delivered(clinic: Clinic):
    clinic.server.faults.ignored = {"date"}
    item = await clinic.one(an_appointment(start=None, status="waitlist"))
    assert (item.start, item.status) == (None, AppointmentStatus.WAITLIST)


async def test_a_strict_server_that_lacks_a_parameter_is_an_operators_matter(clinic: Clinic):
    with pytest.raises(SourceRefused, match="HTTP 404, not-found"):
        await clinic.items(base_url="https://fhir.example.org/fhir/nowhere/at/all")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "source.options.base_url"),
        ({"base_url": "http://fhir.example.org"}, "source.options"),
        ({"base_url": "ftp://fhir.example.org"}, "source.options.base_url"),
        ({"base_url": "https://me:secret@fhir.example.org"}, "source.options.base_url"),
        ({"base_url": BASE, "page_size": 5000}, "source.options.page_size"),
        ({"base_url": BASE, "zone": "Europe/Lundon"}, "source.options.zone"),
        ({"base_url": BASE, "pagesize": 5}, "source.options.pagesize"),
        ({"base_url": BASE, "auth": {"kind": "magic"}}, "source.options.auth"),
        ({"base_url": BASE, "auth": {"kind": "bearer"}}, "source.options.auth.bearer.token"),
        (
            {"base_url": BASE, "auth": {"kind": "entra", "client_id": "c", "client_secret": "hush"}},
            "source.options.auth.entra",
        ),
    ],
)
def test_wrong_options_are_named_and_never_quoted(options: dict[str, object], field: str):
    with pytest.raises(ConfigurationError) as refusal:
        FhirR4Source(options, httpx.AsyncClient(), StillClock())
    assert [problem.field for problem in refusal.value.details] == [field]
    assert "secret" not in refusal.value.message.replace("client_secret", "")
    assert "hush" not in refusal.value.message


def test_plain_http_needs_a_word_of_the_operator():
    FhirR4Source({"base_url": "http://fhir.internal", "allow_plain_http": True}, httpx.AsyncClient(), StillClock())
    FhirR4Source({"base_url": "http://127.0.0.1:9000/fhir"}, httpx.AsyncClient(), StillClock())


async def test_a_window_without_offsets_is_a_mistake_of_ours(clinic: Clinic):
    with pytest.raises(ValueError, match="instants"):
        await clinic.items(Window(datetime(2026, 3, 29), datetime(2026, 3, 30, tzinfo=ZoneInfo("UTC"))))  # noqa: DTZ001
