"""Every error that this system raises on purpose, as one tree.

    PatientMessagingError
    ├── InvalidInput             400  the caller must change something; `details` name the fields
    │   ├── InvalidCursor        400  a broken or foreign page cursor
    │   ├── BodyTooLarge         413
    │   └── UnsupportedMedia     415
    ├── Unauthenticated          401  no key or token, or one that counts for nothing
    ├── Forbidden                403  a valid caller, but not for this
    ├── NotFound                 404
    ├── Conflict                 409  the state of the thing forbids it, or another worker holds it
    │   └── NotAllowed                a rule forbids it; `code` is the rule's own, such as `opted_out`
    ├── IdempotencyMismatch      422  the same idempotency key came with another body
    ├── TooManyRequests          429
    ├── ConfigurationError       503  a setting or clinic file is wrong: an operator must act
    │   └── StorageNotSetUp           the account has no tables yet
    ├── DirectoryUnavailable     503  who signs tokens does not answer, and we cannot judge one without it (retryable)
    ├── CallbackRefused          403  a provider's callback whose signature, time or form is wrong
    ├── SourceError              503
    │   ├── SourceUnavailable         no answer: try again later (retryable)
    │   ├── SourceIncomplete          the list could not be read as a whole: never pass it off as whole (retryable)
    │   └── SourceRefused             the source says no (credentials, bad query): an operator must act
    └── StorageError             503
        ├── StorageUnavailable        (retryable)
        ├── RowExists            409  an insert met the same key
        ├── RowChanged           412  an update met another version
        ├── RowMissing           404
        ├── RowTooLarge          413  over a limit of Table Storage that we guard ourselves
        └── Unsealable                a stored value that cannot be decrypted: wrong key, or moved to another row

Rules: `message` is for a person and never holds patient data; `code` is for machines and logs.
What a provider answers to a send is no exception but a value: see `shared.domain.outcome`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field of an input: `field` is its path (`data.thing3.value`), `message` what to do."""

    field: str
    message: str


class PatientMessagingError(Exception):
    """Base of the tree. `retryable`: the same call may succeed later. `outcome_known`: nothing happened outside."""

    code: str = "internal"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    outcome_known: ClassVar[bool] = True

    def __init__(
        self, message: str, details: Sequence[FieldProblem] = (), *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.retry_after_s = retry_after_s


class InvalidInput(PatientMessagingError):
    code = "invalid_input"
    http_status = 400


class InvalidCursor(InvalidInput):
    code = "invalid_cursor"


class BodyTooLarge(InvalidInput):
    code = "body_too_large"
    http_status = 413


class UnsupportedMedia(InvalidInput):
    code = "unsupported_media"
    http_status = 415


class Unauthenticated(PatientMessagingError):
    code = "unauthenticated"
    http_status = 401


class Forbidden(PatientMessagingError):
    code = "forbidden"
    http_status = 403


class NotFound(PatientMessagingError):
    code = "not_found"
    http_status = 404


class Conflict(PatientMessagingError):
    code = "conflict"
    http_status = 409


class NotAllowed(Conflict):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class IdempotencyMismatch(PatientMessagingError):
    code = "idempotency_mismatch"
    http_status = 422


class TooManyRequests(PatientMessagingError):
    code = "too_many_requests"
    http_status = 429
    retryable = True


class ConfigurationError(PatientMessagingError):
    code = "configuration"
    http_status = 503


class StorageNotSetUp(ConfigurationError):
    pass


class DirectoryUnavailable(PatientMessagingError):
    code = "directory_unavailable"
    http_status = 503
    retryable = True


class CallbackRefused(PatientMessagingError):
    code = "callback_refused"
    http_status = 403


class SourceError(PatientMessagingError):
    code = "source"
    http_status = 503


class SourceUnavailable(SourceError):
    code = "source_unavailable"
    retryable = True


class SourceIncomplete(SourceError):
    code = "source_incomplete"
    retryable = True


class SourceRefused(SourceError):
    code = "source_refused"


class StorageError(PatientMessagingError):
    code = "storage"
    http_status = 503


class StorageUnavailable(StorageError):
    code = "storage_unavailable"
    retryable = True
    outcome_known = False


class RowExists(StorageError):
    code = "row_exists"
    http_status = 409


class RowChanged(StorageError):
    code = "row_changed"
    http_status = 412


class RowMissing(StorageError):
    code = "row_missing"
    http_status = 404


class RowTooLarge(StorageError):
    code = "row_too_large"
    http_status = 413


class Unsealable(StorageError):
    code = "unsealable"
