"""The lines of a copy: one JSON object each, with keyed hashes, codes and times; notes stay sealed.

{"copy": "wishes", "version": 1, "clinic": …, "at": …, "index": …}   which clinic, under which index key
{"kind": "objection", …}  {"kind": "hold", …}  {"kind": "record", …}  {"kind": "yes", …}
{"end": <how many>, "proof": …}                                      a keyed hash over all that stands before it
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.identity import CLINIC_ID, DIGEST
from shared.domain.objection import Objection
from shared.errors import InvalidInput
from shared.storage.contract import (
    ConsentMethod,
    Hold,
    OptIn,
    PatientsWish,
    SealedRecord,
    StandingHold,
    StandingObjection,
)

COPY, VERSION = "wishes", 1
LONGEST = 200_000  # characters of a line; a note has at most 2,000
_CHANNEL = re.compile(r"[a-z0-9-]{1,40}")
_CAUSE = re.compile(r"[a-z0-9_-]{1,64}")
_CODE = re.compile(r"[A-Za-z0-9 _.:-]{0,64}")

type Fields = Mapping[str, Any]


def written(fields: Fields) -> str:
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))


def read(line: str) -> Fields:
    """Raises ValueError for what is no JSON object."""
    found = json.loads(line) if len(line) <= LONGEST else None
    if isinstance(found, dict):
        return found
    raise ValueError("no JSON object")


def head_of(clinic_id: str, at: datetime, index: str) -> Fields:
    return {"copy": COPY, "version": VERSION, "clinic": clinic_id, "at": at.isoformat(), "index": index}


def clinic_of(head: Fields) -> str:
    """Raises InvalidInput for the head of something else."""
    if head.get("copy") != COPY:
        raise InvalidInput("This is no copy of patients' wishes: `ops consents export` writes one.")
    if head.get("version") != VERSION:
        raise InvalidInput("This copy was written by another release: take it in with that one.")
    if not isinstance(clinic_id := head.get("clinic"), str) or CLINIC_ID.fullmatch(clinic_id) is None:
        raise InvalidInput("The first line of this copy does not name a clinic.")
    return clinic_id


def kind_of(wish: PatientsWish) -> str:
    """As lines call it."""
    return str(fields_of(wish)["kind"])


def fields_of(wish: PatientsWish) -> Fields:
    match wish:
        case StandingObjection(channel=channel, address_key=address, objection=said):
            times = {"at": said.at.isoformat(), "takenBackAt": _perhaps(said.taken_back_at)}
            return {"kind": "objection", "channel": channel, "address": address, "source": said.source, **times}
        case StandingHold(hold=hold, code=code, at=at, lifted_at=lifted_at):
            whose = {"channel": hold.channel, "address": hold.address_key, "cause": hold.cause}
            return {"kind": "hold", **whose, "code": code, "at": at.isoformat(), "liftedAt": _perhaps(lifted_at)}
        case SealedRecord(patient_key=patient, channel=channel, at=at, method=method, sealed=sealed):
            said_ = {"wants": wish.opted_in, "method": method.value, "sealed": b64encode(sealed).decode()}
            return {"kind": "record", "patient": patient, "channel": channel, "at": at.isoformat(), **said_}
        case OptIn(patient_key=patient, channel=channel, at=at, method=method):
            when = {"at": at.isoformat(), "method": method}
            return {"kind": "yes", "patient": patient, "channel": channel, **when}


def wish_of(fields: Fields, clinic_id: str) -> PatientsWish:
    """Raises ValueError, KeyError, TypeError for what `fields_of` cannot have made."""
    channel, at = _matching(_CHANNEL, fields["channel"]), _instant(fields["at"])
    match fields["kind"]:
        case "objection":
            said = Objection(at, _matching(_CODE, fields["source"]), _perhaps_instant(fields["takenBackAt"]))
            return StandingObjection(channel, _matching(DIGEST, fields["address"]), said)
        case "hold":
            whose = (_matching(DIGEST, fields["address"]), _matching(_CAUSE, fields["cause"]))
            hold = Hold(clinic_id, channel, *whose)
            return StandingHold(hold, _matching(_CODE, fields["code"]), at, _perhaps_instant(fields["liftedAt"]))
        case "record":
            sealed = b64decode(fields["sealed"], validate=True)
            patient, method = _matching(DIGEST, fields["patient"]), ConsentMethod(fields["method"])
            return SealedRecord(patient, channel, bool(fields["wants"]), at, method, sealed)
        case "yes":
            return OptIn(_matching(DIGEST, fields["patient"]), channel, at, str(fields["method"]))
        case _:
            raise ValueError("of no kind that there is")


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise ValueError("not of the form that it has")
    return value


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return at


def _perhaps(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _perhaps_instant(text: str | None) -> datetime | None:
    return _instant(text) if text else None
