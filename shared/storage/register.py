"""A clinic's patients and objections in memory, for one planning run. Small: keys, fingerprints, sealed addresses."""

from collections.abc import Callable
from datetime import datetime

from shared.domain.register import NO_RECORD, PatientRecord

NOTHING: frozenset[str] = frozenset()


class CompactRegister:
    """Implements `shared.domain.register.Register`. Bound addresses are opened when they are asked for.

    Patients share one set object per combination of channels, and one key object between the three maps.
    """

    def __init__(self, open_address: Callable[[str, str, bytes], str]) -> None:
        """`open_address`: patient key, channel and sealed address to the address."""
        self._open_address = open_address
        self._fingerprints: dict[str, str] = {}
        self._opted_in: dict[str, frozenset[str]] = {}
        self._bound: dict[str, dict[str, bytes]] = {}  # by channel, then by patient
        self._objections: set[str] = set()
        self._marks: dict[str, datetime | None] = {}  # until when it counts; None: until a person lifts it
        self._keys: dict[str, str] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}

    def add_contact(self, patient_key: str, fingerprint: str) -> None:
        self._fingerprints[self._key(patient_key)] = fingerprint

    def add_opt_in(self, patient_key: str, channel: str) -> None:
        key = self._key(patient_key)
        channels = self._opted_in.get(key, NOTHING) | {channel}
        self._opted_in[key] = self._sets.setdefault(channels, channels)

    def add_address(self, patient_key: str, channel: str, sealed: bytes) -> None:
        self._bound.setdefault(channel, {})[self._key(patient_key)] = sealed

    def add_objection(self, channel: str, address_key: str) -> None:
        self._objections.add(f"{channel}_{address_key}")

    def add_mark(self, channel: str, address_key: str, until: datetime | None) -> None:
        """Of two marks on one address the longer counts."""
        key = f"{channel}_{address_key}"
        known = self._marks.get(key, until)
        self._marks[key] = None if known is None or until is None else max(known, until)

    def complete(self) -> "CompactRegister":
        """No more will be added: lets go of what only building needs."""
        self._keys = {}
        return self

    def patient(self, patient_key: str) -> PatientRecord:
        addresses = {
            channel: self._open_address(patient_key, channel, sealed[patient_key])
            for channel, sealed in self._bound.items()
            if patient_key in sealed
        }
        fingerprint = self._fingerprints.get(patient_key, "")
        opted_in = self._opted_in.get(patient_key, NOTHING)
        if not (addresses or fingerprint or opted_in):
            return NO_RECORD
        return PatientRecord(opted_in=opted_in, addresses=addresses, fingerprint=fingerprint)

    def opted_out(self, channel: str, address_key: str) -> bool:
        return f"{channel}_{address_key}" in self._objections

    def unreachable(self, channel: str, address_key: str, now: datetime) -> bool:
        key = f"{channel}_{address_key}"
        if key not in self._marks:
            return False
        until = self._marks[key]
        return until is None or until > now

    def _key(self, patient_key: str) -> str:
        """One object for a patient's key, whichever row brought it: the rows of a patient come far apart."""
        return self._keys.setdefault(patient_key, patient_key)
