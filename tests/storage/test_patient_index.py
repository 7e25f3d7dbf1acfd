"""Patients are found by words and numbers that no table shows."""

from __future__ import annotations

import pytest

from shared.domain.identity import PATIENT_SHARDS
from shared.errors import InvalidCursor, StorageUnavailable
from shared.storage.contract import Term, TermKind
from shared.storage.opened import OpenStorage
from shared.storage.rows import BATCH_ROWS
from tests.storage.conftest import OpenAnother
from tests.storage.samples import CLINIC, NUMBER, PSEUDONYMS, contact
from tests.storage.wrappers import CountingRows, PassingRows


def key(patient: str) -> str:
    return PSEUDONYMS.patient(CLINIC, patient)


def words(*texts: str) -> list[Term]:
    return [Term(TermKind.WORD, text) for text in texts]


async def found(storage: OpenStorage, *terms: Term, clinic: str = CLINIC) -> set[str] | None:
    page = await storage.patient_index.find(clinic, terms, 200, "")
    return None if page is None else set(page.items)


async def test_a_patient_is_found_by_each_word_and_by_the_number(storage: OpenStorage) -> None:
    other = contact("P-2", name="Wilhelmina Sample", addresses={"phone": "+447700900124"})
    await storage.plans.write(CLINIC, [], [contact(), other])
    assert await found(storage, *words("wilhelmina")) == {key("P-1"), key("P-2")}
    assert await found(storage, *words("wilhelmina", "quince")) == {key("P-1")}
    assert await found(storage, Term(TermKind.NUMBER, NUMBER)) == {key("P-1")}
    assert await found(storage, Term(TermKind.NUMBER, NUMBER), *words("sample")) == set()
    assert await found(storage, *words("quin")) == set()
    assert await found(storage, *words("quince"), clinic="elsewhere") == set()


async def test_every_form_of_the_name_counts(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [], [contact(name="रमेश जी", names="रमेश जी Kumar Ramesh")])
    for word in ("रमेश", "kumar", "ramesh"):
        assert await found(storage, *words(word)) == {key("P-1")}


async def test_who_has_another_name_or_number_is_found_by_the_new_one_only(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [], [contact()])
    anew = contact(name="Wilhelmina Sample", addresses={"phone": "+447700900124"}, fingerprint="c2", replaces=True)
    for _ in range(2):
        await storage.plans.write(CLINIC, [], [anew])
    assert await found(storage, *words("wilhelmina")) == {key("P-1")}
    assert await found(storage, *words("sample")) == {key("P-1")}
    assert await found(storage, Term(TermKind.NUMBER, "+447700900124")) == {key("P-1")}
    assert await found(storage, *words("quince")) == set()
    assert await found(storage, Term(TermKind.NUMBER, NUMBER)) == set()


async def test_both_forms_of_a_number_lead_to_its_owner(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [], [contact(addresses={"phone": "+525555550123"})])
    for number in ("+525555550123", "+5215555550123"):
        assert await found(storage, Term(TermKind.NUMBER, number)) == {key("P-1")}


async def test_many_come_page_by_page_and_a_foreign_cursor_is_refused(storage: OpenStorage) -> None:
    await storage.plans.write(CLINIC, [], [contact(f"P-{n}", name=f"Robin Example{n % 2}") for n in range(14)])
    seen: list[str] = []
    cursor = ""
    while True:
        page = await storage.patient_index.find(CLINIC, words("robin"), 5, cursor)
        assert page is not None
        assert len(page.items) <= 5
        seen += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    assert sorted(seen) == sorted({key(f"P-{n}") for n in range(14)})
    assert len(seen) == 14
    for clinic, terms, wrong in ((CLINIC, words("example1"), cursor), ("x1", words("robin"), cursor)):
        with pytest.raises(InvalidCursor):
            await storage.patient_index.find(clinic, terms, 5, wrong)


async def test_too_many_are_no_list(in_memory: OpenStorage) -> None:
    people = [contact(f"P-{n}", name=f"Robin {'Sample' if n < 100 else 'Example'}") for n in range(1_100)]
    await in_memory.plans.write(CLINIC, [], [*people, contact("P-x", name="Robin Quince")])
    assert await found(in_memory, *words("robin")) is None
    assert await found(in_memory, *words("example")) is None
    hundred = await found(in_memory, *words("sample", "robin"))
    assert hundred is not None
    assert len(hundred) == 100
    assert await found(in_memory, *words("quince", "robin")) == {key("P-x")}


class CutRows(PassingRows):
    """Takes so many writes, then none."""

    answers = 0

    async def write(self, table: str, change: object) -> str:
        self._next()
        return await super().write(table, change)  # type: ignore[arg-type]

    async def apply(self, table: str, changes: object) -> object:  # type: ignore[override]
        self._next()
        return await super().apply(table, changes)  # type: ignore[arg-type]

    def _next(self) -> None:
        self.answers -= 1
        if self.answers < 0:
            raise StorageUnavailable("The store did not answer.")


@pytest.mark.parametrize("answers", range(8))
async def test_a_write_that_breaks_off_anywhere_is_mended_by_the_next(open_store: OpenAnother, answers: int) -> None:
    cut: list[CutRows] = []
    storage = await open_store(around_rows=lambda rows: cut.append(CutRows(rows)) or cut[0])
    cut[0].answers = 1_000
    await storage.plans.write(CLINIC, [], [contact()])
    anew = contact(name="Robin Sample", addresses={"phone": "+447700900124"}, fingerprint="c2", replaces=True)
    cut[0].answers = answers
    try:
        await storage.plans.write(CLINIC, [], [anew])
        assert cut[0].answers >= 0
    except StorageUnavailable:
        stands = await storage.patients.contact(CLINIC, key("P-1"))
        assert stands == contact(), "so the next run writes it again"
    cut[0].answers = 1_000
    await storage.plans.write(CLINIC, [], [anew])
    assert await found(storage, *words("quince")) == set()
    assert await found(storage, *words("sample", "robin"), Term(TermKind.NUMBER, "+447700900124")) == {key("P-1")}


async def test_the_lines_of_a_new_patient_take_few_requests(open_store: OpenAnother) -> None:
    counted: list[CountingRows] = []
    storage = await open_store(around_rows=lambda rows: counted.append(CountingRows(rows)) or counted[0])
    await storage.plans.write(CLINIC, [], [contact(f"P-{n}", name=f"Robin Example {n}") for n in range(100)])
    lines = [n for table, n in counted[0].batches if table == "patientindex"]
    assert sum(lines) == 400, "three words and the number"
    assert len(lines) <= 400 / BATCH_ROWS + PATIENT_SHARDS
