"""Where a patient is found by number or name: lines beside the contacts, of keyed digests alone.

<clinic>_<shard> | <keyed hash of a word of the name, or of a number>_<patient key>

Whoever reads the table learns how often a word comes, and not which one. Lines are written before the contact that they
lead to, and those of what it was before are deleted before it, so that a contact that stands has its lines however a
write was interrupted. A line that leads to another name than it says is harmless: who asks compares.
"""

from collections.abc import Iterable, Sequence

from shared.domain.identity import Pseudonyms
from shared.storage.batches import for_each, grouped, write_batches
from shared.storage.contact_rows import PREFIX, ContactRows
from shared.storage.contract import ContactRow, Page, Term
from shared.storage.cursors import Cursors
from shared.storage.places import PATIENT_INDEX, PATIENTS, patient_partition
from shared.storage.rows import Change, Row, Rows, Span, Verb

MOST_FOUND = 100  # patients of one search; more is no answer that anybody reads


class TablePatientIndex:
    """Implements `contract.PatientIndex`; planning writes through `put`."""

    def __init__(self, rows: Rows, contacts: ContactRows, pseudonyms: Pseudonyms, cursors: Cursors) -> None:
        self._rows = rows
        self._contacts = contacts
        self._pseudonyms = pseudonyms
        self._cursors = cursors

    async def find(self, clinic_id: str, terms: Sequence[Term], top: int, cursor: str) -> Page[str] | None:
        digests = sorted({self._digest(clinic_id, term) for term in terms})
        bound_to = ("patients", clinic_id, *digests)
        after = self._cursors.read(cursor, *bound_to)
        whole = [keys for digest in digests if (keys := await self._keys(clinic_id, digest)) is not None]
        found = sorted(set.intersection(*whole)) if whole else []
        if not whole or len(found) > MOST_FOUND:
            return None
        rest = [key for key in found if key > after]
        more = rest[top - 1] if len(rest) > top else ""
        return Page(tuple(rest[:top]), self._cursors.write(more, *bound_to))

    async def put(self, clinic_id: str, contacts: Sequence[ContactRow]) -> None:
        """The lines of contacts that are about to be written."""
        lines = (line for contact in contacts for line in self._lines(clinic_id, contact))
        groups = grouped(lines, lambda line: line.partition)
        units = (([Change(Verb.UPSERT, line)] for line in group) for group in groups.values())
        await write_batches(self._rows, PATIENT_INDEX, units)
        await for_each((c for c in contacts if c.replaces), lambda contact: self._forget(clinic_id, contact))

    async def _forget(self, clinic_id: str, contact: ContactRow) -> None:
        """The lines of what the contact was before."""
        key = PREFIX + contact.patient_key
        row = await self._rows.get(PATIENTS, patient_partition(clinic_id, contact.patient_key), key)
        if row is None:
            return
        still = {line.key for line in self._lines(clinic_id, contact)}
        for line in self._lines(clinic_id, self._contacts.to_contact(row)):
            if line.key not in still:
                await self._rows.write(PATIENT_INDEX, Change(Verb.DELETE, line))

    async def _keys(self, clinic_id: str, digest: str) -> set[str] | None:
        """The patients of one word or number; None: so many that it tells nothing."""
        page = await self._rows.query(PATIENT_INDEX, Span.prefixed(patient_partition(clinic_id, digest), f"{digest}_"))
        return None if page.resume else {row.key.removeprefix(f"{digest}_") for row in page.rows}

    def _lines(self, clinic_id: str, contact: ContactRow) -> Iterable[Row]:
        for term in contact.terms():
            digest = self._digest(clinic_id, term)
            yield Row(patient_partition(clinic_id, digest), f"{digest}_{contact.patient_key}")

    def _digest(self, clinic_id: str, term: Term) -> str:
        return self._pseudonyms.digest("patient-index", clinic_id, term.kind, term.text)
