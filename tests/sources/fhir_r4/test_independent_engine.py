"""Our source against a FHIR engine that is not ours: Medplum's, with what it was loaded with as the truth."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from shared.clock import SystemClock
from shared.domain.appointment import Appointment
from shared.errors import SourceRefused
from shared.sources.fhir_r4 import FhirR4Source
from tests.sources.fhir_r4.conftest import SUNDAY
from tests.sources.fhir_r4.people import Resource, a_location, a_patient, an_appointment, participant
from tests.sources.medplum.engine import engine

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
EVERY = timedelta(minutes=8)
FIRST, LAST = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 30, 1, tzinfo=UTC)
PATIENTS = 60

Facts = tuple[datetime, str, str, str]


@pytest.fixture(scope="module")
def engine_url() -> Iterator[str]:
    with engine() as url:
        yield url


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
async def loaded(engine_url: str, http: httpx.AsyncClient) -> dict[str, Facts]:
    """Some 200 appointments from two hours before the 23-hour day until two hours after it: id -> what they are."""

    async def create(resource: Resource) -> str:
        answer = await http.post(f"{engine_url}/{resource['resourceType']}", json=resource | {"id": None})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    people = [
        await create(a_patient(name=[{"family": f"F{n}"}], identifier=[{"system": NHS_NUMBER, "value": f"{n}"}]))
        for n in range(PATIENTS)
    ]
    places = [await create(a_location(name=f"Room {n}")) for n in range(3)]
    truth: dict[str, Facts] = {}
    start, number = FIRST, 0
    while start < LAST:
        person, place = number % PATIENTS, number % 3
        actor: Resource = {"reference": f"Patient/{people[person]}"}
        if number % 10 == 0:
            actor = {"type": "Patient", "identifier": {"system": NHS_NUMBER, "value": f"{person}"}}
        status = "cancelled" if number % 7 == 0 else "booked"
        who = [participant(actor), participant({"reference": f"Location/{places[place]}"})]
        local = start.astimezone(SUNDAY.start.tzinfo)
        appointment_id = await create(an_appointment(start=local, status=status, participant=who))
        truth[appointment_id] = (start, status, f"F{person}", f"Room {place}")
        start, number = start + EVERY, number + 1
    return truth


def facts(item: Appointment) -> Facts:
    assert item.start
    assert item.patient
    return item.start, item.status.value, item.patient.name.family, item.location


@pytest.mark.parametrize("page_size", [50, 1000])
async def test_every_appointment_of_the_23_hour_day_is_read_and_no_other(
    engine_url: str, http: httpx.AsyncClient, loaded: dict[str, Facts], page_size: int
):
    options = {"base_url": engine_url, "page_size": page_size, "check_total": True}
    source = FhirR4Source(options, http, SystemClock())
    read = {item.id: facts(item) async for item in source.read(SUNDAY) if isinstance(item, Appointment)}
    wanted = {key: value for key, value in loaded.items() if SUNDAY.start <= value[0] < SUNDAY.end}
    assert len(loaded) > 200
    assert len(wanted) == 23 * 60 // 8 + 1
    assert read == wanted


async def test_statuses_are_asked_for_in_a_form_that_it_understands(
    engine_url: str, http: httpx.AsyncClient, loaded: dict[str, Facts]
):
    source = FhirR4Source({"base_url": engine_url, "statuses": ["cancelled"]}, http, SystemClock())
    read = {item.id async for item in source.read(SUNDAY) if isinstance(item, Appointment)}
    assert read == {
        key
        for key, (start, status, *_) in loaded.items()
        if status == "cancelled" and SUNDAY.start <= start < SUNDAY.end
    }


async def test_one_appointment_is_read_alone_and_a_deleted_one_is_none(
    engine_url: str, http: httpx.AsyncClient, loaded: dict[str, Facts]
):
    source = FhirR4Source({"base_url": engine_url}, http, SystemClock())
    one = next(iter(loaded))
    item = await source.read_one(one)
    assert item
    assert facts(item) == loaded[one]
    spare = (await http.post(f"{engine_url}/Appointment", json=an_appointment() | {"id": None})).json()["id"]
    assert (await http.delete(f"{engine_url}/Appointment/{spare}")).status_code == 200
    assert await source.read_one(spare) is None
    assert await source.read_one("00000000-0000-4000-8000-000000000000") is None


async def test_its_refusal_of_a_bad_search_is_an_operators_matter(engine_url: str, http: httpx.AsyncClient):
    source = FhirR4Source({"base_url": f"{engine_url}/nowhere"}, http, SystemClock())
    with pytest.raises(SourceRefused, match="HTTP 4"):
        [item async for item in source.read(SUNDAY)]
