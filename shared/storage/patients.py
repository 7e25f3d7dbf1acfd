"""A clinic's patients: contacts, opt-ins, bound addresses; and objections, which belong to addresses.

<clinic>_<patient shard> | c_<patient key>             contact (contact_rows.py)
<clinic>_<patient shard> | i_<patient key>_<channel>   opt-in
<clinic>_<patient shard> | b_<patient key>_<channel>   bound address, sealed in a column of its own
<clinic>_<address shard> | o_<channel>_<address key>               objection
<clinic>_<address shard> | o_<channel>_<address key>_held          mark that a person lifts
<clinic>_<address shard> | o_<channel>_<address key>_unreachable   mark that ends

What stands against an address are neighbours: one range read gives all of it.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.register import PatientRecord, Register
from shared.storage import contact_rows
from shared.storage.batches import grouped, write_batches
from shared.storage.columns import octets, present, text
from shared.storage.contact_rows import ContactRows
from shared.storage.contract import AddressStanding, ContactRow, OptIn
from shared.storage.instants import to_instant, to_text
from shared.storage.places import PATIENTS, all_patients, patient_partition
from shared.storage.register import CompactRegister
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row
from shared.storage.seal import Sealer, place

_OPT_IN, _BOUND, _OBJECTION = "i_", "b_", "o_"
_HELD, _UNREACHABLE = "held", "unreachable"
_ADDRESS, _UNTIL = "address", "until"


class TablePatients:
    """Implements `contract.Patients`."""

    def __init__(self, rows: Rows, contacts: ContactRows, sealer: Sealer) -> None:
        self._rows = rows
        self._contacts = contacts
        self._sealer = sealer

    async def register(self, clinic_id: str) -> Register:
        """One pass over few columns: names and numbers of the contacts stay in the store."""

        def open_address(patient_key: str, channel: str, sealed: bytes) -> str:
            return self._sealer.unseal(sealed, _address_place(clinic_id, patient_key, channel)).decode()

        register = CompactRegister(open_address)
        columns = (contact_rows.FINGERPRINT, _ADDRESS, _UNTIL)
        async for row in every_row(self._rows, PATIENTS, all_patients(clinic_id), columns):
            _enter(register, row)
        return register.complete()

    async def opt_in(self, clinic_id: str, rows: Sequence[OptIn]) -> None:
        unique = {(row.patient_key, row.channel): row for row in rows}
        groups = grouped(unique.values(), lambda row: patient_partition(clinic_id, row.patient_key))
        units = (([_upsert(_opt_in_row(clinic_id, row))] for row in group) for group in groups.values())
        await write_batches(self._rows, PATIENTS, units)

    async def bind(self, clinic_id: str, patient_key: str, channel: str, address: str, at: datetime) -> None:
        sealed = self._sealer.seal(address.encode(), _address_place(clinic_id, patient_key, channel))
        row = Row(
            patient_partition(clinic_id, patient_key),
            _bound_key(patient_key, channel),
            {"at": to_text(at), _ADDRESS: sealed},
        )
        await self._rows.write(PATIENTS, _upsert(row))

    async def opt_out(self, clinic_id: str, channel: str, address_key: str, at: datetime, source: str) -> None:
        key = _objection_key(channel, address_key)
        row = Row(patient_partition(clinic_id, address_key), key, present({"at": to_text(at), "source": source}))
        await self._rows.write(PATIENTS, _upsert(row))

    async def opted_out(self, clinic_id: str, channel: str, address_key: str) -> bool:
        key = _objection_key(channel, address_key)
        return await self._rows.get(PATIENTS, patient_partition(clinic_id, address_key), key) is not None

    async def standing(self, clinic_id: str, channel: str, address_key: str, now: datetime) -> AddressStanding:
        objection = _objection_key(channel, address_key)
        span = Span.prefixed(patient_partition(clinic_id, address_key), objection)
        rows = {row.key.removeprefix(objection): row for row in (await self._rows.query(PATIENTS, span)).rows}
        marks = (rows[mark] for mark in (f"_{_HELD}", f"_{_UNREACHABLE}") if mark in rows)
        codes = (text(row.columns, "code") for row in marks if _counts(text(row.columns, _UNTIL), now))
        return AddressStanding("" in rows, next(codes, ""))

    async def mark_unreachable(
        self, clinic_id: str, channel: str, address_key: str, at: datetime, code: str, until: datetime | None = None
    ) -> None:
        columns = present({"at": to_text(at), "code": code, _UNTIL: to_text(until) if until else None})
        row = Row(patient_partition(clinic_id, address_key), _mark_key(channel, address_key, until is None), columns)
        await self._rows.write(PATIENTS, _upsert(row))

    async def clear_unreachable(
        self, clinic_id: str, channel: str, address_key: str, *, by_person: bool = False
    ) -> None:
        partition = patient_partition(clinic_id, address_key)
        for held in (False, True)[: 1 + by_person]:
            gone = Row(partition, _mark_key(channel, address_key, held))
            await self._rows.write(PATIENTS, Change(Verb.DELETE, gone))

    async def record(self, clinic_id: str, patient_key: str, channel: str) -> PatientRecord:
        partition = patient_partition(clinic_id, patient_key)
        said_yes = await self._rows.get(PATIENTS, partition, _opt_in_key(patient_key, channel))
        bound = await self._rows.get(PATIENTS, partition, _bound_key(patient_key, channel))
        sealed = octets(bound.columns, _ADDRESS) if bound else b""
        place_of = _address_place(clinic_id, patient_key, channel)
        return PatientRecord(
            opted_in=frozenset({channel} if said_yes else ()),
            addresses={channel: self._sealer.unseal(sealed, place_of).decode()} if sealed else {},
        )

    async def contact(self, clinic_id: str, patient_key: str) -> ContactRow | None:
        key = contact_rows.PREFIX + patient_key
        row = await self._rows.get(PATIENTS, patient_partition(clinic_id, patient_key), key)
        return None if row is None else self._contacts.to_contact(row)


def _enter(register: CompactRegister, row: Row) -> None:
    prefix, rest = row.key[:2], row.key[2:]
    first, _, second = rest.partition("_")
    if prefix == contact_rows.PREFIX:
        register.add_contact(rest, text(row.columns, contact_rows.FINGERPRINT))
    elif prefix == _OPT_IN:
        register.add_opt_in(first, second)
    elif prefix == _BOUND:
        register.add_address(first, second, octets(row.columns, _ADDRESS))
    elif prefix == _OBJECTION:
        address_key, _, mark = second.partition("_")
        if mark:
            until = text(row.columns, _UNTIL)
            register.add_mark(first, address_key, to_instant(until) if until else None)
        else:
            register.add_objection(first, address_key)


def _counts(until: str, now: datetime) -> bool:
    return not until or to_instant(until) > now


def _objection_key(channel: str, address_key: str) -> str:
    return f"{_OBJECTION}{channel}_{address_key}"


def _mark_key(channel: str, address_key: str, held: bool) -> str:
    return f"{_objection_key(channel, address_key)}_{_HELD if held else _UNREACHABLE}"


def _opt_in_row(clinic_id: str, row: OptIn) -> Row:
    columns = present({"at": to_text(row.at), "method": row.method})
    return Row(patient_partition(clinic_id, row.patient_key), _opt_in_key(row.patient_key, row.channel), columns)


def _opt_in_key(patient_key: str, channel: str) -> str:
    return f"{_OPT_IN}{patient_key}_{channel}"


def _bound_key(patient_key: str, channel: str) -> str:
    return f"{_BOUND}{patient_key}_{channel}"


def _address_place(clinic_id: str, patient_key: str, channel: str) -> bytes:
    return place(PATIENTS, patient_partition(clinic_id, patient_key), _bound_key(patient_key, channel), _ADDRESS)


def _upsert(row: Row) -> Change:
    return Change(Verb.UPSERT, row)
