"""What tells callers, and what manages their keys."""

from shared.identity.contract import NoTokens, Tokens
from shared.services.access.identify import Callers
from shared.services.access.known_keys import KnownKeys
from shared.services.access.manage_keys import ManageKeys
from shared.services.accounts import KeepAccounts
from shared.wiring.parts import Parts


def make_callers(parts: Parts) -> Callers:
    keys = KnownKeys(parts.storage.api_keys, parts.pseudonyms, parts.clock)
    return Callers(keys, _tokens(parts), parts.settings.local_api_key)


def make_manage_keys(parts: Parts) -> ManageKeys:
    return ManageKeys(
        api_keys=parts.storage.api_keys, clinics=parts.clinics, pseudonyms=parts.pseudonyms, clock=parts.clock
    )


def make_keep_accounts(parts: Parts) -> KeepAccounts:
    return KeepAccounts(
        stored=parts.storage.clinics,
        clinics=parts.clinics,
        due=parts.storage.due,
        messages=parts.storage.messages,
        check=parts.accounts.check,
        known_names=parts.accounts.names,
        clock=parts.clock,
    )


def _tokens(parts: Parts) -> Tokens:
    settings = parts.settings
    if not settings.entra_tenant_id:
        return NoTokens()
    from shared.identity.authority import Authority
    from shared.identity.entra import EntraTokens
    from shared.identity.entra_claims import EntraClaims
    from shared.identity.published_keys import PublishedKeys
    from shared.identity.signing_keys import SigningKeys

    authority = Authority(settings.entra_authority, settings.entra_tenant_id)
    keys = SigningKeys(PublishedKeys(authority, parts.network.http), parts.clock)
    return EntraTokens(EntraClaims(authority, settings.entra_audiences), keys, parts.clock)
