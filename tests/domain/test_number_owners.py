"""One number on several patients, while a list streams by."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.number_owners import NumberOwners


def test_two_appointments_of_one_patient_are_not_shared() -> None:
    owners = NumberOwners()
    assert [owners.shared("number", "alex") for _ in range(3)] == [False, False, False]
    assert not owners.any_shared


def test_the_second_patient_is_seen_at_once_and_the_first_afterwards() -> None:
    owners = NumberOwners()
    assert not owners.shared("number", "alex")
    assert owners.shared("number", "billie")
    assert owners.any_shared
    assert owners.decided_too_early("alex")
    assert not owners.decided_too_early("billie")
    assert owners.shared("number", "alex"), "the second look skips the first patient too"


def test_other_numbers_are_not_touched() -> None:
    owners = NumberOwners()
    owners.shared("number", "alex")
    owners.shared("number", "billie")
    assert not owners.shared("another", "casey")
    assert not owners.decided_too_early("casey")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=80))
def test_after_a_second_look_exactly_the_shared_numbers_are_shared(claims: list[tuple[int, int]]) -> None:
    owners = NumberOwners()
    for number, patient in claims:
        owners.shared(f"n{number}", f"p{patient}")
    patients: dict[int, set[int]] = {}
    for number, patient in claims:
        patients.setdefault(number, set()).add(patient)
    for number, patient in claims:
        assert owners.shared(f"n{number}", f"p{patient}") == (len(patients[number]) > 1)


def test_a_hundred_thousand_patients_take_a_few_megabytes() -> None:
    owners = NumberOwners()
    tracemalloc.start()
    for i in range(30_000):
        assert not owners.shared(f"number {i}", f"patient {i}")
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 30_000 * 64  # 16 bytes a slot, at most two thirds full, doubled at a time
    assert all(not owners.shared(f"number {i}", f"patient {i}") for i in range(0, 30_000, 997))
