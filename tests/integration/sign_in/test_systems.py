"""Systems prove themselves by signed assertions; every rule of RFC 7523 is kept."""

from __future__ import annotations

import asyncio
import json
import time
from uuid import uuid4

import pytest
from joserfc import jwk, jws

from openhealthcode import registry
from openhealthcode.registry import (
    InstitutionEntry,
    InstitutionKind,
    SystemEntry,
    UnsuitableKeySet,
)
from openhealthcode.sign_in import systems
from openhealthcode.sign_in.systems import (
    InvalidClient,
    InvalidScope,
    InvalidTokenRequest,
    TokenRefused,
    UnsupportedGrant,
)

ENDPOINT = "https://region.example/oauth/token"
EC = jwk.ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
EC384 = jwk.ECKey.generate_key("P-384", {"kid": "two"})
RSA = jwk.RSAKey.generate_key(2048, {"kid": "three"})
STRANGER = jwk.ECKey.generate_key("P-256", {"kid": "one"})
PUBLIC = {"keys": [key.as_dict(private=False) for key in (EC, EC384, RSA)]}


@pytest.fixture
async def institution_id(pool):
    return await registry.register_institution(
        pool, InstitutionEntry("hospital", InstitutionKind.TERTIARY_HOSPITAL, "演示县人民医院")
    )


@pytest.fixture
async def system_id(pool, institution_id):
    entry = SystemEntry("his", institution_id, "HIS", PUBLIC, ("system/*.crus",))
    return await registry.register_system(pool, entry)


def assertion(system_id, *, key=EC, algorithm="ES256", kid=None, **changes):
    now = time.time()
    claims = {
        "iss": str(system_id),
        "sub": str(system_id),
        "aud": ENDPOINT,
        "exp": int(now) + 240,
        "iat": int(now),
        "jti": uuid4().hex,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": algorithm, "kid": kid or key.kid, "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(claims), key, [algorithm])


def form(signed, scope="system/*.rs", **changes):
    given = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
        "scope": scope,
    } | changes
    return {name: value for name, value in given.items() if value is not None}


async def ask(pool, keys, signed, scope="system/*.rs", **changes):
    return await systems.issue_token(pool, keys, form(signed, scope, **changes), ENDPOINT)


async def test_a_proven_system_gets_five_minutes(pool, keys, system_id, institution_id, owner):
    answer = await ask(pool, keys, assertion(system_id), "system/*.rs system/Observation.cd")
    assert answer.expires_in_seconds == 300
    assert answer.scope == "system/*.rs system/Observation.c"
    permitted = await systems.access(pool, keys, answer.token)
    assert (permitted.system_id, permitted.institution_id) == (system_id, institution_id)
    assert permitted.permits("Patient", "rs")
    assert permitted.permits("Observation", "c")
    assert not permitted.permits("Patient", "c")
    assert not permitted.permits("Observation", "d")
    assert answer.token not in repr(answer)
    stored = str(await owner.fetch("SELECT * FROM sign_in.access_token"))
    assert answer.token not in stored


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(EC, "ES256"), (EC384, "ES384"), (RSA, "RS384")],
    ids=["ES256", "ES384", "RS384"],
)
async def test_each_accepted_algorithm_is_accepted(pool, keys, system_id, key, algorithm):
    await ask(pool, keys, assertion(system_id, key=key, algorithm=algorithm))


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGER},
        {"key": RSA, "algorithm": "RS256"},
        {"kid": "two"},
        {"kid": "unknown"},
        {"iss": str(uuid4()), "sub": str(uuid4())},
        {"iss": "his", "sub": "his"},
        {"sub": str(uuid4())},
        {"aud": "https://elsewhere.example/oauth/token"},
        {"aud": [ENDPOINT + "/"]},
        {"aud": []},
        {"aud": None},
        {"exp": int(time.time()) - 1},
        {"exp": int(time.time()) + 86400},
        {"exp": 10**30},
        {"exp": "soon"},
        {"exp": None},
        {"iat": int(time.time()) + 86400},
        {"nbf": int(time.time()) + 86400},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 129},
        {"jti": 7},
    ],
    ids=lambda changes: "-".join(f"{name}={str(value)[:12]}" for name, value in changes.items()),
)
async def test_an_assertion_that_proves_nothing_is_refused(pool, keys, system_id, changes):
    with pytest.raises(InvalidClient) as refusal:
        await ask(pool, keys, assertion(system_id, **changes))
    assert refusal.value.oauth_error == "invalid_client"


async def test_what_is_no_jwt_is_refused(pool, keys, system_id):
    good = assertion(system_id)
    header, payload, signature = good.split(".")
    for broken in (
        "",
        "...",
        "a.b.c",
        f"{header}.{payload}.{signature[::-1]}",
        f"{header}.{payload}.",
        f"{header}.{payload[:-2]}.{signature}",
        "eyJhbGciOiJub25lIn0." + payload + ".",
        "W" * 9000,
        "é" * 10,
        "bnVsbA." + payload + "." + signature,
        "W1tbW1tb." + payload + "." + signature,
    ):
        with pytest.raises(InvalidClient):
            await ask(pool, keys, broken)


async def test_an_audience_may_be_one_of_several_and_a_time_a_fraction(pool, keys, system_id):
    several = assertion(system_id, aud=["x", ENDPOINT], exp=time.time() + 100.5)
    await ask(pool, keys, several)


async def test_an_assertion_works_once_also_in_parallel(pool, keys, system_id):
    signed = assertion(system_id)
    tries = (ask(pool, keys, signed) for _ in range(8))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, InvalidClient) for answer in answers) == 7


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"grant_type": None}, InvalidTokenRequest),
        ({"grant_type": "password"}, UnsupportedGrant),
        ({"client_assertion_type": "jwt"}, InvalidTokenRequest),
        ({"client_assertion": None}, InvalidTokenRequest),
        ({"scope": None}, InvalidScope),
        ({"scope": "openid"}, InvalidScope),
        ({"scope": "system/*.d"}, InvalidScope),
        ({"scope": "system/*.r " * 1000}, InvalidTokenRequest),
    ],
)
async def test_a_request_of_another_form_is_refused(pool, keys, system_id, changes, refusal):
    with pytest.raises(refusal) as refused:
        await systems.issue_token(pool, keys, form(assertion(system_id), **changes), ENDPOINT)
    assert isinstance(refused.value, TokenRefused)


async def test_an_unknown_token_opens_nothing(pool, keys):
    for token in ("", "x" * 43, "\udcff", "x" * 100_000):
        assert await systems.access(pool, keys, token) is None


async def test_a_token_dies_after_five_minutes(pool, keys, system_id, owner):
    answer = await ask(pool, keys, assertion(system_id))
    await owner.execute("UPDATE sign_in.access_token SET expires_at = now()")
    assert await systems.access(pool, keys, answer.token) is None


async def test_a_hot_token_is_remembered_but_not_beyond_half_a_minute(
    pool, keys, system_id, owner, monkeypatch
):
    answer = await ask(pool, keys, assertion(system_id))
    first = await systems.access(pool, keys, answer.token)
    await owner.execute("DELETE FROM sign_in.access_token")
    assert await systems.access(pool, keys, answer.token) is first
    started = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: started + 30.1)
    assert await systems.access(pool, keys, answer.token) is None


@pytest.mark.parametrize("suspended", ["system", "institution"])
async def test_a_suspension_holds_within_a_minute(
    pool, keys, system_id, institution_id, monkeypatch, suspended
):
    answer = await ask(pool, keys, assertion(system_id))
    assert await systems.access(pool, keys, answer.token)
    if suspended == "system":
        await registry.suspend_system(pool, system_id)
    else:
        await registry.suspend_institution(pool, institution_id)
    with pytest.raises(InvalidClient):
        await ask(pool, keys, assertion(system_id))
    started = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: started + 59)
    assert await systems.access(pool, keys, answer.token) is None


@pytest.mark.parametrize(
    "jwks",
    [
        {},
        {"keys": []},
        {"keys": "one"},
        {"keys": [EC.as_dict(private=True)]},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "x"}]},
        {"keys": [{"kty": "EC", "crv": "P-256", "x": "a", "y": "b"}]},
        {"keys": PUBLIC["keys"] * 3},
    ],
)
async def test_only_public_named_keys_are_registered(pool, institution_id, jwks):
    with pytest.raises(UnsuitableKeySet):
        await registry.register_system(pool, SystemEntry("x", institution_id, "X", jwks))
