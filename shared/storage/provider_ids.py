"""Providers' message ids, for channels whose receipts do not echo our reference. Joins in both orders.

    <channel>_<2 characters of the hash> | <hash>_join           where the id leads
    <channel>_<2 characters of the hash> | <hash>_wait_<state>   a receipt that came before the join; sealed

`join` writes its row and then reads the waiting ones; `wait` writes its row and then reads the join. Whichever comes
second sees the other, and if both see each other the receipt is applied twice, which changes nothing.
"""

from collections.abc import Sequence

from shared.domain.identity import MessageId, Pseudonyms
from shared.domain.inbound import Receipt, ReceiptState
from shared.storage.columns import octets, text
from shared.storage.contract import Joined
from shared.storage.insert_once import insert_once
from shared.storage.instants import to_instant, to_text
from shared.storage.places import PROVIDER_IDS, SEALED
from shared.storage.rows import Change, Row, Rows, Span, Verb
from shared.storage.seal import Sealer, place


class TableProviderIds:
    """Implements `contract.ProviderIds`."""

    def __init__(self, rows: Rows, sealer: Sealer, pseudonyms: Pseudonyms) -> None:
        self._rows = rows
        self._sealer = sealer
        self._pseudonyms = pseudonyms

    async def join(self, channel: str, account: str, provider_id: str, joined: Joined) -> Sequence[Receipt]:
        partition, stem = self._place(channel, account, provider_id)
        columns = {"message": str(joined.message_id), "due": joined.due_key}
        await self._rows.write(PROVIDER_IDS, Change(Verb.UPSERT, Row(partition, f"{stem}_join", columns)))
        waiting = await self._rows.query(PROVIDER_IDS, Span.prefixed(partition, f"{stem}_wait_"))
        return [self._receipt(row) for row in waiting.rows]

    async def find(self, channel: str, account: str, provider_id: str) -> Joined | None:
        partition, stem = self._place(channel, account, provider_id)
        row = await self._rows.get(PROVIDER_IDS, partition, f"{stem}_join")
        if row is None:
            return None
        return Joined(MessageId.parse(text(row.columns, "message")), text(row.columns, "due"))

    async def wait(self, receipt: Receipt) -> Joined | None:
        partition, stem = self._place(receipt.channel, receipt.account, receipt.provider_id)
        key = f"{stem}_wait_{receipt.state}"
        sealed = self._sealer.seal_json(_to_json(receipt), place(PROVIDER_IDS, partition, key, SEALED))
        await insert_once(self._rows, PROVIDER_IDS, Row(partition, key, {SEALED: sealed}))
        return await self.find(receipt.channel, receipt.account, receipt.provider_id)

    def _place(self, channel: str, account: str, provider_id: str) -> tuple[str, str]:
        digest = self._pseudonyms.digest("provider-id", channel, account, provider_id)
        return f"{channel}_{digest[:2]}", digest

    def _receipt(self, row: Row) -> Receipt:
        where = place(PROVIDER_IDS, row.partition, row.key, SEALED)
        stored = {k: str(v) for k, v in self._sealer.unseal_json(octets(row.columns, SEALED), where).items()}
        return Receipt(
            channel=stored["channel"],
            account=stored["account"],
            provider_id=stored["provider_id"],
            state=ReceiptState(stored["state"]),
            at=to_instant(stored["at"]),
            reference=stored["reference"],
            code=stored["code"],
            error_class=stored["error_class"],
            pricing=stored["pricing"],
        )


def _to_json(receipt: Receipt) -> dict[str, str]:
    return {
        "channel": receipt.channel,
        "account": receipt.account,
        "provider_id": receipt.provider_id,
        "state": receipt.state.value,
        "at": to_text(receipt.at),
        "reference": receipt.reference,
        "code": receipt.code,
        "error_class": receipt.error_class,
        "pricing": receipt.pricing,
    }
