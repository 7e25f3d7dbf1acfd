"""Which tokens count: a table of good ones, and one of all the ways in which a token can be bad."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from shared.identity.contract import Refusal, TokenHolder
from tests.identity.authority import (
    CALLING_APP,
    CLIENT,
    HOUR,
    NURSE,
    NURSE_ROLES,
    OTHER_TENANT,
    TENANT,
    TestAuthority,
    an_authority,
    encoded,
    pem_of,
    private_key,
    published,
)

V1 = {"ver": "1.0", "iss": f"https://sts.windows.net/{TENANT}/", "aud": f"api://{CLIENT}", "azp": None}
APP_OID = "66666666-6666-4666-8666-666666666666"
APP = {"scp": None, "name": None, "preferred_username": None, "oid": APP_OID, "sub": APP_OID}

GOOD: dict[str, tuple[dict[str, Any], str]] = {
    "a nurse's, version 2.0": ({}, "Sam Nurse"),
    "a nurse's, version 1.0": ({**V1, "appid": CALLING_APP}, "Sam Nurse"),
    "version 2.0 with the other name of the app": ({"aud": f"api://{CLIENT}"}, "Sam Nurse"),
    "without a name": ({"name": None}, "sam@riverside.example"),
    "version 1.0 without a name": (
        {**V1, "name": None, "preferred_username": None, "upn": "sam@x.example"}, "sam@x.example"),
    "without anything that names them": ({"name": None, "preferred_username": None}, NURSE),
    "a name of spaces": ({"name": "  "}, "sam@riverside.example"),
    "a name that would break a line of the log": ({"name": "Sam\r\nNurse\u202e"}, "Sam Nurse"),
    "a very long name": ({"name": "S" * 500}, "S" * 99 + "…"),
    "an app's own": (APP, f"app {CALLING_APP}"),
    "an app's own, which says so": ({**APP, "idtyp": "app"}, f"app {CALLING_APP}"),
    "an app's own with a name": ({**APP, "app_displayname": "Nightly flow"}, "Nightly flow"),
    "without roles": ({"roles": None}, "Sam Nurse"),
    "ended less than a minute ago": ({"exp": "now-59"}, "Sam Nurse"),
    "begins in less than a minute": ({"nbf": "now+59"}, "Sam Nurse"),
    "instants with fractions": ({"exp": "now+10.5"}, "Sam Nurse"),
}  # fmt: skip


def at(authority: TestAuthority, changes: dict[str, Any]) -> dict[str, Any]:
    """`now-59` as an instant."""
    now = int(authority.clock.now().timestamp())
    relative = {name: str(value)[3:] for name, value in changes.items() if str(value).startswith("now")}
    return {**changes, **{name: now + json.loads(value.lstrip("+")) for name, value in relative.items()}}


@pytest.mark.parametrize(("changes", "name"), GOOD.values(), ids=GOOD)
async def test_a_good_token_says_whose_it_is(changes: dict[str, Any], name: str) -> None:
    authority = an_authority()
    changed = at(authority, changes)
    holder = await authority.tokens().judge(authority.sign(**changed))
    assert isinstance(holder, TokenHolder), holder
    assert (holder.id, holder.name) == (f"entra:{changed.get('oid', NURSE)}", name)
    assert holder.roles == frozenset(changed.get("roles", NURSE_ROLES) or [])
    assert holder.scopes == (None if "scp" in changed else {"user_impersonation"})


WRONG_CLAIMS: dict[str, tuple[dict[str, Any], Refusal]] = {
    "another issuer": ({"iss": "https://login.example.org/v2.0"}, Refusal.ISSUER),
    "the issuer with a slash too many": ({"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0/"}, Refusal.ISSUER),
    "the issuer of version 1.0 in a token of 2.0": ({"iss": V1["iss"]}, Refusal.ISSUER),
    "the issuer of version 2.0 in a token of 1.0": ({"ver": "1.0"}, Refusal.ISSUER),
    "the issuer of China": ({"iss": f"https://login.partner.microsoftonline.cn/{TENANT}/v2.0"}, Refusal.ISSUER),
    "a version that does not exist": ({"ver": "3.0"}, Refusal.ISSUER),
    "no issuer": ({"iss": None}, Refusal.ISSUER),
    "issuers as a list": ({"iss": [f"https://login.microsoftonline.com/{TENANT}/v2.0"]}, Refusal.ISSUER),
    "no version": ({"ver": None}, Refusal.CLAIMS),
    "version as a number": ({"ver": 2.0}, Refusal.CLAIMS),
    "another tenant, issued by it": (
        {"iss": f"https://login.microsoftonline.com/{OTHER_TENANT}/v2.0", "tid": OTHER_TENANT}, Refusal.ISSUER),
    "another tenant behind our issuer": ({"tid": OTHER_TENANT}, Refusal.TENANT),
    "no tenant": ({"tid": None}, Refusal.CLAIMS),
    "for another app": ({"aud": CALLING_APP}, Refusal.AUDIENCE),
    "for Microsoft Graph": ({"aud": "00000003-0000-0000-c000-000000000000"}, Refusal.AUDIENCE),
    "for an app whose name begins as ours": ({"aud": f"api://{CLIENT}/other"}, Refusal.AUDIENCE),
    "for several apps, ours too": ({"aud": [CLIENT, CALLING_APP]}, Refusal.CLAIMS),
    "for nobody": ({"aud": None}, Refusal.CLAIMS),
    "for an empty name": ({"aud": ""}, Refusal.AUDIENCE),
    "ended a minute ago": ({"exp": "now-60"}, Refusal.EXPIRED),
    "ended long ago": ({"exp": 1}, Refusal.EXPIRED),
    "without an end": ({"exp": None}, Refusal.CLAIMS),
    "an end in words": ({"exp": "tomorrow"}, Refusal.CLAIMS),
    "an end that is true": ({"exp": True}, Refusal.CLAIMS),
    "an end that never comes": ({"exp": float("inf")}, Refusal.CLAIMS),
    "an end that is no number": ({"exp": float("nan")}, Refusal.CLAIMS),
    "an end with hundreds of digits": ({"exp": 10**400}, Refusal.CLAIMS),
    "begins in more than a minute": ({"nbf": "now+61"}, Refusal.NOT_YET_VALID),
    "begins tomorrow": ({"nbf": f"now+{24 * HOUR}"}, Refusal.NOT_YET_VALID),
    "without a beginning": ({"nbf": None}, Refusal.CLAIMS),
    "of nobody": ({"oid": None}, Refusal.CLAIMS),
    "of somebody whose id is no GUID": ({"oid": "sam' or 1 eq 1"}, Refusal.CLAIMS),
    "roles as one text": ({"roles": "PatientMessaging.Send"}, Refusal.CLAIMS),
    "roles that are no text": ({"roles": [["PatientMessaging.Send"]]}, Refusal.CLAIMS),
    "scopes as a list": ({"scp": ["user_impersonation"]}, Refusal.CLAIMS),
    "an ID token": ({"scp": None, "azp": None}, Refusal.NO_ACCESS_TOKEN),
    "an ID token with a nonce": ({"scp": None, "nonce": "n", "sub": NURSE}, Refusal.NO_ACCESS_TOKEN),
    "a person's token that lost its scopes": ({**APP, "idtyp": "user"}, Refusal.NO_ACCESS_TOKEN),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "refusal"), WRONG_CLAIMS.values(), ids=WRONG_CLAIMS)
async def test_a_rightly_signed_token_that_is_not_for_us_or_not_for_now_is_refused(
    changes: dict[str, Any], refusal: Refusal
) -> None:
    authority = an_authority()
    assert await authority.tokens().judge(authority.sign(**at(authority, changes))) is refusal


def unsigned(authority: TestAuthority, algorithm: str, signature: bytes = b"x") -> str:
    return f"{encoded({'alg': algorithm, 'kid': 'first'})}.{encoded(authority.claims())}.{encoded(signature)}"


def signed_with_the_public_key(authority: TestAuthority) -> str:
    """The public key as the secret of an HMAC: what a library takes that lets the token choose the algorithm."""
    said = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(authority.claims())}"
    return f"{said}.{encoded(hmac.new(pem_of(private_key('first')), said.encode(), hashlib.sha256).digest())}"


def changed_after_signing(authority: TestAuthority) -> str:
    head, _, signature = authority.sign().split(".")
    return f"{head}.{encoded(authority.claims(roles=['PatientMessaging.AllClinics']))}.{signature}"


def with_another_header(authority: TestAuthority) -> str:
    _, body, signature = authority.sign().split(".")
    return f"{encoded({'alg': 'RS256', 'kid': 'first', 'x': 1})}.{body}.{signature}"


def cut_short(authority: TestAuthority) -> str:
    said, _, signature = authority.sign().rpartition(".")
    return f"{said}.{encoded(base64.urlsafe_b64decode(signature + '==')[:-8])}"


def bringing_its_own_key(authority: TestAuthority) -> str:
    own = {"jwk": published("attacker"), "jku": "https://attacker.example/keys", "x5u": "https://attacker.example/x"}
    return authority.sign(key="attacker", headers={"kid": "first", **own})


def twice(authority: TestAuthority) -> str:
    """JSON serialization with two signatures (RFC 7515, 7.2.1)."""
    head, body, signature = authority.sign().split(".")
    one = {"protected": head, "signature": signature}
    return encoded({"payload": body, "signatures": [one, one]})


def of_claims(authority: TestAuthority, payload: bytes) -> str:
    """Rightly signed, whatever the payload is."""
    return authority.sign(payload)


BAD_FORMS: dict[str, tuple[Callable[[TestAuthority], str], Refusal]] = {
    "unsigned, by its own word": (lambda a: unsigned(a, "none"), Refusal.ALGORITHM),
    "unsigned, without the third part": (lambda a: unsigned(a, "none").rpartition(".")[0] + ".", Refusal.MALFORMED),
    "unsigned, in another spelling": (lambda a: unsigned(a, "nOnE"), Refusal.ALGORITHM),
    "HS256 with the public key as secret": (signed_with_the_public_key, Refusal.ALGORITHM),
    "RS512": (lambda a: a.sign(algorithm="RS512"), Refusal.ALGORITHM),
    "PS256": (lambda a: a.sign(algorithm="PS256"), Refusal.ALGORITHM),
    "an algorithm as a list": (lambda a: f"{encoded({'alg': ['RS256'], 'kid': 'first'})}.e30.eA", Refusal.ALGORITHM),
    "a header that demands something": (lambda a: a.sign(headers={"crit": ["x"], "x": 1}), Refusal.MALFORMED),
    "a header of another type": (lambda a: a.sign(headers={"typ": "secevent+jwt"}), Refusal.ALGORITHM),
    "a key that nobody published": (lambda a: a.sign(key="attacker"), Refusal.UNKNOWN_KEY),
    "no key id": (lambda a: a.sign(headers={"kid": None}), Refusal.UNKNOWN_KEY),
    "an empty key id": (lambda a: a.sign(headers={"kid": ""}), Refusal.UNKNOWN_KEY),
    "a key id that is a path": (lambda a: a.sign(headers={"kid": "../../dev/null"}), Refusal.UNKNOWN_KEY),
    "an endless key id": (lambda a: a.sign(headers={"kid": "k" * 300}), Refusal.UNKNOWN_KEY),
    "another's key under a published id": (
        lambda a: a.sign(key="attacker", headers={"kid": "first"}), Refusal.SIGNATURE),
    "bringing its own key": (bringing_its_own_key, Refusal.SIGNATURE),
    "claims changed after signing": (changed_after_signing, Refusal.SIGNATURE),
    "a header changed after signing": (with_another_header, Refusal.SIGNATURE),
    "a signature cut short": (cut_short, Refusal.SIGNATURE),
    "a signature of zeros": (lambda a: unsigned(a, "RS256", bytes(256)), Refusal.SIGNATURE),
    "two signatures": (twice, Refusal.MALFORMED),
    "a fourth part": (lambda a: a.sign() + ".eA", Refusal.MALFORMED),
    "encrypted": (lambda a: ".".join(["eA"] * 5), Refusal.MALFORMED),
    "oversize": (lambda a: a.sign(more="x" * 20_000), Refusal.MALFORMED),
    "nothing": (lambda a: "", Refusal.MALFORMED),
    "one word": (lambda a: "token", Refusal.MALFORMED),
    "not ASCII": (lambda a: "é.é.é", Refusal.MALFORMED),
    "a line break in it": (lambda a: a.sign().replace(".", ".\n", 1), Refusal.MALFORMED),
    "padded": (lambda a: a.sign() + "==", Refusal.MALFORMED),
    "a header that is no JSON": (lambda a: "eHh4.e30.eA", Refusal.MALFORMED),
    "a header that is a list": (lambda a: f"{encoded([])}.e30.eA", Refusal.MALFORMED),
    "a header nested without end": (lambda a: f"{encoded(b'[' * 9_000)}.e30.eA", Refusal.MALFORMED),
    "claims that are no JSON": (lambda a: of_claims(a, b"xxx"), Refusal.MALFORMED),
    "claims that are a list": (lambda a: of_claims(a, b"[]"), Refusal.MALFORMED),
    "claims nested without end": (lambda a: of_claims(a, b"[" * 9_000), Refusal.MALFORMED),
    "no claims": (lambda a: of_claims(a, b"{}"), Refusal.CLAIMS),
}  # fmt: skip


@pytest.mark.parametrize(("make", "refusal"), BAD_FORMS.values(), ids=BAD_FORMS)
async def test_a_token_that_the_authority_did_not_sign_as_it_stands_is_refused(
    make: Callable[[TestAuthority], str], refusal: Refusal
) -> None:
    authority = an_authority()
    assert await authority.tokens().judge(make(authority)) is refusal


async def test_every_prefix_of_a_good_token_is_refused() -> None:
    authority = an_authority()
    token, tokens = authority.sign(), authority.tokens()
    for length in range(0, len(token) - 1, 7):
        assert isinstance(await tokens.judge(token[:length]), Refusal)


async def test_a_token_with_any_one_character_changed_is_refused() -> None:
    """But the last one, of which only two bits are part of the signature."""
    authority = an_authority()
    token, tokens = authority.sign(), authority.tokens()
    for position in range(len(token) - 1):
        for other in "Aw.":
            changed = token[:position] + other + token[position + 1 :]
            assert changed == token or isinstance(await tokens.judge(changed), Refusal), position


@pytest.mark.parametrize(
    ("url", "v1"),
    [
        ("https://login.partner.microsoftonline.cn", f"https://sts.chinacloudapi.cn/{TENANT}/"),
        ("https://login.microsoftonline.us", f"https://sts.windows.net/{TENANT}/"),
    ],
)
async def test_other_clouds_have_issuers_of_their_own(url: str, v1: str) -> None:
    authority = an_authority(url=url)
    tokens = authority.tokens()
    assert isinstance(await tokens.judge(authority.sign()), TokenHolder)
    assert isinstance(await tokens.judge(authority.sign(ver="1.0", iss=v1)), TokenHolder)
    worldwide = authority.sign(iss=f"https://login.microsoftonline.com/{TENANT}/v2.0")
    assert await tokens.judge(worldwide) is Refusal.ISSUER
    assert all(asked.startswith(f"{url}/{TENANT}/") for asked in authority.asked)


async def test_an_authority_without_version_1_takes_version_2_only() -> None:
    authority = an_authority(url="https://login.hospital.example")
    assert isinstance(await authority.tokens().judge(authority.sign()), TokenHolder)
    assert await authority.tokens().judge(authority.sign(ver="1.0", iss=V1["iss"])) is Refusal.ISSUER


async def test_what_is_configured_is_the_audience() -> None:
    authority = an_authority()
    tokens = authority.tokens("https://messaging.riverside.example")
    assert isinstance(await tokens.judge(authority.sign(aud="https://messaging.riverside.example")), TokenHolder)
    assert await tokens.judge(authority.sign()) is Refusal.AUDIENCE


async def test_nothing_of_a_token_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    authority = an_authority()
    tokens = authority.tokens()
    with caplog.at_level(logging.DEBUG):
        for token in (authority.sign(), authority.sign(key="attacker"), changed_after_signing(authority)):
            await tokens.judge(token)
    assert "signing_keys_read count=1" in caplog.text
    assert not any(part in caplog.text for part in ("Sam", NURSE, "attacker", "eyJ"))
