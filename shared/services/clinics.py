"""Clinics as the services see them: parsed once, looked at again after a minute."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.errors import ConfigurationError, InvalidInput, NotFound
from shared.services.callers import Caller
from shared.services.rereading import Rereading
from shared.storage.contract import Clinics

ParseClinic = Callable[[str, str], Clinic]
DEFAULT_ACCOUNT = "default"  # the provider account that stands in the app settings
UNASSIGNED = "unassigned"
"""Where something is kept that is no clinic's, or could be of several: never dropped, never guessed."""
FRESH_FOR = timedelta(seconds=60)

log = logging.getLogger(__name__)


class ClinicBook:
    """All clinics, valid. A changed clinic file acts within a minute on every instance.

    A stored file that is not valid any more (a stricter rule, a channel that went away) stops its own clinic only.
    """

    def __init__(self, stored: Clinics, parse: ParseClinic, clock: Clock) -> None:
        self._stored = stored
        self._parse = parse
        self._clock = clock
        self._parsed: dict[str, tuple[str, Clinic | None]] = {}  # with the text that it was parsed from
        self._clinics: Mapping[str, Clinic] = {}
        self._reread = Rereading(self._read, FRESH_FOR, clock)

    async def all(self) -> Mapping[str, Clinic]:
        await self._reread()
        return self._clinics

    async def get(self, clinic_id: str) -> Clinic:
        """Raises NotFound, ConfigurationError for one whose stored file is not valid."""
        clinic = (await self.all()).get(clinic_id)
        if clinic is not None:
            return clinic
        if clinic_id in self._parsed:
            raise ConfigurationError(f"The stored file of clinic {clinic_id} is not valid any more: load it again.")
        raise NotFound("There is no such clinic.")

    async def of_account(self, channel: str, account: str) -> tuple[Clinic, ...]:
        """The clinics that send from this provider account."""
        found = (c for c in (await self.all()).values() if (way := c.channel(channel)) and way.account == account)
        return tuple(found)

    async def of_caller(self, caller: Caller, clinic_id: str, channel: str = "") -> Clinic:
        """The clinic asked for; without an id the caller's first one, of those that use `channel` if it is given.

        One that sends from the default account comes before the others, then by id. Raises NotFound, Forbidden,
        ConfigurationError.
        """
        if clinic_id:
            caller.require(clinic_id)
            return await self.get(clinic_id)
        own = [c for c in (await self.all()).values() if caller.may_see(c.id) and (not channel or c.channel(channel))]
        if not own:
            raise NotFound("There is no clinic here that you may act for.")
        return min(own, key=lambda clinic: (not _from_default_account(clinic, channel), clinic.id))

    async def of(self, caller: Caller) -> Sequence[Clinic]:
        """Every clinic that a caller may act for, by id."""
        return [clinic for _, clinic in sorted((await self.all()).items()) if caller.may_see(clinic.id)]

    def check(self, document: str, file_name: str) -> Clinic:
        """What `load` would take in. Raises as it does, changes nothing."""
        return self._parse(document, file_name)

    async def load(self, document: str, file_name: str) -> Clinic:
        """Takes a clinic file into the tables. Raises InvalidInput naming file and field; then nothing changes."""
        clinic = self.check(document, file_name)
        await self._stored.put(clinic.id, document, self._clock.now())
        self._reread.forget()
        return clinic

    async def _read(self) -> None:
        documents = await self._stored.all()
        self._parsed = {key: (text, self._clinic(key, text)) for key, text in sorted(documents.items())}
        self._clinics = {key: clinic for key, (_, clinic) in self._parsed.items() if clinic is not None}

    def _clinic(self, clinic_id: str, text: str) -> Clinic | None:
        known_text, known = self._parsed.get(clinic_id, ("", None))
        if known_text == text:
            return known
        try:
            return self._parse(text, f"clinic {clinic_id}")
        except InvalidInput as error:
            log.error("clinic_invalid clinic=%s field=%s", clinic_id, error.details[0].field if error.details else "")
            return None


def _from_default_account(clinic: Clinic, channel: str) -> bool:
    return any(way.account == DEFAULT_ACCOUNT for way in clinic.channels if channel in ("", way.channel))
