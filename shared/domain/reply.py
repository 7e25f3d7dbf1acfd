"""What an answer to a reminder means (health.md 6.2).

    a button of ours           -> what it stands for
    wrong person, deceased     -> a person, and the address is held
    seems to ask for STOP      -> a person, and the address is held
    STOP, START, HELP          -> only as the whole message
    1 2 3, confirm, cancel …   -> only as the whole message
    anything else              -> a person; what it seems to mean is a suggestion, never an act

Nothing inside a longer text ever acts: `Don't cancel my appointment` holds the word, and means the opposite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.message import RequestStatus
from shared.domain.reply_text import Heard, Phrases, heard


class Meaning(StrEnum):
    CONFIRM = "confirm"
    CANCEL = "cancel"  # of the appointment: never an opt-out
    RESCHEDULE = "reschedule"
    STOP = "stop"  # an opt-out of the channel
    STOP_REVIEW = "stop_review"  # seems to ask for an opt-out, in other words: a person decides
    START = "start"  # never a consent
    HELP = "help"
    WRONG_PERSON = "wrong_person"  # or the patient has died
    QUESTION = "question"
    UNCLEAR = "unclear"


REQUESTS: Mapping[Meaning, RequestStatus] = {
    Meaning.CONFIRM: RequestStatus.CONFIRMED_ATTENDANCE,
    Meaning.CANCEL: RequestStatus.PENDING_CANCELLATION,
    Meaning.RESCHEDULE: RequestStatus.PENDING_RESCHEDULE,
}
"""What an answer makes of an appointment."""

HOLD_THE_ADDRESS = frozenset({Meaning.WRONG_PERSON, Meaning.STOP_REVIEW})
"""Nothing more goes there until a person has read it (docs/decisions/0016)."""
_ACTING = frozenset({*REQUESTS, Meaning.STOP})


@dataclass(frozen=True, slots=True)
class Understood:
    """`acts`: may be acted on without a person. `suggestion`: what staff may take it for, where it does not act."""

    meaning: Meaning
    acts: bool = False
    suggestion: Meaning | None = None
    reference: str = ""  # of a button: names the message that it belongs to


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words of all languages together: patients answer in any. The shipped one is `shared/wording/replies.json`."""

    buttons: Mapping[str, Meaning]
    whole: Mapping[str, Meaning]  # by the words of `heard`
    wrong_person: Phrases
    not_wrong_person: Phrases  # "wrong number of tablets"
    stop_review: Phrases
    attend: Phrases
    no: Phrases
    cannot: Phrases
    cancel: Phrases
    keep: Phrases  # a negation next to a word for cancelling
    change: Phrases
    keep_time: Phrases  # the same next to a word for another time
    hedge: Phrases
    question: Phrases
    polite: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Signals:
    """What stands somewhere in a text. Two of the first six contradict each other."""

    attends: bool
    refuses: bool
    cannot: bool
    changes: bool
    asks: bool
    hedges: bool
    cancels: bool
    keeps: bool

    @property
    def mixed(self) -> bool:
        return self.keeps or sum((self.attends, self.refuses, self.cannot, self.changes, self.asks, self.hedges)) > 1

    @property
    def suggestion(self) -> Meaning | None:
        if self.changes:
            return Meaning.RESCHEDULE
        if self.cannot or (self.cancels and not self.keeps and not self.asks):
            return Meaning.CANCEL
        doubtful = self.refuses or self.hedges or self.asks
        return Meaning.CONFIRM if self.attends and not doubtful else None


def understand(text: str, payload: str, lexicon: Lexicon) -> Understood:
    """What a patient means. `payload`: of the button that was pressed; only `<answer>:<reference>` is one of ours, and
    beside any other payload the text is a label that somebody else wrote."""
    if payload:
        answer, _, reference = payload.partition(":")
        if reference and answer in lexicon.buttons:
            return Understood(lexicon.buttons[answer], acts=True, reference=reference)
    understood = _of_text(heard(text), lexicon)
    return only_suggested(understood) if payload else understood


def only_suggested(understood: Understood) -> Understood:
    """The same, but for a person to act on: the words stand in a caption, a reaction or an edit."""
    if not understood.acts:
        return understood
    if understood.meaning is Meaning.STOP:
        return Understood(Meaning.STOP_REVIEW)
    return Understood(Meaning.UNCLEAR, suggestion=understood.meaning)


def _of_text(said: Heard, lexicon: Lexicon) -> Understood:
    if lexicon.wrong_person.within(said.words) and not lexicon.not_wrong_person.within(said.words):
        return Understood(Meaning.WRONG_PERSON)
    if not said.asks and (whole := lexicon.whole.get(said.words)) is not None:
        return Understood(whole, acts=whole in _ACTING)
    core = lexicon.whole.get(" ".join(word for word in said.words.split() if word not in lexicon.polite))
    if core in (Meaning.STOP, Meaning.STOP_REVIEW) or lexicon.stop_review.within(said.words):
        return Understood(Meaning.STOP_REVIEW)
    signals = _signals(said, lexicon)
    suggestion = signals.suggestion or (core if core in REQUESTS and not signals.mixed and not said.asks else None)
    if signals.asks and not signals.mixed:
        return Understood(Meaning.QUESTION, suggestion=suggestion)
    return Understood(Meaning.UNCLEAR, suggestion=suggestion)


def _signals(said: Heard, lexicon: Lexicon) -> _Signals:
    words = said.words
    return _Signals(
        attends=lexicon.attend.within(words),
        refuses=lexicon.no.within(words),
        cannot=lexicon.cannot.within(words),
        changes=lexicon.change.within(words) and not lexicon.keep_time.within(words),
        asks=said.asks or lexicon.question.within(words),
        hedges=lexicon.hedge.within(words),
        cancels=lexicon.cancel.within(words),
        keeps=lexicon.keep.within(words) or lexicon.keep_time.within(words),
    )


class WhyAPerson(StrEnum):
    """Why something that a patient wrote or did is on the worklist. The words for staff stand in `reasons.json`."""

    UNCLEAR = "unclear"
    QUESTION = "question"
    HELP = "help"
    START = "start"
    STOP_REVIEW = "stop_review"
    STOP_FROM_UNKNOWN = "stop_from_unknown"  # from an address that we have not written to
    WRONG_PERSON = "wrong_person"
    NOT_TEXT = "not_text"  # a picture, a recording, a place, a reaction
    NO_PROMPT = "no_prompt"  # an answer, and no reminder that waits for one
    SEVERAL_PROMPTS = "several_prompts"
    WROTE_SINCE = "wrote_since"  # something else was sent after the reminder: a bare word may answer that
    OTHER_SENDER = "other_sender"  # the button was on a message to somebody else
    ANSWER_CHANGED = "answer_changed"  # they asked for something else before, which staff may be doing
    APPOINTMENT_CHANGED = "appointment_changed"
    APPOINTMENT_PASSED = "appointment_passed"
    ADDRESS_CHANGED = "address_changed"
    OTHER_CHANNEL_LEFT = "other_channel_left"  # after an opt-out: another channel may still be used
    PHONE_LEFT = "phone_left"  # after an opt-out: no other channel is left
