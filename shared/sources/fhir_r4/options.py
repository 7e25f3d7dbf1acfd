"""What a clinic file may say of its FHIR server."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.domain.appointment import AppointmentStatus
from shared.sources.options import Options

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class NoAuth(Options):
    """An open server: a test server, or one behind a gateway that adds the credentials."""

    kind: Literal["none"] = "none"


class BearerAuth(Options):
    """A token that somebody else keeps fresh."""

    kind: Literal["bearer"]
    token: SecretStr


class PrivateKeyAuth(Options):
    """SMART backend services (hl7.org/fhir/smart-app-launch/backend-services.html), and NHS England's variant of it.

    NHS England's API platform: `algorithm` RS512, `token_url` https://{env}.api.service.nhs.uk/oauth2/token, no scope.
    Without `token_url` the server's `.well-known/smart-configuration` is asked.
    """

    kind: Literal["private_key_jwt"]
    client_id: str = Field(min_length=1)
    private_key: SecretStr  # PEM
    key_id: str = Field(min_length=1)
    algorithm: Literal["RS384", "ES384", "RS512"] = "RS384"
    token_url: str = ""
    scope: str = "system/Appointment.rs system/Patient.rs system/Location.rs"

    @model_validator(mode="after")
    def _no_scope_at_nhs_england(self) -> Self:
        # generate_bearer_token.py of NHSDigital/communications-manager-api sends none
        if self.algorithm == "RS512" and "scope" not in self.model_fields_set:
            object.__setattr__(self, "scope", "")
        return self


class ClientSecretAuth(Options):
    """OAuth 2.0 client credentials. With `tenant`: Entra ID, as Azure Health Data Services asks."""

    kind: Literal["client_credentials", "entra"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    tenant: str = Field(default="", pattern=r"^[A-Za-z0-9.\-]*$")
    token_url: str = ""
    scope: str = ""  # Entra's default: {origin of base_url}/.default

    @model_validator(mode="after")
    def _token_url_known(self) -> Self:
        if not self.token_url and not self.tenant:
            raise ValueError("needs tenant (Entra ID) or token_url")
        return self


class FhirOptions(Options):
    """One FHIR R4 server and how it is asked."""

    base_url: str
    auth: Annotated[NoAuth | BearerAuth | PrivateKeyAuth | ClientSecretAuth, Field(discriminator="kind")] = NoAuth()
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)  # such as NHSD-Target-Identifier
    allowed_origins: tuple[str, ...] = ()  # other scheme://host:port that may be asked with this server's token
    allow_plain_http: bool = False

    statuses: tuple[AppointmentStatus, ...] = ()  # none: all, so that cancelled appointments can be explained
    page_size: int = Field(default=100, ge=1, le=1000)
    max_pages: int = Field(default=2000, ge=1)
    check_total: bool = False  # ask for _total=accurate, and call a list with fewer matches incomplete
    patient_batch: int = Field(default=50, ge=1, le=50)  # 1: each patient is read alone, without a search
    patients_kept: int = Field(default=5000, ge=100)
    timeout_s: float = Field(default=30, gt=0)
    max_wait_s: float = Field(default=60, ge=0)  # the longest Retry-After that a run waits for

    zone: ZoneInfo | None = None  # of the clinic: what a start or birth date without an offset means
    midnight_means_no_time: bool = False  # 00:00 local is this system's "no time given" (Simple.org PR 5335)
    hidden_tags: tuple[str, ...] = ()  # `code` or `system|code` in the appointment's meta.tag or meta.security
    hidden_extensions: tuple[str, ...] = ()  # urls; the extension counts unless its value is false
    reference_system: str = ""  # the identifier system of the reference that patients may quote
    excluded_tags: tuple[str, ...] = ()  # as hidden_tags, on the patient: "no messages"
    openid_system: str = ""  # the identifier system under which this record keeps WeChat openids

    @field_validator("zone", mode="before")
    @classmethod
    def _zone_exists(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("write an IANA time zone such as Europe/London") from None

    @field_validator("base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise ValueError("write the server's address such as https://fhir.example.org/r4")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _patients_travel_encrypted(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK and not self.allow_plain_http:
            raise ValueError("base_url must be https (or set allow_plain_http inside a protected network)")
        if self.midnight_means_no_time and self.zone is None:
            raise ValueError("midnight_means_no_time needs zone")
        return self
