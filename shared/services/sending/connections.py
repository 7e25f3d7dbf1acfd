"""Does it work? Asks every provider account of the caller's clinics, sends nothing, and says what is stopped."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.channels.contract import ConnectionReport
from shared.domain.clinic import Clinic
from shared.domain.message import lane_of
from shared.errors import ConfigurationError, NotFound
from shared.services.abreast import abreast
from shared.services.callers import Caller
from shared.services.clinics import ClinicBook
from shared.services.ports import OpenChannel
from shared.services.sending.circuits import Circuits
from shared.storage.contract import Stop


@dataclass(frozen=True, slots=True)
class Connection:
    """One account as it is now. `clinic`: one that uses it, in whose language it is explained."""

    channel: str
    account: str
    clinic: Clinic
    report: ConnectionReport
    stop: Stop | None
    stopped_templates: tuple[Stop, ...]

    @property
    def ok(self) -> bool:
        return self.report.ok and self.stop is None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportConnections:
    """`testconnection`."""

    clinics: ClinicBook
    circuits: Circuits
    open_channel: OpenChannel

    async def __call__(self, caller: Caller, channel: str) -> Sequence[Connection]:
        """By channel and account; `channel` empty: all."""
        accounts: dict[tuple[str, str], Clinic] = {}
        for clinic in (await self.clinics.all()).values():
            for way in clinic.channels:
                if caller.may_see(clinic.id) and channel in ("", way.channel):
                    accounts.setdefault((way.channel, way.account), clinic)

        async def connection(place: tuple[str, str]) -> Connection:
            lane = lane_of(*place)
            report = await self._report(*place)
            clinic_id = accounts[place].id
            stopped = await self.circuits.paused(lane, clinic_id) or await self.circuits.state(lane)
            templates = await self.circuits.stopped_templates(lane)
            return Connection(*place, accounts[place], report, stopped, templates)

        return await abreast(connection, sorted(accounts))

    async def _report(self, channel: str, account: str) -> ConnectionReport:
        try:
            opened = await self.open_channel(channel, account)
        except (ConfigurationError, NotFound) as error:
            return ConnectionReport(False, (error.message,))
        return await opened.test_connection()
