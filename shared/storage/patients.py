"""A clinic's patients: contacts, opt-ins, bound addresses; and objections, which belong to addresses.

<clinic>_<patient shard> | c_<patient key>             contact (contact_rows.py)
<clinic>_<patient shard> | i_<patient key>_<channel>   opt-in
<clinic>_<patient shard> | b_<patient key>_<channel>   bound address, sealed in a column of its own
<clinic>_<address shard> | o_<channel>_<address key>               objection
<clinic>_<address shard> | o_<channel>_<address key>_held_<cause>  hold, which a person lifts
<clinic>_<address shard> | o_<channel>_<address key>_unreachable   a provider's mark, which ends
<clinic>_<address shard> | o_<channel>_<address key>_wrote         when they last wrote to us

What stands against an address are neighbours: one range read gives all of it. A hold that was lifted stays, with the
instant until which it counted, so that whatever raised it, repeated, does not raise it again; so does an objection that
was taken back.
"""

from collections.abc import Sequence
from datetime import datetime

from shared.domain.objection import Objection
from shared.domain.register import PatientRecord, Register
from shared.errors import RowChanged
from shared.storage import contact_rows
from shared.storage.batches import grouped, write_batches
from shared.storage.columns import octets, present, text
from shared.storage.contact_rows import ContactRows
from shared.storage.contract import AddressStanding, ContactRow, Hold, OptIn
from shared.storage.insert_once import insert_once
from shared.storage.instants import perhaps_instant, to_instant, to_text
from shared.storage.patient_keys import (
    BOUND,
    HELD,
    OBJECTION,
    OPT_IN,
    UNREACHABLE,
    UNTIL,
    WROTE,
    bound_key,
    hold_row,
    mark_key,
    objection_key,
    objection_of,
    objection_row,
    opt_in_key,
    opt_in_row,
)
from shared.storage.places import PATIENTS, all_patients, patient_partition
from shared.storage.register import CompactRegister
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.scan import every_row
from shared.storage.seal import Sealer, place
from shared.storage.write_over import write_over

ADDRESS = "address"


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
        columns = (contact_rows.FINGERPRINT, ADDRESS, UNTIL)
        async for row in every_row(self._rows, PATIENTS, all_patients(clinic_id), columns):
            _enter(register, row)
        return register.complete()

    async def opt_in(self, clinic_id: str, rows: Sequence[OptIn]) -> None:
        unique = {(row.patient_key, row.channel): row for row in rows}
        groups = grouped(unique.values(), lambda row: patient_partition(clinic_id, row.patient_key))
        units = (([_upsert(opt_in_row(clinic_id, row))] for row in group) for group in groups.values())
        await write_batches(self._rows, PATIENTS, units)

    async def bind(self, clinic_id: str, patient_key: str, channel: str, address: str, at: datetime) -> None:
        sealed = self._sealer.seal(address.encode(), _address_place(clinic_id, patient_key, channel))
        row = Row(
            patient_partition(clinic_id, patient_key),
            bound_key(patient_key, channel),
            {"at": to_text(at), ADDRESS: sealed},
        )
        await self._rows.write(PATIENTS, _upsert(row))

    async def opt_out(self, clinic_id: str, channel: str, address_key: str, at: datetime, source: str) -> None:
        row = objection_row(clinic_id, channel, address_key, Objection(at, source))

        def later(there: Row | None) -> Row | None:
            return row if there is None or objection_of(there.columns).is_older_news_than(at) else None

        await write_over(self._rows, PATIENTS, row.partition, row.key, later)

    async def lift_opt_out(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        partition, key = patient_partition(clinic_id, address_key), objection_key(channel, address_key)
        there = await self._rows.get(PATIENTS, partition, key)
        if there is not None and UNTIL not in there.columns:
            row = Row(partition, key, {**there.columns, UNTIL: to_text(at)})
            await self._rows.write(PATIENTS, Change(Verb.REPLACE, row, there.etag))

    async def withdraw_opt_in(self, clinic_id: str, patient_key: str, channel: str) -> None:
        gone = Row(patient_partition(clinic_id, patient_key), opt_in_key(patient_key, channel))
        await self._rows.write(PATIENTS, Change(Verb.DELETE, gone))

    async def standing(self, clinic_id: str, channel: str, address_key: str, now: datetime) -> AddressStanding:
        objection = objection_key(channel, address_key)
        span = Span.prefixed(patient_partition(clinic_id, address_key), objection)
        rows = {row.key.removeprefix(objection): row.columns for row in (await self._rows.query(PATIENTS, span)).rows}
        wrote = text(rows.pop(WROTE, {}), "at")
        codes = {mark: text(row, "code") for mark, row in rows.items() if _counts(text(row, UNTIL), now)}
        held = frozenset(code for mark, code in codes.items() if mark.startswith(HELD))
        return AddressStanding("" in codes, codes.get(UNREACHABLE, ""), held, perhaps_instant(wrote))

    async def wrote(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        """A callback may come days late and out of order: what is older than what stands there changes nothing."""
        partition, key = patient_partition(clinic_id, address_key), objection_key(channel, address_key) + WROTE

        def later(there: Row | None) -> Row | None:
            is_news = there is None or to_instant(text(there.columns, "at")) < at
            return Row(partition, key, {"at": to_text(at)}) if is_news else None

        await write_over(self._rows, PATIENTS, partition, key, later)

    async def mark_unreachable(
        self, clinic_id: str, channel: str, address_key: str, at: datetime, code: str, until: datetime
    ) -> None:
        columns = present({"at": to_text(at), "code": code, UNTIL: to_text(until)})
        row = Row(patient_partition(clinic_id, address_key), mark_key(channel, address_key), columns)
        await self._rows.write(PATIENTS, _upsert(row))

    async def clear_unreachable(self, clinic_id: str, channel: str, address_key: str, at: datetime) -> None:
        partition, key = patient_partition(clinic_id, address_key), mark_key(channel, address_key)
        there = await self._rows.get(PATIENTS, partition, key)
        if there is None or to_instant(text(there.columns, "at")) > at:
            return
        try:
            await self._rows.write(PATIENTS, Change(Verb.DELETE, Row(partition, key), there.etag))
        except RowChanged:
            return  # the provider has said it anew at this moment

    async def hold(self, hold: Hold, at: datetime, code: str) -> None:
        await insert_once(self._rows, PATIENTS, hold_row(hold, {"at": to_text(at), "code": code}))

    async def lift(self, hold: Hold, at: datetime) -> None:
        row = hold_row(hold, {})
        there = await self._rows.get(PATIENTS, row.partition, row.key)
        columns = {**(there.columns if there else {}), UNTIL: to_text(at)}
        await self._rows.write(PATIENTS, _upsert(hold_row(hold, columns)))

    async def record(self, clinic_id: str, patient_key: str, channel: str) -> PatientRecord:
        partition = patient_partition(clinic_id, patient_key)
        said_yes = await self._rows.get(PATIENTS, partition, opt_in_key(patient_key, channel))
        bound = await self._rows.get(PATIENTS, partition, bound_key(patient_key, channel))
        sealed = octets(bound.columns, ADDRESS) if bound else b""
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
    elif prefix == OPT_IN:
        register.add_opt_in(first, second)
    elif prefix == BOUND:
        register.add_address(first, second, octets(row.columns, ADDRESS))
    elif prefix == OBJECTION:
        address_key, _, mark = second.partition("_")
        if f"_{mark}" == WROTE:
            return
        if mark:
            until = text(row.columns, UNTIL)
            register.add_mark(first, address_key, to_instant(until) if until else None)
        elif not text(row.columns, UNTIL):
            register.add_objection(first, address_key)


def _counts(until: str, now: datetime) -> bool:
    return not until or to_instant(until) > now


def _address_place(clinic_id: str, patient_key: str, channel: str) -> bytes:
    return place(PATIENTS, patient_partition(clinic_id, patient_key), bound_key(patient_key, channel), ADDRESS)


def _upsert(row: Row) -> Change:
    return Change(Verb.UPSERT, row)
