"""What plans a clinic's window."""

from shared.services.planning.plan import PlanReminders
from shared.services.planning.withdraw import Withdraw
from shared.wiring.parts import Parts, new_id


def make_plan(parts: Parts) -> PlanReminders:
    storage = parts.storage
    return PlanReminders(
        storage=storage,
        clinics=parts.clinics,
        open_source=parts.open_source,
        open_channel=parts.accounts.channel,
        withdraw=Withdraw(messages=storage.messages, recorder=parts.recorder, clock=parts.clock),
        pseudonyms=parts.pseudonyms,
        wording=parts.wording,
        clock=parts.clock,
        new_id=new_id,
        mock=parts.settings.mock,
    )
