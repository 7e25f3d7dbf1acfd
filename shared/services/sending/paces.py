"""What each lane may do: the channel's own pace, or what the clinics that share the account ask for."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.domain.clinic import ClinicChannel
from shared.domain.pace import PaceRule, lane_parts, most_careful
from shared.services.clinics import ClinicBook

StandardPace = Callable[[str], PaceRule]
"""A channel's own pace, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """The rule of a lane. A changed clinic file acts within a minute (ClinicBook)."""

    clinics: ClinicBook
    standard: StandardPace

    async def rule(self, lane: str) -> PaceRule:
        """Where clinics share the account, the most careful of their rules holds."""
        channel, account = lane_parts(lane)
        standard = self.standard(channel)
        sharing = await self.clinics.of_account(channel, account)
        ways = (way for clinic in sharing if (way := clinic.channel(channel)) is not None)
        return most_careful(_own(way, standard) for way in ways) or standard


def _own(way: ClinicChannel, standard: PaceRule) -> PaceRule:
    per_second = standard.per_second if way.per_minute is None else way.per_minute / 60
    return replace(standard, per_second=per_second, per_day=way.per_day or standard.per_day)
