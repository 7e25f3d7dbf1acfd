"""Keys of the patients' table, and rows that more than one part writes (patients.py says what they mean)."""

from collections.abc import Mapping

from shared.domain.objection import Objection
from shared.storage.columns import present, text
from shared.storage.contract import Hold, OptIn
from shared.storage.instants import perhaps_instant, perhaps_text, to_instant, to_text
from shared.storage.places import patient_partition
from shared.storage.rows import Row, Value

OPT_IN, BOUND, OBJECTION = "i_", "b_", "o_"
HELD, UNREACHABLE, WROTE = "_held_", "_unreachable", "_wrote"
UNTIL = "until"


def opt_in_key(patient_key: str, channel: str) -> str:
    return f"{OPT_IN}{patient_key}_{channel}"


def bound_key(patient_key: str, channel: str) -> str:
    return f"{BOUND}{patient_key}_{channel}"


def objection_key(channel: str, address_key: str) -> str:
    return f"{OBJECTION}{channel}_{address_key}"


def mark_key(channel: str, address_key: str) -> str:
    return f"{objection_key(channel, address_key)}{UNREACHABLE}"


def opt_in_row(clinic_id: str, one: OptIn) -> Row:
    columns = present({"at": to_text(one.at), "method": one.method})
    return Row(patient_partition(clinic_id, one.patient_key), opt_in_key(one.patient_key, one.channel), columns)


def hold_row(hold: Hold, columns: Mapping[str, Value]) -> Row:
    key = f"{objection_key(hold.channel, hold.address_key)}{HELD}{hold.cause}"
    return Row(patient_partition(hold.clinic_id, hold.address_key), key, columns)


def objection_row(clinic_id: str, channel: str, address_key: str, objection: Objection) -> Row:
    columns = {
        "at": to_text(objection.at),
        "source": objection.source,
        UNTIL: perhaps_text(objection.taken_back_at),
    }
    return Row(patient_partition(clinic_id, address_key), objection_key(channel, address_key), present(columns))


def objection_of(columns: Mapping[str, Value]) -> Objection:
    return Objection(to_instant(text(columns, "at")), text(columns, "source"), perhaps_instant(text(columns, UNTIL)))
