"""Every command of an operator. A new one is one module with a COMMAND, and one line here."""

from __future__ import annotations

from infra.ops import (
    check_storage,
    clinic_list,
    clinic_load,
    encryption_rotate,
    keys_list,
    keys_make,
    keys_revoke,
    optins_load,
)
from infra.ops.command import Command

COMMANDS: tuple[Command, ...] = (
    clinic_load.COMMAND,
    clinic_list.COMMAND,
    optins_load.COMMAND,
    keys_make.COMMAND,
    keys_list.COMMAND,
    keys_revoke.COMMAND,
    check_storage.COMMAND,
    encryption_rotate.COMMAND,
)
