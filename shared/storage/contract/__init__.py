"""What the services may ask of storage: one protocol per kind of record, and the values that travel.

Nothing here names Azure. `Storage` bundles the protocols; `shared.storage.azure.open_storage` and
`shared.storage.memory.open_storage` make one. Every method raises StorageUnavailable when the store does not answer.
"""

from dataclasses import dataclass

from shared.storage.contract.events import Delivery, Outbox, Subscription, Subscriptions
from shared.storage.contract.incoming import Callbacks, Inbound, KeptCallback, StoredCallback
from shared.storage.contract.lanes import FeedState, Kept, Lanes, Stop
from shared.storage.contract.messages import (
    Due,
    DueAction,
    DueRow,
    Joined,
    Log,
    LogEntry,
    MessageLog,
    Messages,
    ProviderIds,
    Waiting,
)
from shared.storage.contract.page import Page
from shared.storage.contract.people import (
    AddressStanding,
    ApiKey,
    ApiKeys,
    Clinics,
    ConsentMethod,
    ConsentRecord,
    Consents,
    ContactRow,
    FirstAnswer,
    Hold,
    Idempotency,
    OptIn,
    PatientIndex,
    Patients,
    Term,
    TermKind,
)
from shared.storage.contract.planning import (
    DecisionRecord,
    KnownDecision,
    KnownPlans,
    PlanEntry,
    Plans,
    Run,
    Runs,
    RunState,
    Turn,
)
from shared.storage.contract.prescriptions import PatientPage, PrescriptionLog, Prescriptions
from shared.storage.contract.sealing import Rotation, Rotations, SealedPage, SealedValues
from shared.storage.contract.tallies import Mark, Tallies
from shared.storage.contract.wishes import PatientsWish, SealedRecord, StandingHold, StandingObjection, Wishes
from shared.storage.contract.work import Failure, FailureNotes, WorkItem, WorkKind, Worklist

__all__ = [
    "AddressStanding",
    "ApiKey",
    "ApiKeys",
    "Callbacks",
    "Clinics",
    "ConsentMethod",
    "ConsentRecord",
    "Consents",
    "ContactRow",
    "DecisionRecord",
    "Delivery",
    "Due",
    "DueAction",
    "DueRow",
    "Failure",
    "FailureNotes",
    "FeedState",
    "FirstAnswer",
    "Hold",
    "Idempotency",
    "Inbound",
    "Joined",
    "Kept",
    "KeptCallback",
    "KnownDecision",
    "KnownPlans",
    "Lanes",
    "Log",
    "LogEntry",
    "Mark",
    "MessageLog",
    "Messages",
    "OptIn",
    "Outbox",
    "Page",
    "PatientIndex",
    "PatientPage",
    "Patients",
    "PatientsWish",
    "PlanEntry",
    "Plans",
    "PrescriptionLog",
    "Prescriptions",
    "ProviderIds",
    "Rotation",
    "Rotations",
    "Run",
    "RunState",
    "Runs",
    "SealedPage",
    "SealedRecord",
    "SealedValues",
    "StandingHold",
    "StandingObjection",
    "Stop",
    "Storage",
    "StoredCallback",
    "Subscription",
    "Subscriptions",
    "Tallies",
    "Term",
    "TermKind",
    "Turn",
    "Waiting",
    "Wishes",
    "WorkItem",
    "WorkKind",
    "Worklist",
]


@dataclass(frozen=True, slots=True)
class Storage:
    """All of it, as the wiring hands it to the services."""

    plans: Plans
    runs: Runs
    messages: Messages
    due: Due
    log: Log
    provider_ids: ProviderIds
    callbacks: Callbacks
    inbound: Inbound
    patients: Patients
    patient_index: PatientIndex
    consents: Consents
    wishes: Wishes
    clinics: Clinics
    idempotency: Idempotency
    api_keys: ApiKeys
    worklist: Worklist
    lanes: Lanes
    failures: FailureNotes
    subscriptions: Subscriptions
    outbox: Outbox
    prescriptions: Prescriptions
    tallies: Tallies
    waiting: Waiting
    sealed: SealedValues
    rotations: Rotations
