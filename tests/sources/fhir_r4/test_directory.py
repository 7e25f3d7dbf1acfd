"""Patients are fetched in batches and kept a while; memory does not grow with the list."""

import tracemalloc
from contextlib import aclosing

import pytest

from shared.errors import SourceIncomplete, SourceRefused
from shared.sources.fhir_r4.simulator import Failure
from tests.sources.fhir_r4.conftest import SUNDAY, Clinic
from tests.sources.fhir_r4.people import a_patient, an_appointment
from tests.sources.streams import until_failure


def searches(clinic: Clinic, kind: str) -> list[str]:
    return [target for target in clinic.asked if target.startswith(f"/fhir/{kind}?")]


def load_with_patients(clinic: Clinic, count: int) -> None:
    clinic.server.load(a_patient(f"p{n}") for n in range(count))
    clinic.server.load(an_appointment(f"a{n}", patient=f"p{n}") for n in range(count))


async def test_patients_of_a_page_are_fetched_fifty_at_a_time(clinic: Clinic):
    load_with_patients(clinic, 120)
    items = await clinic.items(page_size=120)
    assert [item.patient.id for item in items] == [f"p{n}" for n in range(120)]
    assert [target.count(",") + 1 for target in searches(clinic, "Patient")] == [50, 50, 20]


async def test_a_patient_and_a_place_are_asked_for_once_a_run(clinic: Clinic):
    clinic.server.load(an_appointment(f"a{n}") for n in range(60))
    await clinic.items(page_size=10)
    assert len(searches(clinic, "Patient")) == 1
    assert len(searches(clinic, "Location")) == 1


async def test_every_run_asks_anew(clinic: Clinic):
    clinic.server.load([an_appointment()])
    source = clinic.source()
    [before] = [item async for item in source.read(SUNDAY)]
    clinic.server.load([a_patient(deceasedBoolean=True)])
    [after] = [item async for item in source.read(SUNDAY)]
    assert (before.patient.deceased, after.patient.deceased) == (False, True)


async def test_a_patient_whom_the_search_does_not_show_is_read_alone(clinic: Clinic):
    load_with_patients(clinic, 3)
    clinic.server.faults.invisible = {"Patient/p1"}
    assert {item.patient.id for item in await clinic.items()} == {"p0", "p1", "p2"}
    assert "/fhir/Patient/p1" in clinic.asked


@pytest.mark.parametrize("how", ["missing", "deleted", "forbidden"])
async def test_a_patient_nobody_can_show_us_leaves_the_appointment(clinic: Clinic, how: str):
    load_with_patients(clinic, 3)
    clinic.server.store.remove("Patient", "p1")
    if how == "missing":
        clinic.server.store._gone.clear()
    if how == "forbidden":
        clinic.server.faults.forbidden = {"Patient/p1"}
    assert [item.patient and item.patient.id for item in await clinic.items()] == ["p0", None, "p2"]


async def test_patients_may_be_read_one_by_one_throughout(clinic: Clinic):
    load_with_patients(clinic, 3)
    assert len(await clinic.items(patient_batch=1)) == 3
    assert searches(clinic, "Patient") == []


async def test_a_server_that_overlooks_the_ids_gives_nobody_a_strangers_record(clinic: Clinic):
    load_with_patients(clinic, 12)
    clinic.server.faults.ignored = {"_id"}
    assert [item.patient.id for item in await clinic.items()] == [f"p{n}" for n in range(12)]


async def test_patients_that_we_may_not_search_are_an_operators_matter(clinic: Clinic):
    clinic.server.load([an_appointment()])
    clinic.server.faults.reads.append(Failure(403))
    with pytest.raises(SourceRefused, match="403"):
        await clinic.items()


async def test_patients_that_cannot_be_read_later_make_the_list_incomplete(clinic: Clinic):
    load_with_patients(clinic, 20)

    def break_after_ten(came: list[object]) -> None:
        if len(came) == 10:
            clinic.server.faults.reads.extend([Failure(503)] * 3)

    came, failure = await until_failure(clinic.source(page_size=10).read(SUNDAY), break_after_ten)
    assert isinstance(failure, SourceIncomplete)
    assert len(came) == 10


async def test_people_are_kept_up_to_a_number(clinic: Clinic):
    """A patient who was let go is asked for again: memory is bounded, not the answer."""
    load_with_patients(clinic, 150)
    clinic.server.load([an_appointment("z1", patient="p0"), an_appointment("z2", patient="p149")])
    items = await clinic.items(page_size=50, patients_kept=100)
    assert {item.id: item.patient.id for item in items[-2:]} == {"z1": "p0", "z2": "p149"}
    asked = [
        target for target in searches(clinic, "Patient") if "p0" in target.partition("&")[0].split("=")[1].split(",")
    ]
    assert len(asked) == 2


async def test_memory_does_not_grow_with_the_list(clinic: Clinic):
    """Twice the list, the same peak: what is kept of appointments is bounded too."""
    clinic.server.load(an_appointment(f"a{n}") for n in range(5000))

    async def peak(count: int) -> int:
        stream = clinic.source(page_size=500).read(SUNDAY)
        tracemalloc.start()
        async with aclosing(stream):
            for _ in range(count):
                await anext(stream)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    half, whole = await peak(2500), await peak(5000)
    assert whole < half * 1.3  # twice the list; what grew with it would be near 2
