"""`ops test-message`: shown first, and in line only after a yes."""

from __future__ import annotations

import re

from infra.ops.command import Desk
from shared.domain.identity import MessageId
from shared.domain.message import Message
from tests.infra.ops.conftest import Shell

OWN = "+447700900999"
MESSAGE = re.compile(r"Message (\S+) is in line")


def test_it_is_shown_and_put_in_line_after_a_yes(shell: Shell) -> None:
    shell.clinic("riverside")
    words = ("test-message", "whatsapp", OWN, "--clinic", "riverside")
    looked = shell(*words, "--dry-run")
    assert (looked.code, "Riverside Clinic" in looked.out, "Nothing was changed" in looked.out) == (0, True, True)
    unasked = shell(*words)
    assert (unasked.code, "--yes" in unasked.err, MESSAGE.search(unasked.out)) == (1, True, None)
    said = shell(*words, "--yes")
    assert said.code == 0, said.err
    found = MESSAGE.search(said.out)
    assert found is not None

    async def read(desk: Desk) -> Message | None:
        return await desk.storage.messages.read(MessageId.parse(found[1]))

    message = shell.look(read)
    assert message is not None
    assert (message.to, message.sent_by.startswith("operator")) == (OWN, True)


def test_a_patients_number_is_refused(shell: Shell) -> None:
    shell.clinic_with_a_list()
    refused = shell("test-message", "whatsapp", "+447700900401", "--clinic", "ward", "--yes")
    assert (refused.code, "A patient of this clinic" in refused.err) == (1, True)
