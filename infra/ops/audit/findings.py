"""What an audit came to: findings by kind with a few examples, sizes, and what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

EXAMPLES = 3

KINDS: Mapping[str, str] = {
    # recounted
    "tally_differs": "a day's figures are not what its rows come to",
    "day_never_counted": "a day has messages and neither figures nor a mark to count it",
    "day_not_counted": "a day has waited long to be counted again",
    # orphans
    "events_without_facts": "events of a message whose facts are missing",
    "due_without_message": "a due row leads to no message",
    "unfinished_without_due": "a message is still to be sent and no due row brings it up",
    "unfinished_not_listed": "a message is still to be sent and is not on the list of what is to be sent",
    "provider_id_without_message": "a provider's id leads to no message",
    "prescription_without_message": "a prescription has no message, or one that is missing",
    "page_without_prescription": "a patient's page leads to no prescription",
    "outbox_without_subscription": "something is to be told to a subscription that is gone",
    "decision_without_message": "a decision says that a message is planned, and it is missing",
    "log_without_message": "a line of the day's log is about a message that is missing",
    "work_without_message": "a thing to do is about a message that is missing",
    "work_without_patient": "a thing to do is about a patient of whom there is no contact",
    "consent_without_patient": "a patient's wish is on record, and there is no contact of the patient",
    "index_without_patient": "a line by which a patient is found leads to no contact",
    "rows_without_clinic": "rows belong to a clinic that is not there",
    "waiting_but_finished": "a finished message is still on the list of what is to be sent",
    # stuck
    "claim_expired": "a claim ran out long ago and nobody has settled what became of the message",
    "due_overdue": "a due row's time came long ago and nobody has acted",
    "run_expired": "a planning run's lease ran out long ago and it still says that it runs",
    # queues
    "job_old": "a job has lain in its queue for longer than jobs are tried",
    "poison_waiting": "jobs that failed too often wait in a poison queue, and nobody has set them aside",
    "job_leads_nowhere": "a job leads to a message, callback, subscription or clinic that is missing",
    "job_of_no_known_form": "a job holds something else than the ids and numbers of its kind: it may be anything",
    "job_with_patient_data": "something in a job looks like a number, address, id or name of a person",
    # twice
    "accepted_twice": "a provider took one message twice, and no person asked for it",
    "same_reminder_twice": "two messages are the same reminder: clinic, appointment, step and start",
    # not encrypted
    "not_sealed": "patient data stands in a sealed column that is not sealed",
    "sealed_missing": "a row has no sealed column although its kind must have one",
    "does_not_open": "a sealed value does not open: unknown key, moved or damaged",
    "key_of_no_known_form": "a key of no known form: it may hold anything",
    "looks_like_patient_data": "something in plain looks like a number, address, id or name of a person",
    "sealed_value_in_plain": "what is sealed in a row stands readable beside it",
    "strange_row": "a row that does not read as what its key says",
}


@dataclass(slots=True)
class Size:
    """How much was read. `bytes`: keys and values, as the service counts them for text and binary."""

    rows: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Findings:
    """`not_read`: place -> why. What stands there was looked at in part, or not at all."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    sizes: dict[str, Size] = field(default_factory=dict)
    not_read: dict[str, str] = field(default_factory=dict)
    not_checked: dict[str, str] = field(default_factory=dict)  # kind -> why
    keys: Counter[str] = field(default_factory=Counter)  # sealed values by the id of their key
    jobs: dict[str, int] = field(default_factory=dict)  # queue -> about how many wait in it
    leftovers: Counter[str] = field(default_factory=Counter)  # lines that lead nowhere and harm nobody, by table

    def add(self, kind: str, where: str) -> None:
        """`where` quotes nothing of a patient."""
        if kind not in KINDS:
            raise KeyError(kind)
        self.counts[kind] += 1
        examples = self.examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(where)

    @property
    def whole(self) -> bool:
        return not self.not_read
