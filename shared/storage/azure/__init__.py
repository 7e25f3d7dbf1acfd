"""Storage in an Azure Storage account, or in its emulator."""

import re
from collections.abc import Callable, Mapping

from shared.errors import ConfigurationError
from shared.storage.azure.account import Account
from shared.storage.azure.blobs import AzureBlobs
from shared.storage.azure.tables import AzureRows
from shared.storage.opened import OpenStorage, storage_over
from shared.storage.rows import Blobs, Rows

_PREFIX = re.compile(r"(?:[a-z][a-z0-9]{0,29})?")  # of tables (letters and digits) and containers (lower case)


def open_storage(
    *,
    encryption_keys: Mapping[str, bytes],
    index_key: bytes,
    connection_string: str = "",
    table_endpoint: str = "",
    blob_endpoint: str = "",
    client_id: str = "",
    prefix: str = "",
    around_rows: Callable[[Rows], Rows] = lambda rows: rows,
    around_blobs: Callable[[Blobs], Blobs] = lambda blobs: blobs,
) -> OpenStorage:
    """Storage by connection string, or by endpoints and the app's identity. Connects at the first request.

    `encryption_keys` and `index_key`: see `storage_over`. `prefix`: before the names of tables and containers.
    `around_…`: what to put between the repositories and the account, such as something that counts requests.
    Raises ConfigurationError.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise ConfigurationError("A table prefix is up to 30 lower-case letters and digits and begins with a letter.")
    account = Account(connection_string, table_endpoint, blob_endpoint, client_id)
    rows, blobs = AzureRows(account, prefix), AzureBlobs(account, prefix)
    return storage_over(around_rows(rows), around_blobs(blobs), encryption_keys, index_key)
