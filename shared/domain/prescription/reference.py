"""A prescription reference as a person typed it, judged before it is shown to anybody.

    kind                     form                                                    shown as
    nhs_eps                  six hexadecimal, six of the prescriber's ODS code,      24F5DA-A83008-7EFE6Z
                             five hexadecimal, MOD 37-2 check character
    clinic_code              8 to 15 of our alphabet, MOD 37-36 check character      ABC-DEF-GHJ
    china                    6 to 30 of A-Z, 0-9, - (医保处方编号)                     as typed, in capitals
    india                    as clinic_code; the message names the prescriber        ABC-DEF-GHJ

A wrong character would give the patient a code that no pharmacy knows, or another patient's. So what fails its check is
refused, with the group that was probably mistyped; it is never put right by guessing.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.prescription.check_character import mod_37_2, mod_37_36
from shared.domain.prescription.mistyped import probable_groups

CLINIC_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without 0 O, 1 I L, and U: nobody can confuse them when they read or hear a code (health.md 2.3)."""
SHORTEST_CLINIC_CODE, LONGEST_CLINIC_CODE = 9, 16  # with the check character
LONGEST_TYPED = 60

_EPS = re.compile(r"[0-9A-Z]{17}[0-9A-Z+]")
_EPS_LENGTH = 18
_HEX = frozenset("0123456789ABCDEF")
_CHINA = re.compile(r"[A-Z0-9-]{6,30}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212_.]+")
_REGISTRATION = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9 ./-]{2,29}")
_GROUP = 3  # characters of a clinic code that are shown together


class PrescriptionKind(StrEnum):
    """Which kind of code it is. Values stand in files, forms and rows."""

    NHS_EPS = "nhs_eps"
    CLINIC_CODE = "clinic_code"
    CHINA = "china"
    INDIA = "india"


class ReferenceFault(StrEnum):
    """Why a typed reference is none. Words in `shared/wording/reasons.json`, kind `reference`."""

    MISSING = "missing"
    EPS_LENGTH = "eps_length"
    EPS_CHARACTERS = "eps_characters"  # something that is neither letter, digit nor the + at the end
    EPS_NOT_HEX = "eps_not_hex"  # a letter after F in group 1 or 3
    EPS_CHECK = "eps_check"
    CODE_LENGTH = "code_length"
    CODE_CHARACTERS = "code_characters"  # one that our codes never have
    CODE_CHECK = "code_check"
    CHINA_FORM = "china_form"
    CHINA_TOKEN = "china_token"  # noqa: S105 - longer than a reference: it may be the electronic token, which is secret
    REGISTRATION_MISSING = "registration_missing"
    REGISTRATION_FORM = "registration_form"


@dataclass(frozen=True, slots=True)
class ReferenceProblem:
    """Why, and in which groups (1 to 3) to look first; empty: anywhere."""

    fault: ReferenceFault
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that passed every check of its kind. Patient data: never log one.

    `code` is what a pharmacy's computer expects: an EPS id with its hyphens (FHIR prescription-order-number), a clinic
    code without any. Raises ValueError for what `read_reference` would refuse or write otherwise.
    """

    kind: PrescriptionKind
    code: str

    def __post_init__(self) -> None:
        found = read_code(self.kind, self.code)
        if found != self.code:
            raise ValueError("not a reference of this kind")

    @property
    def groups(self) -> tuple[str, ...]:
        """As a person reads it aloud: what stands between hyphens."""
        match self.kind:
            case PrescriptionKind.CLINIC_CODE | PrescriptionKind.INDIA:
                return tuple(self.code[i : i + _GROUP] for i in range(0, len(self.code), _GROUP))
            case _:
                return tuple(part for part in self.code.split("-") if part)

    @property
    def shown(self) -> str:
        """With hyphens, always (health.md 2.1)."""
        return self.code if self.kind is PrescriptionKind.CHINA else "-".join(self.groups)


def read_reference(kind: PrescriptionKind, typed: str) -> Reference | ReferenceProblem:
    """What a person typed, in any case, with or without hyphens and spaces."""
    found = read_code(kind, typed)
    return found if isinstance(found, ReferenceProblem) else Reference(kind, found)


def read_code(kind: PrescriptionKind, typed: str) -> str | ReferenceProblem:
    """The code in its one form."""
    text = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).strip().upper()
    if not text:
        return ReferenceProblem(ReferenceFault.MISSING)
    match kind:
        case PrescriptionKind.NHS_EPS:
            return _eps(_BETWEEN.sub("", text))
        case PrescriptionKind.CLINIC_CODE | PrescriptionKind.INDIA:
            return _clinic_code(_BETWEEN.sub("", text))
        case PrescriptionKind.CHINA:
            return _china(re.sub(r"\s+", "", text))


def clinic_code(random_part: str) -> str:
    """The code for characters that somebody drew at random: they and their check character. The caller draws anew where
    that character is none of the alphabet."""
    return random_part + mod_37_36(random_part)


def registration_problem(typed: str) -> ReferenceFault | None:
    """Of an Indian prescriber's registration number, which every communication must show (Telemedicine Practice
    Guidelines 2020)."""
    if not typed.strip():
        return ReferenceFault.REGISTRATION_MISSING
    return None if _REGISTRATION.fullmatch(typed.strip()) else ReferenceFault.REGISTRATION_FORM


def _eps(text: str) -> str | ReferenceProblem:
    if len(text) != _EPS_LENGTH:
        return ReferenceProblem(ReferenceFault.EPS_LENGTH)
    if _EPS.fullmatch(text) is None:
        odd = (i for i, c in enumerate(text) if not (c.isascii() and c.isalnum()) and (c != "+" or i < 17))
        return ReferenceProblem(ReferenceFault.EPS_CHARACTERS, tuple(sorted({i // 6 + 1 for i in odd})))
    not_hex = tuple(group for group, part in ((1, text[:6]), (3, text[12:17])) if not _HEX.issuperset(part))
    if not_hex:
        return ReferenceProblem(ReferenceFault.EPS_NOT_HEX, not_hex)
    if mod_37_2(text[:17]) != text[17]:
        return ReferenceProblem(ReferenceFault.EPS_CHECK, probable_groups(text, _is_eps))
    return "-".join((text[:6], text[6:12], text[12:]))


def _is_eps(text: str) -> bool:
    return _HEX.issuperset(text[:6] + text[12:17]) and "+" not in text[:17] and mod_37_2(text[:17]) == text[17]


def _clinic_code(text: str) -> str | ReferenceProblem:
    if not SHORTEST_CLINIC_CODE <= len(text) <= LONGEST_CLINIC_CODE:
        return ReferenceProblem(ReferenceFault.CODE_LENGTH)
    odd = {i // _GROUP + 1 for i, character in enumerate(text) if character not in CLINIC_ALPHABET}
    if odd:
        return ReferenceProblem(ReferenceFault.CODE_CHARACTERS, tuple(sorted(odd)))
    return text if mod_37_36(text[:-1]) == text[-1] else ReferenceProblem(ReferenceFault.CODE_CHECK)


def _china(text: str) -> str | ReferenceProblem:
    if len(text) > 30:
        return ReferenceProblem(ReferenceFault.CHINA_TOKEN)
    usable = _CHINA.fullmatch(text) and any(character.isdigit() for character in text)
    return text if usable else ReferenceProblem(ReferenceFault.CHINA_FORM)
