"""Circuits: where a provider says that nothing will pass for now, nothing is sent but a probe now and then.

    an account   stops on errors of its token, lock, payment, spam limit or quota; one message every 5 minutes may try
    a template   stops where it is missing, paused or refused; one message every 30 minutes may try

    closed ──error──▶ open ──a probe may go──▶ half open ──accepted──▶ closed, staff need do nothing more
                       ▲                           │
                       └────── the next probe ─────┘

Release lets an account's probe through and parks the others; a template's is let through by the worker that asks first.
All stops together are one small read, looked at again after ten seconds.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.domain.outcome import ErrorClass
from shared.domain.pace import lane_parts
from shared.errors import RowChanged
from shared.services.rereading import Rereading
from shared.services.sending.stoppages import Stoppage, Stoppages, StopReason
from shared.storage.contract import Lanes, Stop

STOPS_THE_LANE = frozenset({ErrorClass.AUTH, ErrorClass.ACCOUNT, ErrorClass.QUOTA})
FRESH_FOR = timedelta(seconds=10)
LANE_PROBE = timedelta(minutes=5)
TEMPLATE_PROBE = timedelta(minutes=30)

log = logging.getLogger(__name__)

type _Key = tuple[str, str]


def of_account(lane: str) -> str:
    """Under what a person's stop of an account stands, beside what the provider has stopped."""
    return f"paused-account:{lane}"


def of_clinic(clinic_id: str) -> str:
    return f"paused-clinic:{clinic_id}"


class Circuits:
    """What is stopped, for all lanes."""

    def __init__(self, lanes: Lanes, stoppages: Stoppages, clock: Clock) -> None:
        self._lanes = lanes
        self._stoppages = stoppages
        self._clock = clock
        self._stops: dict[_Key, Stop] = {}
        self._reread = Rereading(self._read, FRESH_FOR, clock)

    async def state(self, lane: str) -> Stop | None:
        """None: the lane sends. At most ten seconds old."""
        return (await self._known()).get((lane, ""))

    async def paused(self, lane: str, clinic_id: str) -> Stop | None:
        """What a person has stopped, the account or the clinic (pauses.py). At most ten seconds old."""
        known = await self._known()
        return known.get((of_account(lane), "")) or known.get((of_clinic(clinic_id), ""))

    def forget(self) -> None:
        """A person has stopped something, or let it go on."""
        self._reread.forget()

    async def stopped_templates(self, lane: str) -> tuple[Stop, ...]:
        known = await self._known()
        return tuple(stop for (of, template), stop in sorted(known.items()) if of == lane and template)

    async def open(self, lane: str, code: str, error_class: ErrorClass, wait_s: float | None = None) -> None:
        """The provider refused a message for the account's sake. Repeatable; staff are told once for each stop.
        `wait_s`: how long the provider says that it will refuse; no probe goes before."""
        now = self._clock.now()
        await self._open(Stop(lane, code, error_class, now, now + max(LANE_PROBE, timedelta(seconds=wait_s or 0))))

    async def stop_template(self, lane: str, template: str, code: str) -> None:
        """The provider refused a message for its template's sake."""
        now = self._clock.now()
        probe_at = now + TEMPLATE_PROBE
        await self._open(Stop(lane, code, ErrorClass.TEMPLATE, now, probe_at, template=template))

    async def accepted(self, lane: str, template: str = "") -> None:
        """The provider took a message: if it was the probe, the lane and the template send again. Costs nothing where
        nothing is stopped."""
        known = await self._known()
        for key in {(lane, ""), (lane, template)}:
            stop = known.get(key)
            if stop is not None and stop.probe:
                await self._close(key, stop)

    async def template_works(self, lane: str, template: str) -> None:
        """The provider says that a template may be used again."""
        key = (lane, template)
        if (stop := await self._fresh(key)) is not None:
            await self._close(key, stop)

    async def allows(self, lane: str, message_digest: str) -> bool:
        """Whether this message may go: any may where the lane sends, else only the probe."""
        stop = await self.state(lane)
        if stop is None or stop.probe == message_digest:
            return True
        stop = await self._fresh((lane, ""))  # it may have become the probe within these ten seconds
        return stop is None or stop.probe == message_digest

    async def probe(self, stop: Stop, message_digest: str, every: timedelta = LANE_PROBE) -> Stop | None:
        """Makes this message the probe if it is time for one. The stop as it stands then: the message is its `probe` or
        has lost to another one; None: it is over."""
        key, now = (stop.lane, stop.template), self._clock.now()
        kept = await self._lanes.stop(*key)
        if kept.value is None:
            self._stops.pop(key, None)
            return None
        if kept.value.probe_at > now:
            self._stops[key] = kept.value
            return kept.value
        probing = replace(kept.value, probe=message_digest, probe_at=now + every)
        await self._stoppages.tell(_stoppage(probing))  # again, for who died between stopping and telling
        try:
            await self._lanes.keep_stop(probing, kept.etag)
        except RowChanged:
            return await self._fresh(key)
        self._stops[key] = probing
        return probing

    async def template_stopped(self, lane: str, template: str, message_digest: str) -> datetime | None:
        """None: a message with this template may go. Else when it may ask again; every half hour one is let through."""
        stop = (await self._known()).get((lane, template))
        if stop is not None and stop.probe != message_digest and stop.probe_at <= self._clock.now():
            stop = await self.probe(stop, message_digest, TEMPLATE_PROBE)
        return None if stop is None or stop.probe == message_digest else stop.probe_at

    async def _open(self, stop: Stop) -> None:
        key = stop.lane, stop.template
        if key in await self._known():
            return
        channel, account = lane_parts(stop.lane)
        log.error("sending_stopped channel=%s account=%s code=%s", channel, account, stop.code)
        try:
            await self._lanes.keep_stop(stop, "")
        except RowChanged:
            there = await self._fresh(key)  # another worker was first: staff are told of the one stop
            if there is None:
                return
            stop = there
        self._stops[key] = stop
        await self._stoppages.tell(_stoppage(stop))

    async def _close(self, key: _Key, stop: Stop) -> None:
        channel, account = lane_parts(stop.lane)
        log.info("sending_again channel=%s account=%s code=%s", channel, account, stop.code)
        await self._stoppages.over(_stoppage(stop), self._clock.now())  # first: while the stop stands it is repeated
        await self._lanes.end_stop(stop)
        self._stops.pop(key, None)

    async def _fresh(self, key: _Key) -> Stop | None:
        stop = (await self._lanes.stop(*key)).value
        if stop is None:
            self._stops.pop(key, None)
        else:
            self._stops[key] = stop
        return stop

    async def _known(self) -> Mapping[_Key, Stop]:
        await self._reread()
        return self._stops

    async def _read(self) -> None:
        self._stops = {(stop.lane, stop.template): stop for stop in await self._lanes.stops()}


def _stoppage(stop: Stop) -> Stoppage:
    return Stoppage(stop.lane, StopReason(stop.error_class), stop.since, stop.template)
