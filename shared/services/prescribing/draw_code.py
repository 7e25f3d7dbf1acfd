"""Draws a clinic's own prescription code: nobody can guess another one, and nobody can confuse its characters."""

import secrets

from shared.domain.prescription.reference import CLINIC_ALPHABET, PrescriptionKind, Reference, clinic_code

RANDOM_CHARACTERS = 11  # of 30: 5 × 10^16 codes; with the check character four groups of three


def draw_code() -> Reference:
    """Drawn again where the check character is none of the alphabet (six of 36)."""
    while True:
        code = clinic_code("".join(secrets.choice(CLINIC_ALPHABET) for _ in range(RANDOM_CHARACTERS)))
        if code[-1] in CLINIC_ALPHABET:
            return Reference(PrescriptionKind.CLINIC_CODE, code)
