"""Every row, looked at by itself: form of its keys, what is sealed, what is not, how large it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.ops.audit import shapes
from infra.ops.audit.findings import Findings, Size
from infra.ops.audit.plain import suspicions
from infra.ops.audit.reading import Entity, columns_of, key_of
from infra.ops.audit.scope import Scope
from infra.ops.audit.sealed import Opener, key_id_of, personal


@dataclass(frozen=True, slots=True)
class RowInspector:
    """Adds to the findings. Where a key itself may hold something, only its form is told."""

    scope: Scope
    opener: Opener
    findings: Findings
    seen: Size = field(default_factory=Size)
    clinics: set[tuple[str, str]] = field(default_factory=set)  # table and clinic of rows that say whose they are

    def through(self, table: str, rows: Iterable[Entity]) -> Iterator[Entity]:
        """The rows that are looked at, handed on."""
        size = self.findings.sizes.setdefault(table, Size())
        for row in rows:
            partition, key = key_of(row)
            self.seen.rows += 1
            clinic, day = shapes.clinic_and_day(table, partition, key)
            if clinic and not self.scope.holds(clinic, day):
                continue  # one that does not say whose it is, is looked at always
            columns = columns_of(row)
            size.rows += 1
            size.bytes += 2 * (len(partition) + len(key)) + sum(map(_bytes, columns.values()))
            where = f"{table} {partition} {key}"
            if self._keys_are_known(table, partition, key):
                self.clinics.add((table, clinic))
            else:
                where = f"{table} {shapes.masked(partition)} {shapes.masked(key)}"
                self.findings.add("key_of_no_known_form", where)
            self._look(table, (partition, key), columns, where)
            yield row

    def blob(self, container: str, name: str, content: bytes) -> None:
        """One blob, whole."""
        where = f"{container} {name}"
        if not shapes.BLOBS[container].fullmatch(name):
            where = f"{container} {shapes.masked(name)}"
            self.findings.add("key_of_no_known_form", where)
        self._sealed(content, where, container, name)

    def _keys_are_known(self, table: str, partition: str, key: str) -> bool:
        of_partition, of_key = shapes.KEYS[table]
        return of_partition.fullmatch(partition) is not None and of_key.fullmatch(key) is not None

    def _look(self, table: str, keys: tuple[str, str], columns: Mapping[str, Any], where: str) -> None:
        for column, what in suspicions(table, columns):
            self.findings.add("looks_like_patient_data", f"{where}: column {column} like a {what}")
        must, name = shapes.MUST_BE_SEALED.get(table, (None, ""))
        if must is not None and must.fullmatch(keys[1]) and name not in columns:
            self.findings.add("sealed_missing", where)
        for column, value in columns.items():
            if column in shapes.SEALED_COLUMNS or (
                isinstance(value, bytes) and (table, column) not in shapes.OTHER_BYTES
            ):
                opened = self._sealed(value, f"{where}: column {column}", table, *keys, column)
                if opened is not None:
                    self._compare(opened, keys, columns, where)

    def _sealed(self, value: Any, where: str, *place: str) -> bytes | None:
        key_id = key_id_of(value)
        if not key_id:
            self.findings.add("not_sealed", where)
            return None
        self.findings.keys[key_id] += 1
        opened = self.opener.opened(value, *place)
        if opened is None:
            self.findings.add("does_not_open", where)
        return opened

    def _compare(self, opened: bytes, keys: tuple[str, str], columns: Mapping[str, Any], where: str) -> None:
        plain = [*keys, *(value for value in columns.values() if isinstance(value, str))]
        if any(secret in text for secret in personal(opened) for text in plain):
            self.findings.add("sealed_value_in_plain", where)


def _bytes(value: object) -> int:
    if isinstance(value, bytes):
        return len(value)
    return 2 * len(value) if isinstance(value, str) else 8
