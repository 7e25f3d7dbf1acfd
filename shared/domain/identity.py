"""Keys that say what a row is without saying who it is about.

A message's id is its place in the table: `<clinic>_<yyyymmdd><shard>_<digest>`; what comes before the last underscore
is the partition. So a receipt that carries the id needs no look-up. Digests are keyed (HMAC-SHA256, 130 bits, base32):
without the index key nobody can test whether a known appointment or number stands in a table.
"""

import hashlib
import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import date, datetime

MESSAGE_SHARDS = 8  # partitions per clinic and day
PATIENT_SHARDS = 16  # partitions per clinic for patients and their history

CLINIC_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,28}[a-z0-9]")
DIGEST = re.compile(r"[a-z2-7]{26}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_MESSAGE_ID = re.compile(r"([a-z0-9][a-z0-9-]{0,28}[a-z0-9])_(\d{8})(\d{2})_([a-z2-7]{26})")


@dataclass(frozen=True, slots=True, order=True)
class MessageId:
    """Where a message lives. `day` is the local day of the appointment, or of creation where there is none."""

    clinic_id: str
    day: date
    shard: int
    digest: str

    @property
    def partition(self) -> str:
        day = self.day.isoformat().replace("-", "")  # as %Y%m%d, which is ten times slower: this is made for every row
        return f"{self.clinic_id}_{day}{self.shard:02d}"

    def __str__(self) -> str:
        return f"{self.partition}_{self.digest}"

    @classmethod
    def parse(cls, text: str) -> "MessageId":
        """Raises ValueError for anything that `str()` of a MessageId cannot have made."""
        match = _MESSAGE_ID.fullmatch(text)
        if match is None:
            raise ValueError("not a message id")
        clinic_id, day, shard, digest = match.groups()
        return cls(clinic_id, date.fromisoformat(day), int(shard), digest)


class Pseudonyms:
    """Makes keyed digests. The index key does not rotate: its compromise is a documented migration."""

    def __init__(self, index_key: bytes) -> None:
        if len(index_key) < 32:
            raise ValueError("the index key needs at least 32 bytes")
        self._key = index_key

    def digest(self, kind: str, *parts: str) -> str:
        """26 characters of a-z2-7 (130 bits) for `parts`; no two different tuples share an encoding."""
        framed = b"".join(len(p := part.encode()).to_bytes(4, "big") + p for part in (kind, *parts))
        return b32encode(hmac.new(self._key, framed, hashlib.sha256).digest())[:26].decode().lower()

    def patient(self, clinic_id: str, source_patient_id: str) -> str:
        return self.digest("patient", clinic_id, source_patient_id)

    def address(self, clinic_id: str, channel: str, address: str) -> str:
        return self.digest("address", clinic_id, channel, address)

    def appointment(self, clinic_id: str, source_appointment_id: str) -> str:
        return self.digest("appointment", clinic_id, source_appointment_id)

    def reminder(self, clinic_id: str, appointment_key: str, step: str, start: datetime, day: date) -> MessageId:
        """Identity of a reminder: clinic, appointment, step, start instant (house.md). `day`: local day of `start`.

        It stands in the appointment's shard, so that a decision and its message are written in one batch.
        """
        digest = self.digest("reminder", clinic_id, appointment_key, step, str(int(start.timestamp())))
        return MessageId(clinic_id, day, message_shard(appointment_key), digest)

    def placed(self, clinic_id: str, day: date, digest: str) -> MessageId:
        """A message id for any digest, in the shard that the digest itself determines."""
        return MessageId(clinic_id, day, message_shard(digest), digest)


def message_shard(digest: str) -> int:
    return _ALPHABET.index(digest[0]) % MESSAGE_SHARDS


def patient_shard(patient_key: str) -> int:
    return _ALPHABET.index(patient_key[0]) % PATIENT_SHARDS
