"""By which channel a patient is reached: the first that every check allows."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.domain.appointment import ContactPreference, Patient
from shared.domain.clinic import AddressKind, Clinic, ClinicChannel, OptInRule
from shared.domain.contact import Address, ContactProblem, address_for, wire_form
from shared.domain.decision import SkipReason
from shared.domain.register import PatientRecord

OptedOut = Callable[[str, str], bool]
"""(channel, address) -> whether this address said STOP on this channel."""
Unreachable = Callable[[str, str], bool]
"""(channel, address) -> whether messages do not reach this address, or a person must look before any goes there."""
Shared = Callable[[AddressKind, str], bool]
"""(kind, address) -> whether another patient of the list has this address; see `shared.domain.number_owners`."""


@dataclass(frozen=True, slots=True)
class Way:
    """A channel that may be used for a patient, and their address there."""

    channel: ClinicChannel
    address: Address


@dataclass(frozen=True, slots=True)
class NoWay:
    """Why a patient cannot be reached; `stage`: how far the checks of the channel came. `detail` is no patient data."""

    stage: int
    reason: SkipReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom we want to reach, and what is known of them."""

    patient: Patient
    record: PatientRecord
    is_opted_out: OptedOut
    is_unreachable: Unreachable
    is_shared: Shared
    clinic: Clinic
    now: datetime

    def way(self) -> Way | NoWay:
        """The patient's preferred channel if the clinic has it, then the clinic's order; the first that passes wins.

        Checks of a channel: 1 "no telephone" where it needs a number, and a usable address; 2 not opted out; 3 opt-in;
        4 no mark against the address; 5 address not shared with another patient (asked last, so that only who would be
        written to counts).
        Where none passes, the reason is that of the channel that came furthest, of equals the first: it is the one that
        staff can most nearly put right.
        """
        furthest = NoWay(0, SkipReason.NO_ADDRESS)
        preferred = self.record.preferred_channel
        for channel in sorted(self.clinic.channels, key=lambda c: c.channel != preferred):
            found = self._by(channel)
            if isinstance(found, Way):
                return found
            if found.stage > furthest.stage:
                furthest = found
        return furthest

    def _by(self, channel: ClinicChannel) -> Way | NoWay:
        address = self._address(channel)
        if isinstance(address, ContactProblem):
            return NoWay(1, address.reason, address.detail or channel.channel)
        if self.is_opted_out(channel.channel, wire_form(address)):
            return NoWay(2, SkipReason.OPTED_OUT, channel.channel)
        if channel.opt_in is OptInRule.REQUIRED and channel.channel not in self.record.opted_in:
            return NoWay(3, SkipReason.NO_OPT_IN, channel.channel)
        if self.is_unreachable(channel.channel, wire_form(address)):
            return NoWay(4, SkipReason.UNREACHABLE, channel.channel)
        if self.is_shared(channel.address_kind, wire_form(address)):
            return NoWay(5, SkipReason.NUMBER_SHARED, channel.channel)
        return Way(channel, address)

    def _address(self, channel: ClinicChannel) -> Address | ContactProblem:
        # PDS contact preference 8 is about telephones; an account that the patient follows is none (health.md 1.6)
        no_telephone = ContactPreference.NO_TELEPHONE in self.patient.contact_preferences
        if no_telephone and channel.address_kind is AddressKind.PHONE:
            return ContactProblem(SkipReason.NO_TELEPHONE)
        bound = self.record.addresses.get(channel.channel, "")
        return address_for(channel.address_kind, self.patient, self.clinic.region, bound, self.now)
