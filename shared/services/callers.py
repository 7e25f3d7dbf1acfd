"""Who calls, as every service sees them. `access/identify.py` tells it from a key or token."""

from dataclasses import dataclass

from shared.domain.permission import EVERYTHING, Permission
from shared.errors import Forbidden

__all__ = ["EVERYTHING", "Caller", "Permission"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may call. `clinics` None: all of them (an operator, or the local key)."""

    id: str
    name: str
    clinics: frozenset[str] | None
    permissions: frozenset[Permission] = EVERYTHING

    def may_see(self, clinic_id: str) -> bool:
        return self.clinics is None or clinic_id in self.clinics

    def require(self, clinic_id: str) -> None:
        """Raises Forbidden in the same words whether or not the clinic exists."""
        if not self.may_see(clinic_id):
            raise Forbidden("You may not act for that clinic.")

    def needs(self, permission: Permission) -> None:
        """Raises Forbidden where the caller lacks it."""
        if permission not in self.permissions:
            raise Forbidden(f"You lack the permission to {permission} here. Ask whoever manages access.")
