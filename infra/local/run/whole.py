"""The local run as a whole: start the parts in order, run the job, show the result, serve, end the parts in reverse.

    Azurite ─▶ simulators ─▶ sample into the tables ─▶ development host ─▶ timer ─▶ table ─▶ serve until Ctrl-C

The sample is loaded before the host listens, so that no timer plans with addresses of an earlier run.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from infra.local.azurite import Azurite
from infra.local.host.development_host import DevelopmentHost
from infra.local.run import reminder_job, shown
from infra.local.run.open_storage import noted, open_connection
from infra.local.run.parts import part
from infra.local.run.progress import Progress, RunStoppedError
from infra.local.run.settings import KEYS_FILE, OWN_ACCOUNTS, LocalSettings, local_settings
from infra.local.run.simulators import Simulators, running_simulators
from infra.local.run.story import Story
from infra.local.sample import lotus
from infra.local.sample.loading import CLINICS, Sample, SampleLoader
from infra.local.tools import ROOT
from shared.clock import SystemClock
from shared.settings import encryption_keys, index_key, read_settings
from shared.storage.azure import open_storage
from shared.storage.opened import OpenStorage
from shared.wiring import Services, build_services

LOOK_AFTER_STORAGE_S = 5.0
SHORTLY_S = 15.0
RECEIPTS_S = 3.0  # how long the end waits for receipts that are on their way


@dataclass(frozen=True, slots=True)
class LocalRun:
    """One run. `data`: the folder that holds storage, keys and the sample's files. Calling it gives the exit code."""

    data: Path
    port: int
    fresh: bool
    once: bool
    progress: Progress

    async def __call__(self) -> int:
        """Says what stops it, at once; then the parts that were started are ended."""
        async with AsyncExitStack() as parts:
            try:
                return await self._through(parts)
            except RunStoppedError as stopped:
                self.progress.say(f"stopped. {stopped}")
                return 1

    async def _through(self, parts: AsyncExitStack) -> int:
        """Raises RunStoppedError where a part does not start or does not go on."""
        self._check_port()
        self._check_alone()
        self._forget()
        with part("settings", "Correct the environment, local.settings.json or delete the file named."):
            settings = local_settings(self.data)
        azurite = await self._storage(parts)
        simulators = await self._simulators(parts, settings)
        values = settings.with_addresses(azurite.connection_string, {**simulators.addresses, **self._own_address()})
        services, storage = await self._services(parts, values)
        await self._past_midnight()
        sample = await self._sample(services, storage, simulators)
        host = await self._host(parts, values, simulators)
        story = Story(services, sample)
        with part("reminder job", "See the lines above; `--fresh` starts with empty tables."):
            await reminder_job.plan(host.url, story, self.progress)
            await reminder_job.follow(story, self.progress, _now)
        code = self._show(story, simulators, host.url, values["LOCAL_API_KEY"])
        if self.once:
            return code
        await self._serve(host, storage)
        return 0

    def _check_port(self) -> None:
        """Before anything else starts. A port of 0 is a free one."""
        with socket.socket() as probe:
            if os.name == "posix":  # elsewhere the option lets two programs listen on one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                to_do = "End the program that uses it, or choose another one with --port."
                raise RunStoppedError("host", f"port {self.port} is taken", to_do) from error

    def _own_address(self) -> Mapping[str, str]:
        """Where patients reach this run, for the links in their messages; a port that is free is not known yet."""
        return {"PUBLIC_URL": f"http://127.0.0.1:{self.port}"} if self.port else {}

    def _check_alone(self) -> None:
        if open_connection(self.data):
            to_do = "End the run or command that uses it, or choose another folder with --data."
            raise RunStoppedError("storage", f"the data in {_readable(self.data)} is open already", to_do)

    def _forget(self) -> None:
        if self.fresh:
            self.progress.say(f"--fresh: the data of earlier runs in {_readable(self.data / 'azurite')} is removed")
            shutil.rmtree(self.data / "azurite", ignore_errors=True)

    async def _storage(self, parts: AsyncExitStack) -> Azurite:
        with part("storage", "Azurite is needed: `python3 dev.py run` sets it up."):
            azurite = await parts.enter_async_context(Azurite(self.data / "azurite"))
            parts.enter_context(noted(self.data, azurite))
        self.progress.say(f"storage: Azurite, data in {_readable(self.data / 'azurite')}")
        return azurite

    async def _simulators(self, parts: AsyncExitStack, settings: LocalSettings) -> Simulators:
        with part("simulators", "Correct the settings named, or remove them: the run brings its own."):
            simulators = await parts.enter_async_context(running_simulators(settings))
        urls = f"WhatsApp {simulators.whatsapp_url}, WeChat {simulators.wechat_url}, FHIR {simulators.fhir_url}"
        self.progress.say(f"simulators: {urls}")
        for name in sorted(settings.given & simulators.addresses.keys()):
            self.progress.say(f"{name} is set: messages go there, not to the simulator")
        return simulators

    async def _services(self, parts: AsyncExitStack, values: Mapping[str, str]) -> tuple[Services, OpenStorage]:
        with part("storage", f"Delete {_readable(self.data)} if its {KEYS_FILE} was lost or changed."):
            read = read_settings(values)
            storage = open_storage(
                connection_string=read.storage_connection,
                encryption_keys=encryption_keys(read),
                index_key=index_key(read),
            )
            parts.push_async_callback(storage.aclose)
            await storage.create_tables()
            return build_services(read, storage, SystemClock()), storage

    async def _past_midnight(self) -> None:
        """The sample and today's run must be of one day: shortly before a clinic's midnight, waits for it."""
        waits_s = [_to_midnight_s(_now().astimezone(clinic.zone)) for clinic in CLINICS]
        if (wait_s := min(waits_s)) < SHORTLY_S:
            self.progress.say(f"a clinic's day ends now: waiting {wait_s:.0f} s for the next one")
            await asyncio.sleep(wait_s + 1)

    async def _sample(self, services: Services, storage: OpenStorage, simulators: Simulators) -> Sample:
        with part("sample", f"Delete {_readable(self.data)} and start again."):
            now = _now()
            loader = SampleLoader(
                clinics=services.clinics,
                patients=storage.patients,
                pseudonyms=services.plan.pseudonyms,
                fhir=simulators.fhir,
                fhir_url=simulators.fhir_url,
                folder=self.data / "sample",
            )
            for name, account in OWN_ACCOUNTS.items():
                await storage.clinics.put_account(lotus.CHANNEL, name, account, now)
            sample = await loader.load(now)
        count = sum(len(found) for found in sample.booked.values())
        self.progress.say(f"sample: {len(sample.booked)} clinics, {count} appointments from today to the seventh day")
        return sample

    async def _host(self, parts: AsyncExitStack, values: Mapping[str, str], simulators: Simulators) -> DevelopmentHost:
        with part("host", "The app was refused: `python3 dev.py check` says more."):
            host = DevelopmentHost(ROOT, values, self.port, report=self.progress.say)
            await parts.enter_async_context(host)
        parts.push_async_callback(self._last_receipts, simulators)
        simulators.call_back(host.url)
        self.progress.say(f"host: {len(host.functions)} functions on {host.url}")
        return host

    def _show(self, story: Story, simulators: Simulators, host_url: str, key: str) -> int:
        console, exceptions = shown.console(), shown.exceptions(story, simulators)
        shown.show_table(console, story.lines())
        shown.show_failures(console, story.failures)
        shown.show_received(console, simulators)
        if exceptions:
            shown.show_exceptions(console, exceptions)
        shown.show_where_to_look(console, host_url, key, story, simulators)
        return 1 if exceptions else 0

    async def _serve(self, host: DevelopmentHost, storage: OpenStorage) -> None:
        """Until Ctrl-C. Raises RunStoppedError when storage has gone."""
        self.progress.say(f"serving on {host.url} until Ctrl-C")
        try:
            while True:
                await asyncio.sleep(LOOK_AFTER_STORAGE_S)
                with part("storage", "Azurite has gone: start again. Ending takes a minute; Ctrl-C ends it now."):
                    await storage.clinics.read(lotus.LOTUS.id)
        except asyncio.CancelledError:  # Ctrl-C: this is how serving ends
            if (task := asyncio.current_task()) is not None:
                task.uncancel()

    async def _last_receipts(self, simulators: Simulators) -> None:
        """A receipt that is never posted would leave its message without an end in the next run."""
        if not self.once:
            self.progress.say("stopping: waiting for what runs")
        try:
            with suppress(TimeoutError):
                await simulators.settled(RECEIPTS_S)
        except asyncio.CancelledError:  # Ctrl-C while it ends: the host, which comes next, is not to wait either
            if (task := asyncio.current_task()) is not None:
                task.uncancel()  # it stays one Ctrl-C: asyncio.run counts
                task.cancel()
            raise


def _to_midnight_s(local: datetime) -> float:
    return (timedelta(days=1) - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)).total_seconds()


def _now() -> datetime:
    return SystemClock().now()


def _readable(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
