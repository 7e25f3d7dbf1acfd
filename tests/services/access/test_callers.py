"""Who a caller is: by key, by token, by nothing; and what is said to whoever is refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from shared.domain.api_key import api_key, is_mistyped
from shared.domain.identity import Pseudonyms
from shared.errors import Forbidden, InvalidInput, NotFound, StorageUnavailable, Unauthenticated
from shared.identity.contract import NoTokens
from shared.services.access.identify import Callers
from shared.services.access.known_keys import KnownKeys
from shared.services.callers import Caller, Permission
from shared.storage.contract import ApiKey
from tests.identity.authority import CLIENT, NURSE, TENANT, TestAuthority
from tests.world import NOW, MovedClock, World, clinic_document, world

PSEUDONYMS = Pseudonyms(b"i" * 32)
KEY, OTHERS_KEY = api_key(b"k" * 24), api_key(b"o" * 24)
ROW = ApiKey("key-1", "Front desk flow", frozenset({"riverside"}), NOW)


@dataclass
class CountedKeys:
    """Keys by what a caller presents. `fails`: the store does not answer."""

    rows: dict[str, ApiKey]
    readings: int = 0
    fails: bool = False

    async def all(self) -> Mapping[str, ApiKey]:
        self.readings += 1
        await asyncio.sleep(0)
        if self.fails:
            raise StorageUnavailable("Storage does not answer.")
        return {PSEUDONYMS.digest("api-key", text): row for text, row in self.rows.items()}


@dataclass
class Door:
    """A guard of its own."""

    stored: CountedKeys = field(default_factory=lambda: CountedKeys({KEY: ROW}))
    clock: MovedClock = field(default_factory=MovedClock)
    tokens: Any = field(default_factory=NoTokens)
    local_key: str = ""

    def __post_init__(self) -> None:
        keys = KnownKeys(self.stored, PSEUDONYMS, self.clock)  # type: ignore[arg-type]
        self.callers = Callers(keys, self.tokens, self.local_key)

    async def refuses(self, api_key: str | None, authorization: str | None = None) -> str:
        with pytest.raises(Unauthenticated) as caught:
            await self.callers.identify(api_key, authorization)
        return caught.value.message


async def test_a_key_says_who_calls_for_which_clinic_and_what_they_may() -> None:
    reading = replace(ROW, permissions=frozenset({Permission.READ}))
    door = Door(CountedKeys({KEY: ROW, OTHERS_KEY: replace(reading, id="key-2", clinics=frozenset())}))
    both = frozenset({Permission.READ, Permission.SEND})
    assert await door.callers.identify(KEY) == Caller("key-1", "Front desk flow", frozenset({"riverside"}), both)
    other = await door.callers.identify(OTHERS_KEY)
    assert other.clinics is None
    with pytest.raises(Forbidden, match="permission to send"):
        other.needs(Permission.SEND)


async def test_a_page_of_requests_reads_the_keys_once() -> None:
    door = Door()
    await asyncio.gather(*(door.callers.identify(KEY) for _ in range(100)))
    door.clock.advance(seconds=59)
    await door.callers.identify(KEY)
    assert door.stored.readings == 1


async def test_a_revoked_key_stops_within_a_minute() -> None:
    door = Door()
    await door.callers.identify(KEY)
    door.stored.rows[KEY] = replace(ROW, revoked_at=NOW)
    door.clock.advance(seconds=61)
    await door.refuses(KEY)


async def test_a_new_key_works_at_once_or_after_two_seconds() -> None:
    door = Door()
    await door.callers.identify(KEY)
    door.stored.rows[OTHERS_KEY] = replace(ROW, id="key-2")
    door.clock.advance(seconds=2)
    assert (await door.callers.identify(OTHERS_KEY)).id == "key-2"


async def test_made_up_keys_cost_one_reading_in_two_seconds_and_nothing_is_kept_of_them() -> None:
    door = Door()
    await door.callers.identify(KEY)
    for _ in range(3):
        door.clock.advance(seconds=2)
        await asyncio.gather(*(door.refuses(api_key(bytes([number]) * 24)) for number in range(1, 40)))
    assert door.stored.readings == 4
    assert len(door.callers._keys._keys) == 1


async def test_a_mistyped_key_is_looked_up_nowhere() -> None:
    door = Door()
    for position in range(3, len(KEY)):
        other = "a" if KEY[position] != "a" else "b"
        assert is_mistyped(KEY[:position] + other + KEY[position + 1 :])
        await door.refuses(KEY[:position] + other + KEY[position + 1 :])
    for length in range(3, len(KEY)):
        await door.refuses(KEY[:length])
    assert door.stored.readings == 0
    assert not is_mistyped(KEY)


async def test_when_storage_is_down_a_key_is_not_called_wrong() -> None:
    door = Door()
    door.stored.fails = True
    with pytest.raises(StorageUnavailable):
        await door.callers.identify(KEY)


REFUSED: dict[str, tuple[str | None, str | None]] = {
    "nothing": (None, None),
    "empty headers": ("", ""),
    "a wrong key": (OTHERS_KEY, None),
    "a word": ("secret", None),
    "a key that is too long": ("k" * 10_000, None),
    "a key with a control character": ("k\x00", None),
    "half a character": ("\udce9", None),
    "the hash of the key": (PSEUDONYMS.digest("api-key", KEY), None),
    "a key with spaces": (f" {KEY}", None),
    "a key as a token": (None, f"Bearer {KEY}"),
    "a password": (None, "Basic dXNlcjpwYXNzd29yZA=="),
    "no scheme": (None, "eyJhbGciOiJSUzI1NiJ9.e30.eA"),
    "two tokens": (None, "Bearer e30.e30.eA, Bearer e30.e30.eA"),
    "Bearer without a token": (None, "Bearer "),
}


@pytest.mark.parametrize(("key", "authorization"), REFUSED.values(), ids=REFUSED)
async def test_whatever_was_wrong_the_answer_is_the_same(
    key: str | None, authorization: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    door = Door(local_key="local")
    with caplog.at_level(logging.DEBUG):
        said = await door.refuses(key, authorization)
    assert said == await Door().refuses(None)
    assert caplog.records[-1].message.startswith("caller_refused reason=")
    for presented in (key, authorization):
        assert not presented or presented not in caplog.text + said


async def test_refusals_are_counted_by_their_reason(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    for _ in range(3):
        await door.refuses(OTHERS_KEY)
    await door.refuses(None, "Bearer e30.e30.eA")
    assert [record.message for record in caplog.records][-2:] == [
        "caller_refused reason=wrong_key count=3",
        "caller_refused reason=token_not_configured count=1",
    ]


async def test_key_and_token_at_once_are_refused() -> None:
    with pytest.raises(InvalidInput, match="not both"):
        await Door().callers.identify(KEY, "Bearer e30.e30.eA")


@pytest.fixture
def staffed() -> tuple[Door, TestAuthority]:
    """A door that knows an authority."""
    authority = TestAuthority(MovedClock())
    return Door(tokens=authority.tokens()), authority


@pytest.mark.parametrize(
    ("roles", "clinics", "permissions"),
    [
        (["PatientMessaging.Read", "PatientMessaging.Clinic.riverside"], {"riverside"}, {Permission.READ}),
        (["PatientMessaging.Send", "PatientMessaging.Clinic.riverside"], {"riverside"}, {Permission.SEND}),
        (
            ["PatientMessaging.Read", "PatientMessaging.Clinic.a-1", "PatientMessaging.Clinic.b-2", "Other.Clinic.c-3"],
            {"a-1", "b-2"},
            {Permission.READ},
        ),
        (["PatientMessaging.Send", "PatientMessaging.AllClinics"], None, {Permission.SEND}),
    ],
)
async def test_the_roles_of_a_token_say_what_its_holder_may(
    staffed: tuple[Door, TestAuthority], roles: list[str], clinics: set[str] | None, permissions: set[Permission]
) -> None:
    door, authority = staffed
    caller = await door.callers.identify(None, f"bearer  {authority.sign(roles=roles)}")
    assert (caller.id, caller.name) == (f"entra:{NURSE}", "Sam Nurse")
    assert (caller.clinics, caller.permissions) == (clinics, permissions)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"roles": None}, r"PatientMessaging\.Read"),
        ({"roles": ["patientmessaging.read", "PatientMessaging.AllClinics"]}, r"PatientMessaging\.Read"),
        ({"roles": ["PatientMessaging.Read"]}, r"PatientMessaging\.Clinic\.<clinic id>"),
        ({"roles": ["PatientMessaging.Send", "PatientMessaging.Clinic."]}, r"PatientMessaging\.Clinic\.<clinic id>"),
        ({"roles": ["PatientMessaging.Send", "PatientMessaging.Clinic.*"]}, r"PatientMessaging\.Clinic\.<clinic id>"),
        ({"scp": "openid profile"}, "user_impersonation"),
        ({"scp": ""}, "user_impersonation"),
    ],
)
async def test_who_may_do_nothing_is_told_what_to_ask_for(
    staffed: tuple[Door, TestAuthority], changes: dict[str, Any], words: str
) -> None:
    door, authority = staffed
    with pytest.raises(Forbidden, match=words):
        await door.callers.identify(None, f"Bearer {authority.sign(**changes)}")


async def test_a_bad_token_is_answered_as_a_bad_key_is(staffed: tuple[Door, TestAuthority]) -> None:
    door, authority = staffed
    assert await door.refuses(None, f"Bearer {authority.sign(exp=1)}") == await door.refuses(OTHERS_KEY)


async def riverside(w: World) -> World:
    await w.services.clinics.load(clinic_document(), "test")
    await w.services.clinics.load(clinic_document(id="harbour"), "test")
    return w


async def test_a_key_that_was_made_calls_until_it_is_revoked() -> None:
    async with world() as w:
        keys, callers = (await riverside(w)).services.keys, w.services.callers
        made = await keys.make("  Front\tdesk flow ", ["riverside"], [Permission.READ])
        caller = await callers.identify(made.text)
        assert caller == Caller(made.key.id, "Front desk flow", frozenset({"riverside"}), frozenset({Permission.READ}))
        assert made.text not in repr(made)
        assert not is_mistyped(made.text)
        assert (await keys.revoke(made.key.id)).revoked_at == NOW
        w.clock.advance(seconds=61)
        assert (await keys.revoke(made.key.id)).revoked_at == NOW
        with pytest.raises(Unauthenticated):
            await callers.identify(made.text)
        assert [key.revoked_at for key in await keys.all()] == [NOW]


@pytest.mark.parametrize(
    ("name", "clinics", "words"),
    [
        ("Flow", ["riverside", "nowhere"], "no clinic nowhere. There are: harbour, riverside"),
        (" \t", ["riverside"], "1 to 80 characters"),
        ("n" * 81, ["riverside"], "1 to 80 characters"),
    ],
)
async def test_a_key_for_what_is_not_there_is_not_made(name: str, clinics: list[str], words: str) -> None:
    async with world() as w:
        keys = (await riverside(w)).services.keys
        with pytest.raises(InvalidInput, match=words):
            await keys.make(name, clinics)
        assert await keys.all() == []
        with pytest.raises(NotFound):
            await keys.revoke("key-0")


async def test_two_keys_are_never_the_same() -> None:
    async with world() as w:
        made = [await w.services.keys.make("Flow", []) for _ in range(20)]
        assert len({new.text for new in made}) == len({new.key.id for new in made}) == 20


async def test_who_signed_in_is_in_the_log_as_the_sender() -> None:
    async with world(ENTRA_TENANT_ID=TENANT, ENTRA_CLIENT_ID=CLIENT) as w:
        await riverside(w)
        authority = TestAuthority(w.clock)
        w.services.network._clients["", ""] = authority.client()
        nurse = await w.services.callers.identify(None, f"Bearer {authority.sign()}")
        text = {"body": "Please phone us."}
        body = {"recipient_type": "individual", "to": "+447700900123", "type": "text", "text": text}
        done = await w.services.submit(nurse, "whatsapp", "", body, "")
        assert (done.message.sent_by, done.message.id.clinic_id) == ("Sam Nurse", "riverside")
        with pytest.raises(Forbidden):
            await w.services.submit(nurse, "whatsapp", "harbour", body, "")


@pytest.mark.parametrize("settings", [{}, {"ENTRA_TENANT_ID": NURSE.upper(), "ENTRA_CLIENT_ID": NURSE}])
async def test_a_token_that_is_none_is_refused_with_and_without_a_directory(settings: dict[str, str]) -> None:
    async with world(**settings) as w:
        with pytest.raises(Unauthenticated):
            await w.services.callers.identify(None, "Bearer garbage")
