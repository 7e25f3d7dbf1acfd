"""Provider accounts of clinics' own: their secrets, checked as a whole and kept sealed. Nothing here ever shows one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.clock import Clock
from shared.domain.clinic import Clinic
from shared.domain.message import lane_of
from shared.errors import Conflict, InvalidInput, NotFound
from shared.services.clinics import DEFAULT_ACCOUNT, ClinicBook
from shared.storage.contract import Clinics, Due, Messages

CheckAccount = Callable[[str, str, Mapping[str, str]], None]
"""Raises NotFound for a channel that does not exist, ConfigurationError naming every setting that is missing or wrong,
never a value."""
KnownNames = Callable[[str], frozenset[str]]
"""Names of the settings that an account of a channel may have. Raises NotFound."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as clinics name it. `names`: the settings that are kept for it; None: nothing is."""

    channel: str
    account: str
    clinics: tuple[str, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAccounts:
    """The default account's are app settings, and not kept here."""

    stored: Clinics
    clinics: ClinicBook
    due: Due
    messages: Messages
    check: CheckAccount
    known_names: KnownNames
    clock: Clock

    async def set(self, channel: str, account: str, secrets: Mapping[str, object], *, keep: bool = True) -> bool:
        """Whether there was one before, which is replaced as a whole. `keep` False: only checks. Raises NotFound,
        InvalidInput, ConfigurationError; then nothing changes, and no value is named."""
        names = self.known_names(channel)
        if account == DEFAULT_ACCOUNT or not account.strip() or len(account) > LONGEST_NAME:
            raise InvalidInput(
                f"Give the account a name of its own, of at most {LONGEST_NAME} characters: `{DEFAULT_ACCOUNT}` is the "
                "one in the app settings."
            )
        if strange := sorted(secrets.keys() - names):
            raise InvalidInput(f"There is no setting {', '.join(strange)}. There are: {', '.join(sorted(names))}.")
        if not all(isinstance(value, str) for value in secrets.values()):
            raise InvalidInput("Every value must be text.")
        values = {name: str(value).strip() for name, value in secrets.items()}
        self.check(channel, account, values)
        there = await self.stored.account(channel, account) is not None
        if keep:
            await self.stored.put_account(channel, account, values, self.clock.now())
        return there

    async def remove(self, channel: str, account: str) -> None:
        """Forgets its secrets for good. Raises as `require_unneeded` does, and then nothing changes."""
        await self.require_unneeded(channel, account)
        await self.stored.remove_account(channel, account)

    async def require_unneeded(self, channel: str, account: str) -> None:
        """Raises NotFound where nothing is kept of it; Conflict where a clinic sends from it, or may, or a message that
        needs it has not come to its end."""
        self.known_names(channel)
        if account == DEFAULT_ACCOUNT or await self.stored.account(channel, account) is None:
            raise NotFound("No secrets are kept of such an account. `ops account list` shows those there are.")
        if senders := ", ".join(sorted(one.id for one in await self.clinics.of_account(channel, account))):
            raise Conflict(f"{senders} sends from this account: load a clinic's file that names another one first.")
        if unread := ", ".join(sorted((await self.stored.all()).keys() - (await self.clinics.all()).keys())):
            raise Conflict(
                f"The file of {unread} is not valid any more, so nobody can say whether it sends from this account. "
                "Load it again first."
            )
        if waiting := await self._waiting(lane_of(channel, account)):
            raise Conflict(
                f"{waiting} messages wait to be sent from this account, or have not come to their end yet: cancel "
                "them, or try again later (`ops due list` shows them)."
            )

    async def _waiting(self, lane: str) -> int:
        """A row that does not say by which account is one that a receipt has just put in line: its message says it."""
        count = 0
        async for row in self.due.everything():
            if not row.lane:
                message = await self.messages.read(row.message_id)
                count += message is not None and message.lane == lane
            else:
                count += row.lane == lane
        return count

    async def all(self) -> Sequence[AccountState]:
        """Every account that a clinic's file names, the default ones too; and those of which only secrets are left."""
        by_place: dict[tuple[str, str], list[Clinic]] = {place: [] for place in await self.stored.accounts()}
        for clinic in (await self.clinics.all()).values():
            for way in clinic.channels:
                by_place.setdefault((way.channel, way.account), []).append(clinic)
        return [await self._state(*place, clinics) for place, clinics in sorted(by_place.items())]

    async def _state(self, channel: str, account: str, clinics: Sequence[Clinic]) -> AccountState:
        kept = await self.stored.account(channel, account) if account != DEFAULT_ACCOUNT else None
        names = None if kept is None else tuple(sorted(kept))
        return AccountState(channel, account, tuple(sorted(clinic.id for clinic in clinics)), names)
