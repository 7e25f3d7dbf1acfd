"""Which tables there are, and the partition keys that more than one kind of record uses."""

from datetime import date

from shared.domain.identity import MESSAGE_SHARDS, PATIENT_SHARDS, message_shard, patient_shard
from shared.storage.rows import Span

MESSAGES = "messages"
PATIENTS = "patients"
HISTORY = "history"
DUE = "due"
DAYLOG = "daylog"
RUNS = "runs"
CLINICS = "clinics"
IDEMPOTENCY = "idempotency"
API_KEYS = "apikeys"
PROVIDER_IDS = "providerids"
INBOUND = "inbound"
WORKLIST = "worklist"
LANES = "lanes"
FAILURES = "failures"
TALLIES = "tallies"
MARKS = "marks"
WAITING = "waiting"
PRESCRIPTIONS = "prescriptions"
PATIENT_PAGES = "patientpages"
PATIENT_INDEX = "patientindex"
CONSENTS = "consents"
SUBSCRIPTIONS = "subscriptions"
OUTBOX = "outbox"
TABLES = (
    MESSAGES,
    PATIENTS,
    HISTORY,
    DUE,
    DAYLOG,
    RUNS,
    CLINICS,
    IDEMPOTENCY,
    API_KEYS,
    PROVIDER_IDS,
    INBOUND,
    WORKLIST,
    LANES,
    FAILURES,
    TALLIES,
    MARKS,
    WAITING,
    PRESCRIPTIONS,
    PATIENT_PAGES,
    PATIENT_INDEX,
    CONSENTS,
    SUBSCRIPTIONS,
    OUTBOX,
)

CALLBACKS = "callbacks"
CONTAINERS = (CALLBACKS,)

SEALED = "sealed"  # the column that holds all that is patient data, as sealed JSON


def appointment_partition(clinic_id: str, day: date, appointment_key: str) -> str:
    """Where the decisions on an appointment stand; its reminders have the same (Pseudonyms.reminder)."""
    return f"{clinic_id}_{day:%Y%m%d}{message_shard(appointment_key):02d}"


def days_of_messages(
    clinic_id: str, first: date, last: date, key_from: str = "", key_below: str = "", flag: str = ""
) -> Span:
    """A clinic's partitions for the days, both inside, earliest first."""
    return Span(
        f"{clinic_id}_{first:%Y%m%d}00", f"{clinic_id}_{last:%Y%m%d}{MESSAGE_SHARDS - 1:02d}", key_from, key_below, flag
    )


def patient_partition(clinic_id: str, digest: str) -> str:
    """Of what stands by a patient, an address, or a word by which a patient is found: `digest` is the key of it."""
    return f"{clinic_id}_{patient_shard(digest):02d}"


def all_patients(clinic_id: str) -> Span:
    return Span(f"{clinic_id}_00", f"{clinic_id}_{PATIENT_SHARDS - 1:02d}")
