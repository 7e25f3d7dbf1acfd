"""The simulator is a FHIR server: on a real port, for clients that know nothing of ours."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
from fhirpy import AsyncFHIRClient

from shared.sources.fhir_r4 import FhirR4Source
from shared.sources.fhir_r4.simulator import Failure, FhirSimulator
from tests.sources.clocks import StillClock
from tests.sources.fhir_r4.conftest import SUNDAY, Clinic
from tests.sources.fhir_r4.people import a_location, a_patient, an_appointment


@pytest.fixture
async def base_url(clinic: Clinic) -> AsyncIterator[str]:
    async with clinic.server.serve() as url:
        yield url


@pytest.fixture
async def http(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base_url) as client:
        yield client


async def search(http: httpx.AsyncClient, query: str, prefer: str = "") -> httpx.Response:
    return await http.get(f"/Appointment?{query}", headers={"Prefer": prefer} if prefer else {})


async def found(http: httpx.AsyncClient, query: str) -> list[str]:
    bundle = (await search(http, query)).json()
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"]


async def test_an_independent_client_pages_through_it(clinic: Clinic, base_url: str):
    clinic.server.load(an_appointment(f"a{n}") for n in range(48))
    client = AsyncFHIRClient(base_url)
    query = client.resources("Appointment").search(date__ge="2026-03-29", status="booked").limit(20)
    assert {resource["id"] for resource in await query.fetch_all()} == {f"a{n}" for n in range(48)}
    assert len([target for target in clinic.asked if "Appointment" in target or "_page" in target]) == 3


async def test_an_independent_client_refuses_the_foreign_next_link_too(clinic: Clinic, base_url: str):
    clinic.server.load(an_appointment(f"a{n}") for n in range(20))
    clinic.server.faults.foreign_next = "https://evil.example.com"
    with pytest.raises(ValueError, match="security"):
        await AsyncFHIRClient(base_url).resources("Appointment").limit(10).fetch_all()


async def test_our_source_reads_it_over_a_real_connection_that_breaks(clinic: Clinic, base_url: str):
    clinic.server.load(an_appointment(f"a{n}") for n in range(30))
    clinic.server.faults.fail_page(2, Failure(reset=True), Failure(503, "1"))
    clock = StillClock()
    async with httpx.AsyncClient() as client:
        source = FhirR4Source({"base_url": base_url, "page_size": 10}, client, clock, clock.sleep)
        assert len([item async for item in source.read(SUNDAY)]) == 30


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["early", "late", "next", "off"]),
        ("date=2026-03-29", ["early", "late", "off"]),
        ("date=ge2026-03-30", ["next"]),
        ("date=gt2026-03-29", ["next"]),
        ("date=le2026-03-29", ["early", "late", "off"]),
        ("date=lt2026-03-29T12:00:00Z", ["early", "off"]),
        ("date=sa2026-03-29", ["next"]),
        ("date=eb2026-03-29T08:00:01Z", ["early"]),
        ("date=ne2026-03-30", ["early", "late", "off"]),
        ("date=ge2026-03-29T14:00:00%2B01:00&date=lt2026-03-30", ["late"]),
        ("status=booked", ["early", "late", "next"]),
        ("status=cancelled,booked&_id=off,late", ["late", "off"]),
        ("patient=p2", ["late"]),
        ("patient=Patient/p2", ["late"]),
        ("actor=Location/l1", ["early", "late", "next", "off"]),
        ("_lastUpdated=gt2026-03-27T08:00:00Z", ["early", "late", "next", "off"]),
        ("_lastUpdated=gt2026-03-27", []),
    ],
)
async def test_searches_find_what_fhir_says_they_find(
    clinic: Clinic, http: httpx.AsyncClient, query: str, ids: list[str]
):
    clinic.server.load(
        [
            an_appointment("early", "2026-03-29T08:00:00Z"),
            an_appointment("late", "2026-03-29T14:00:00+01:00", patient="p2"),
            an_appointment("next", "2026-03-30T00:00:00Z"),
            an_appointment("off", "2026-03-29T09:00:00Z", status="cancelled"),
        ]
    )
    assert sorted(await found(http, query)) == ids


@pytest.mark.parametrize(
    "query", ["date=yesterday", "date=ge2026-03-29T10:00:00+01:00", "_count=ten", "_include=Patient:x"]
)
async def test_a_value_that_cannot_be_is_refused(http: httpx.AsyncClient, query: str):
    """A bare `+` is a space: the offset that was not percent-encoded."""
    assert (await search(http, query)).status_code == 400


async def test_an_unknown_parameter_is_ignored_and_not_repeated_unless_strictness_was_asked_for(
    clinic: Clinic, http: httpx.AsyncClient
):
    clinic.server.load([an_appointment()])
    lenient = (await search(http, "colour=blue&status=booked")).json()
    assert len(lenient["entry"]) == 1
    assert lenient["link"][0]["url"].endswith("Appointment?status=booked")
    assert (await search(http, "colour=blue", "handling=strict")).status_code == 400


async def test_included_resources_come_along_as_such(clinic: Clinic, http: httpx.AsyncClient):
    clinic.server.load([an_appointment(), a_location("l9")])
    bundle = (await search(http, "_include=Appointment:patient&_include=Appointment:location")).json()
    assert [(e["search"]["mode"], e["resource"]["id"]) for e in bundle["entry"]] == [
        ("match", "a1"), ("include", "p1"), ("include", "l1"),
    ]  # fmt: skip


async def test_pages_hold_ten_unless_asked_and_a_thousand_at_most(clinic: Clinic, http: httpx.AsyncClient):
    clinic.server.load(an_appointment(f"a{n}") for n in range(12))
    assert len(await found(http, "")) == 10
    bundle = (await search(http, "_count=5000&_total=accurate")).json()
    assert (len(bundle["entry"]), bundle["total"]) == (13, 12)
    assert bundle["entry"][-1]["resource"]["issue"][0]["severity"] == "warning"


async def test_a_next_link_that_is_too_old_is_gone(http: httpx.AsyncClient):
    assert (await http.get("/_page/1-a")).status_code == 410


async def test_resources_are_read_changed_and_gone(clinic: Clinic, http: httpx.AsyncClient):
    moved = an_appointment(start="2026-03-29T16:00:00+01:00")
    assert (await http.put("/Appointment/a1", json=moved)).json()["meta"]["versionId"] == "1"
    assert (await http.put("/Appointment/a1", json=moved)).json()["meta"]["versionId"] == "2"
    assert (await http.get("/Appointment/a1")).json()["start"] == moved["start"]
    assert (await http.put("/Appointment/a2", json=moved)).status_code == 400
    assert (await http.put("/Appointment/a2", content=b"{")).status_code == 400
    assert (await http.get("/Appointment/a2")).status_code == 404
    clinic.server.store.remove("Appointment", "a1")
    assert (await http.get("/Appointment/a1")).status_code == 410
    assert (await http.get("/metadata")).json()["fhirVersion"] == "4.0.1"
    assert (await http.delete("/Appointment/a1")).status_code == 404


async def test_identifiers_are_searched_by_post_with_or_without_system(clinic: Clinic, http: httpx.AsyncClient):
    clinic.server.load([a_patient("p2", identifier=[{"system": "urn:x", "value": "a,b|c"}])])
    token = r"a\,b\|c"
    for value in (f"urn:x|{token}", token):
        answer = await http.post("/Patient/_search", content=f"identifier={quote(value)}")
        hits = [entry["resource"]["id"] for entry in answer.json().get("entry", [])]
        assert hits == ["p2"], value


async def test_two_simulators_know_nothing_of_each_other():
    one, other = FhirSimulator(), FhirSimulator()
    one.load([a_patient()])
    assert other.store.get("Patient", "p1") is None
