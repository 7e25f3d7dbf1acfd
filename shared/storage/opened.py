"""All repositories over one pair of rows and blobs."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.identity import Pseudonyms
from shared.errors import ConfigurationError
from shared.storage.api_keys import TableApiKeys
from shared.storage.callbacks import BlobCallbacks
from shared.storage.clinics import TableClinics
from shared.storage.consents import TableConsents
from shared.storage.contact_rows import ContactRows
from shared.storage.contract import Storage
from shared.storage.cursors import Cursors
from shared.storage.decision_rows import DecisionRows
from shared.storage.due import TableDue
from shared.storage.failures import TableFailures
from shared.storage.idempotency import TableIdempotency
from shared.storage.inbound import TableInbound
from shared.storage.lanes import TableLanes
from shared.storage.log import TableLog
from shared.storage.message_rows import MessageRows
from shared.storage.messages import TableMessages
from shared.storage.outbox import TableOutbox
from shared.storage.patient_index import TablePatientIndex
from shared.storage.patients import TablePatients
from shared.storage.places import CONTAINERS, TABLES
from shared.storage.plans import TablePlans
from shared.storage.prescription_rows import PrescriptionRows
from shared.storage.prescriptions import TablePrescriptions
from shared.storage.provider_ids import TableProviderIds
from shared.storage.resealing import Resealing
from shared.storage.rotations import TableRotations
from shared.storage.rows import Blobs, Rows
from shared.storage.run_rows import RunRows
from shared.storage.runs import TableRuns
from shared.storage.seal import Sealer
from shared.storage.subscriptions import TableSubscriptions
from shared.storage.tallies import TableTallies
from shared.storage.waiting import TableWaiting
from shared.storage.wishes import TableWishes
from shared.storage.work_rows import WorkRows
from shared.storage.worklist import TableWorklist


@dataclass(frozen=True, slots=True)
class OpenStorage(Storage):
    """The contract's `Storage`, and what only its owner needs."""

    rows: Rows
    blobs: Blobs

    async def create_tables(self) -> None:
        """Makes the tables and containers that are missing. Raises StorageUnavailable."""
        await self.rows.create_tables(TABLES)
        await self.blobs.create_containers(CONTAINERS)

    async def aclose(self) -> None:
        await self.rows.aclose()
        await self.blobs.aclose()


def storage_over(rows: Rows, blobs: Blobs, encryption_keys: Mapping[str, bytes], index_key: bytes) -> OpenStorage:
    """Storage over any rows and blobs. Raises ConfigurationError.

    `encryption_keys`: id -> 32 bytes, the first one seals, all open. `index_key`: at least 32 bytes, for keyed hashes.
    """
    if not encryption_keys:
        raise ConfigurationError("At least one encryption key is needed.")
    sealer = Sealer(encryption_keys, current=next(iter(encryption_keys)))
    pseudonyms = Pseudonyms(index_key)
    # Cursors live for minutes: a key of their own, drawn from the one that does not rotate.
    cursors = Cursors(hmac.new(index_key, b"cursors", hashlib.sha256).digest())
    messages, contacts = MessageRows(sealer), ContactRows(sealer)
    index = TablePatientIndex(rows, contacts, pseudonyms, cursors)
    return OpenStorage(
        plans=TablePlans(rows, DecisionRows(sealer), messages, contacts, index, cursors),
        runs=TableRuns(rows, RunRows(sealer), cursors),
        messages=TableMessages(rows, messages, cursors),
        due=TableDue(rows),
        log=TableLog(rows, cursors),
        provider_ids=TableProviderIds(rows, sealer, pseudonyms),
        callbacks=BlobCallbacks(blobs, sealer),
        inbound=TableInbound(rows, sealer, pseudonyms),
        patients=TablePatients(rows, contacts, sealer),
        patient_index=index,
        consents=TableConsents(rows, sealer),
        wishes=TableWishes(rows, sealer),
        clinics=TableClinics(rows, sealer, pseudonyms),
        idempotency=TableIdempotency(rows, pseudonyms),
        api_keys=TableApiKeys(rows),
        worklist=TableWorklist(rows, WorkRows(sealer), cursors),
        lanes=TableLanes(rows, pseudonyms),
        failures=TableFailures(rows),
        subscriptions=TableSubscriptions(rows, sealer),
        outbox=TableOutbox(rows),
        prescriptions=TablePrescriptions(rows, PrescriptionRows(sealer), cursors),
        tallies=TableTallies(rows),
        waiting=TableWaiting(rows),
        sealed=Resealing(rows, blobs, sealer),
        rotations=TableRotations(rows),
        rows=rows,
        blobs=blobs,
    )
