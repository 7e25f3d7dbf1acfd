"""Who said no last, as staff recorded it: against which no earlier yes counts, wherever it comes from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.storage.contract import OptIn, SealedRecord, Wishes

type Whose = tuple[str, str]
"""Key of a patient, and the channel."""

_NEVER = datetime.min.replace(tzinfo=UTC)


async def said_no(wishes: Wishes, clinic_id: str, more: Sequence[SealedRecord] = ()) -> Mapping[Whose, datetime]:
    """Patients and channels whose last record is a no, and when that was. `more`: records from elsewhere."""
    records = [*more, *[record async for record in wishes.records(clinic_id)]]
    last: dict[Whose, SealedRecord] = {}
    for record in sorted(records, key=lambda one: (one.at, not one.opted_in)):  # in doubt the no
        last[record.patient_key, record.channel] = record
    return {whose: record.at for whose, record in last.items() if not record.opted_in}


def still_yes(yeses: Sequence[OptIn], no: Mapping[Whose, datetime]) -> list[OptIn]:
    """Without those of patients who have said no since."""
    return [yes for yes in yeses if yes.at > no.get((yes.patient_key, yes.channel), _NEVER)]
