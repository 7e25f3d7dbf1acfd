"""Clinic documents, and the sealed secrets of clinics' own provider accounts.

clinic  | <clinic id>                              the document, in pieces where it is long
account | <keyed hash of channel and account>      sealed; hashed, because the account comes out of an address
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.domain.identity import CLINIC_ID, Pseudonyms
from shared.storage.columns import number, octets, present, text
from shared.storage.instants import to_text
from shared.storage.places import CLINICS, SEALED
from shared.storage.rows import Change, Row, Rows, Span, Value, Verb
from shared.storage.scan import every_row
from shared.storage.seal import Sealer, place

_CLINIC, _ACCOUNT = "clinic", "account"
_PIECE = 16_384  # characters; half the limit, which counts UTF-16 units


class TableClinics:
    """Implements `contract.Clinics`."""

    def __init__(self, rows: Rows, sealer: Sealer, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._sealer = sealer
        self._pseudonyms = pseudonyms

    async def put(self, clinic_id: str, document: str, at: datetime) -> None:
        pieces = [document[i : i + _PIECE] for i in range(0, len(document), _PIECE)]
        columns = {f"document_{number}": piece for number, piece in enumerate(pieces)}
        row = Row(_CLINIC, clinic_id, {"at": to_text(at), "pieces": len(pieces), **columns})
        await self._rows.write(CLINICS, Change(Verb.UPSERT, row))

    async def read(self, clinic_id: str) -> str | None:
        if CLINIC_ID.fullmatch(clinic_id) is None:
            return None
        row = await self._rows.get(CLINICS, _CLINIC, clinic_id)
        return None if row is None else _document(row)

    async def all(self) -> Mapping[str, str]:
        return {row.key: _document(row) async for row in every_row(self._rows, CLINICS, Span.within(_CLINIC))}

    async def put_account(self, channel: str, account: str, secrets: Mapping[str, str], at: datetime) -> None:
        key = self._account_key(channel, account)
        columns: dict[str, Value | None] = {
            "at": to_text(at),
            "channel": channel,
            "account": account,
            SEALED: self._sealer.seal_json(dict(secrets), place(CLINICS, _ACCOUNT, key, SEALED)),
        }
        await self._rows.write(CLINICS, Change(Verb.UPSERT, Row(_ACCOUNT, key, present(columns))))

    async def account(self, channel: str, account: str) -> Mapping[str, str] | None:
        key = self._account_key(channel, account)
        row = await self._rows.get(CLINICS, _ACCOUNT, key)
        if row is None:
            return None
        opened = self._sealer.unseal_json(octets(row.columns, SEALED), place(CLINICS, _ACCOUNT, key, SEALED))
        return {name: str(value) for name, value in opened.items()}

    async def accounts(self) -> Sequence[tuple[str, str]]:
        rows = every_row(self._rows, CLINICS, Span.within(_ACCOUNT), ("channel", "account"))
        return [(text(row.columns, "channel"), text(row.columns, "account")) async for row in rows]

    async def remove_account(self, channel: str, account: str) -> None:
        gone = Row(_ACCOUNT, self._account_key(channel, account))
        await self._rows.write(CLINICS, Change(Verb.DELETE, gone))

    def _account_key(self, channel: str, account: str) -> str:
        return self._pseudonyms.digest("account", channel, account)


def _document(row: Row) -> str:
    return "".join(text(row.columns, f"document_{piece}") for piece in range(number(row.columns, "pieces")))
