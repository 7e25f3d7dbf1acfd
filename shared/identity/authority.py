"""The authority that signs a tenant's tokens: where it publishes its keys, and what it calls itself in tokens."""

import re
from dataclasses import dataclass, field

_GLOBAL_V1 = "https://sts.windows.net"
V1_ISSUERS = {
    "https://login.microsoftonline.com": _GLOBAL_V1,
    "https://login.microsoftonline.us": _GLOBAL_V1,
    "https://login.partner.microsoftonline.cn": "https://sts.chinacloudapi.cn",  # operated by 21Vianet
}
"""Authority -> issuer of its v1.0 tokens (learn.microsoft.com, access-tokens; azure/china/resources-developer-guide)"""
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def is_guid(value: object) -> bool:
    """Whether it is a GUID in lower case, as every id in a token is."""
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Authority:
    """One tenant of Entra ID. `url` without a slash at its end."""

    url: str
    tenant_id: str
    issuers: dict[str, str] = field(init=False)
    """version of a token -> its issuer"""

    def __post_init__(self) -> None:
        issuers = {"2.0": f"{self.url}/{self.tenant_id}/v2.0"}
        if self.url in V1_ISSUERS:
            issuers["1.0"] = f"{V1_ISSUERS[self.url]}/{self.tenant_id}/"
        object.__setattr__(self, "issuers", issuers)

    @property
    def configuration_url(self) -> str:
        """OpenID Connect Discovery 1.0, 4."""
        return f"{self.url}/{self.tenant_id}/v2.0/.well-known/openid-configuration"
