"""Rows in Azure Table Storage, or in its emulator, through azure-data-tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient, TableServiceClient

from shared.storage.azure.account import Account
from shared.storage.azure.faults import QUICK_S, THOROUGH_S, code_of, mapped
from shared.storage.limits import check_batch, check_key, check_row
from shared.storage.rows import ANY_VERSION, PAGE_ROWS, Change, Row, RowPage, Span, Value, Verb

# azure-core repeats only what cannot do harm twice; every write of ours may be repeated (see insert_once).
_AGAIN: Any = {"retry_on_methods": frozenset({"GET", "PUT", "POST", "PATCH", "DELETE"}), "read_timeout": 2.5}
_KEYS = frozenset({"PartitionKey", "RowKey"})
_OPERATION = {
    Verb.INSERT: "create",
    Verb.UPSERT: "upsert",
    Verb.REPLACE: "update",
    Verb.MERGE: "update",
    Verb.DELETE: "delete",
}


class AzureRows:
    """Implements `rows.Rows`. `prefix` stands before every table's name, so that several may share an account."""

    def __init__(self, account: Account, prefix: str = "") -> None:
        self._account = account
        self._prefix = prefix
        self._opened: TableServiceClient | None = None
        self._tables: dict[str, TableClient] = {}

    async def get(self, table: str, partition: str, key: str) -> Row | None:
        check_key(partition)
        check_key(key)
        async with mapped(QUICK_S):
            try:
                entity = await self._table(table).get_entity(partition, key, **_AGAIN)
            except ResourceNotFoundError as error:
                if code_of(error) == "TableNotFound":
                    raise
                return None
        return _row(entity, str(entity.metadata["etag"]))

    async def query(
        self, table: str, span: Span, *, select: Sequence[str] = (), top: int = PAGE_ROWS, resume: str = ""
    ) -> RowPage:
        columns = ["PartitionKey", "RowKey", *select] if select else None
        async with mapped(THOROUGH_S):
            pages = (
                self._table(table)
                .query_entities(_filter(span), select=columns, results_per_page=min(top, PAGE_ROWS))
                .by_page(_token(resume))  # type: ignore[arg-type]  # the SDK's token is a dict, its annotation is not
            )
            found = [_row(entity, str(entity.metadata["etag"])) async for entity in await anext(pages)]
        return RowPage(found, _resume(pages.continuation_token))  # type: ignore[attr-defined]

    async def write(self, table: str, change: Change) -> str:
        check_row(change.row)
        client, entity = self._table(table), _entity(change.row)
        async with mapped(QUICK_S):
            match change.verb:
                case Verb.INSERT:
                    said = await client.create_entity(entity, **_AGAIN)
                case Verb.UPSERT:
                    said = await client.upsert_entity(entity, UpdateMode.REPLACE, **_AGAIN)
                case Verb.DELETE:
                    await client.delete_entity(change.row.partition, change.row.key, **_version(change), **_AGAIN)
                    return ""
                case _:
                    said = await client.update_entity(entity, **_condition(change), **_AGAIN)
        return str(said["etag"])

    async def apply(self, table: str, changes: Sequence[Change]) -> Sequence[str]:
        check_batch(changes)
        for change in changes:
            check_row(change.row)
        async with mapped(THOROUGH_S):
            said = await self._table(table).submit_transaction([_operation(change) for change in changes])
        return [str(one.get("etag", "")) for one in said]

    async def create_tables(self, tables: Sequence[str]) -> None:
        async with mapped(THOROUGH_S):
            for table in tables:
                await self._service().create_table_if_not_exists(self._prefix + table)

    async def aclose(self) -> None:
        service, self._opened = self._opened, None
        self._tables.clear()
        if service is not None:
            await service.close()

    def _table(self, name: str) -> TableClient:
        client = self._tables.get(name)
        if client is None:
            client = self._tables[name] = self._service().get_table_client(self._prefix + name)
        return client

    def _service(self) -> TableServiceClient:
        if self._opened is None:
            account = self._account
            self._opened = (
                TableServiceClient.from_connection_string(account.connection_string, **account.options())
                if account.connection_string
                else TableServiceClient(account.table_endpoint, credential=account.credential(), **account.options())
            )
        return self._opened


def _operation(change: Change) -> tuple[str, Mapping[str, Any]] | tuple[str, Mapping[str, Any], Mapping[str, Any]]:
    entity = _entity(change.row)
    if change.verb is Verb.UPSERT:
        return _OPERATION[change.verb], entity, {"mode": UpdateMode.REPLACE}
    if change.verb in (Verb.REPLACE, Verb.MERGE):
        return _OPERATION[change.verb], entity, _condition(change)
    if change.verb is Verb.DELETE:
        return _OPERATION[change.verb], entity, _version(change)
    return _OPERATION[change.verb], entity


def _condition(change: Change) -> dict[str, Any]:
    mode = UpdateMode.REPLACE if change.verb is Verb.REPLACE else UpdateMode.MERGE
    return {"mode": mode, **_version(change)}


def _version(change: Change) -> dict[str, Any]:
    if change.etag == ANY_VERSION:
        return {}
    return {"etag": change.etag, "match_condition": MatchConditions.IfNotModified}


def _entity(row: Row) -> dict[str, Any]:
    return {"PartitionKey": row.partition, "RowKey": row.key, **row.columns}


def _row(entity: Mapping[str, Any], etag: str) -> Row:
    # A column that was selected and is missing comes as null (Table service, "Querying tables and entities").
    columns: dict[str, Value] = {k: value for k, value in entity.items() if k not in _KEYS and value is not None}
    return Row(entity["PartitionKey"], entity["RowKey"], columns, etag)


def _filter(span: Span) -> str:
    if span.first == span.last:
        terms = [f"PartitionKey eq '{_quoted(span.first)}'"]
    else:
        terms = [f"PartitionKey ge '{_quoted(span.first)}'", f"PartitionKey le '{_quoted(span.last)}'"]
    if span.key_from:
        terms.append(f"RowKey ge '{_quoted(span.key_from)}'")
    if span.key_below:
        terms.append(f"RowKey lt '{_quoted(span.key_below)}'")
    if span.flag:
        terms.append(f"{span.flag} eq true")
    return " and ".join(terms)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _token(resume: str) -> dict[str, str] | None:
    """The SDK's continuation token; both parts are opaque and hold no space, the row's may be missing."""
    partition, _, key = resume.partition(" ")
    return {"PartitionKey": partition, "RowKey": key} if partition else None


def _resume(token: Mapping[str, str | None] | None) -> str:
    if not token or not token.get("PartitionKey"):
        return ""
    return f"{token['PartitionKey']} {token.get('RowKey') or ''}".strip()
