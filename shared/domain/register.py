"""What a clinic's own register says of a patient or an address, beside what the source says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """What we hold of one patient: opt-ins and bound addresses per channel, and a preferred channel."""

    opted_in: frozenset[str] = frozenset()  # channels
    addresses: Mapping[str, str] = field(default_factory=dict)  # channel -> address bound by us (openid); patient data
    preferred_channel: str = ""
    fingerprint: str = ""  # keyed hash of the contact last stored: same means nothing to write


NO_RECORD = PatientRecord()


class Register(Protocol):
    """A clinic's patients and objections, read once for a planning run; compact (100,000 patients < 30 MB)."""

    def patient(self, patient_key: str) -> PatientRecord:
        """NO_RECORD for a patient we never met."""
        ...

    def opted_out(self, channel: str, address_key: str) -> bool:
        """Whether this address said STOP on this channel (objections belong to the address, not to the patient)."""
        ...

    def unreachable(self, channel: str, address_key: str, now: datetime) -> bool:
        """Whether a provider's mark or a hold against this address on this channel counts at `now`."""
        ...
