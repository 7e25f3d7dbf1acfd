"""What the roles in a token allow. They are app roles of this app's registration, given to people, groups and apps.

| Role | Gives |
|---|---|
| `PatientMessaging.Read` | to read |
| `PatientMessaging.Send` | all that changes something |
| `PatientMessaging.Clinic.<clinic id>` | that clinic |
| `PatientMessaging.AllClinics` | every clinic |

An app that calls for a person must have been given the scope `user_impersonation` as well: the person's roles say what
they may do, the scope that they let this app do it.
"""

from shared.domain.identity import CLINIC_ID
from shared.domain.permission import Permission
from shared.errors import Forbidden
from shared.identity.contract import TokenHolder
from shared.services.callers import Caller

_OURS = "PatientMessaging."
PERMISSIONS = {f"{_OURS}Read": Permission.READ, f"{_OURS}Send": Permission.SEND}
ALL_CLINICS = f"{_OURS}AllClinics"
CLINIC = f"{_OURS}Clinic."
SCOPE = "user_impersonation"


def caller_of(holder: TokenHolder) -> Caller:
    """Raises Forbidden that says what to ask for, where the token allows nothing at all."""
    if holder.scopes is not None and SCOPE not in holder.scopes:
        raise Forbidden(f"The app that you use may not call this one for you. Ask for its permission {SCOPE}.")
    permissions = frozenset(found for role, found in PERMISSIONS.items() if role in holder.roles)
    if not permissions:
        raise Forbidden(
            f"You are signed in but may do nothing here yet. Ask whoever manages access for the role {_OURS}Read, to "
            f"see, or {_OURS}Send, to send."
        )
    clinics = None if ALL_CLINICS in holder.roles else _clinics(holder)
    if clinics is not None and not clinics:
        raise Forbidden(
            "You are signed in but no clinic was given to you yet. Ask whoever manages access for the role "
            f"{CLINIC}<clinic id> of your clinic."
        )
    return Caller(holder.id, holder.name, clinics, permissions)


def _clinics(holder: TokenHolder) -> frozenset[str]:
    named = (role.removeprefix(CLINIC) for role in holder.roles if role.startswith(CLINIC))
    return frozenset(name for name in named if CLINIC_ID.fullmatch(name))
