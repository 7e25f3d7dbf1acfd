"""Every command of an operator. A new one is one module with a COMMAND, and one line here."""

from __future__ import annotations

from infra.ops import (
    account_list,
    account_set,
    check_storage,
    clinic_export,
    clinic_list,
    clinic_load,
    encryption_rotate,
    explain,
    keys_list,
    keys_make,
    keys_revoke,
    optins_load,
    pause,
    resolve,
    send_test,
    status,
    stuck_list,
    stuck_replay,
    tomorrow,
    worklist_list,
    worklist_resolve,
)
from infra.ops.command import Command

COMMANDS: tuple[Command, ...] = (
    status.COMMAND,
    explain.COMMAND,
    tomorrow.COMMAND,
    worklist_list.COMMAND,
    worklist_resolve.COMMAND,
    resolve.COMMAND,
    pause.PAUSE,
    pause.RESUME,
    stuck_list.COMMAND,
    stuck_replay.COMMAND,
    send_test.COMMAND,
    clinic_load.COMMAND,
    clinic_list.COMMAND,
    clinic_export.COMMAND,
    account_set.COMMAND,
    account_list.COMMAND,
    optins_load.COMMAND,
    keys_make.COMMAND,
    keys_list.COMMAND,
    keys_revoke.COMMAND,
    check_storage.COMMAND,
    encryption_rotate.COMMAND,
)
