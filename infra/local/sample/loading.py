"""The sample into the running system: clinics, registers, extract files, and what the FHIR server holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from infra.local.sample import harbour, lotus, opt_ins, riverside
from infra.local.sample.booking import Booking, SampleClinic
from infra.local.sample.case import Case
from infra.local.sample.harbour import HARBOUR
from infra.local.sample.lotus import LOTUS
from infra.local.sample.riverside import RIVERSIDE
from infra.local.sample.riverside_fhir import Resource, resources
from shared.domain.identity import Pseudonyms
from shared.services.clinics import ClinicBook
from shared.storage.contract import Patients

CLINICS = (RIVERSIDE, HARBOUR, LOTUS)
QUIET_IN = timedelta(hours=6)
QUIET_FOR = timedelta(hours=8)
UNSENT_IN = timedelta(hours=1)

_FILES = Path(__file__).with_name("clinics")


class FhirServer(Protocol):
    """What is needed of the FHIR simulator."""

    def load(self, resources: Iterable[Resource]) -> None: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """What was loaded, by clinic id: the appointments by id, and the lines that a source must report."""

    as_of: datetime
    booked: Mapping[str, Mapping[str, Booking]]
    reported: Mapping[str, Mapping[str, Case]]


@dataclass(frozen=True, slots=True)
class SampleLoader:
    """Takes the sample in. `folder` gets the files; `fhir_url` is where the clinic's file finds the FHIR server."""

    clinics: ClinicBook
    patients: Patients
    pseudonyms: Pseudonyms
    fhir: FhirServer
    fhir_url: str
    folder: Path

    async def load(self, now: datetime) -> Sample:
        """As of `now`. Repeatable: what is there already stays as it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        booked = {clinic.id: clinic.booked(now) for clinic in CLINICS}
        self.fhir.load(resources(booked[RIVERSIDE.id]))
        reported = {
            HARBOUR.id: harbour.EXTRACT.write(self.folder, booked[HARBOUR.id]),
            LOTUS.id: lotus.EXTRACT.write(self.folder, booked[LOTUS.id]),
        }
        await self._register(RIVERSIDE, riverside.CHANNEL, (), riverside.OBJECTIONS)
        await self._register(HARBOUR, harbour.CHANNEL, harbour.OPTED_IN, harbour.OBJECTIONS)
        await self._register(HARBOUR, harbour.SECOND_CHANNEL, harbour.OPTED_IN, ())
        await self._register(LOTUS, lotus.CHANNEL, lotus.OPTED_IN, lotus.OBJECTIONS)
        for patient_id, openid in harbour.BOUND.items():
            key = self.pseudonyms.patient(HARBOUR.id, patient_id)
            await self.patients.bind(HARBOUR.id, key, harbour.CHANNEL, openid, opt_ins.ASKED_AT)
        for clinic in CLINICS:
            document = clinic_document(clinic, now, self._source(clinic))
            await self.clinics.load(document, f"{clinic.id}.json")
        return Sample(now, {key: {b.id: b for b in found} for key, found in booked.items()}, reported)

    async def _register(
        self, clinic: SampleClinic, channel: str, asked: Collection[str], objections: Collection[str]
    ) -> None:
        yes, no = (self.folder / f"{clinic.id}-{channel}-{name}.csv" for name in ("opt-ins", "objections"))
        if asked:
            opt_ins.write_opt_ins(yes, channel, asked)
            await opt_ins.load_opt_ins(yes, clinic.id, self.patients, self.pseudonyms)
        opt_ins.write_objections(no, channel, objections)
        await opt_ins.load_objections(no, clinic.id, self.patients, self.pseudonyms)

    def _source(self, clinic: SampleClinic) -> Mapping[str, object]:
        if clinic is RIVERSIDE:
            return {"base_url": self.fhir_url}
        return {"path": str((self.folder / f"{clinic.id}.csv").resolve())}


def clinic_document(clinic: SampleClinic, now: datetime, source: Mapping[str, object]) -> str:
    """The clinic's file with hours around `now`, so that reminders leave whatever the hour is.

    Its steps are due at the minute that has begun; quiet hours come in six hours; staff are told in an hour what was
    not sent for tomorrow (late in the evening: at its last minute), not while the first messages leave.
    """
    document = json.loads((_FILES / f"{clinic.id}.json").read_text("utf-8"))
    local = now.astimezone(clinic.zone)
    for step in document["steps"]:
        step["hour"] = f"{local:%H:%M}"
    quiet = local + QUIET_IN
    document["quiet_hours"] = {"start": f"{quiet:%H:%M}", "end": f"{quiet + QUIET_FOR:%H:%M}"}
    unsent = local + UNSENT_IN
    document["unsent_at"] = f"{unsent:%H:%M}" if unsent.date() == local.date() else "23:59"
    document["source"]["options"] |= source
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
