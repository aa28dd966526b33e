"""SMART Backend Services: a signed assertion for a token, and RFC 6749's word for every refusal."""

from __future__ import annotations

import time

import pytest

import systems

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_good_assertion_gets_a_token_that_is_never_cached(hospital_system, stranger):
    answer = await stranger.post("/oauth/token", data=hospital_system.form("system/Patient.rs"))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 300)
    assert body["scope"] == "system/Patient.rs"
    assert answer.headers["cache-control"] == "no-store"


async def test_an_assertion_is_used_once(hospital_system, stranger):
    form = hospital_system.form()
    assert (await stranger.post("/oauth/token", data=form)).status_code == 200
    again = await stranger.post("/oauth/token", data=form)
    assert (again.status_code, again.json()["error"]) == (401, "invalid_client")


async def test_what_proves_nothing_gets_no_token(hospital_system, stranger, world):
    other = await systems.connect(world, world.hospital, "other")
    soon = int(time.time()) + 3600
    for form, status, error in (
        (hospital_system.form(aud="https://elsewhere.example/oauth/token"), 401, "invalid_client"),
        (hospital_system.form(exp=1), 401, "invalid_client"),
        (hospital_system.form(exp=soon), 401, "invalid_client"),
        (hospital_system.form(sub=str(other.system_id)), 401, "invalid_client"),
        (
            hospital_system.form(iss=str(other.system_id), sub=str(other.system_id)),
            401,
            "invalid_client",
        ),
        (hospital_system.form() | {"client_assertion": "a.b.c"}, 401, "invalid_client"),
        (hospital_system.form() | {"client_assertion": "x" * 9000}, 401, "invalid_client"),
        (hospital_system.form() | {"grant_type": "password"}, 400, "unsupported_grant_type"),
        (hospital_system.form("user/*.rs launch"), 400, "invalid_scope"),
        (hospital_system.form(""), 400, "invalid_scope"),
        ({}, 400, "invalid_request"),
    ):
        answer = await stranger.post("/oauth/token", data=form, headers=FORM)
        assert (answer.status_code, answer.json()["error"]) == (status, error), form


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"grant_type=a&grant_type=b", FORM, 400),
        (b"\xff\xfe", FORM, 400),
        (b"a=%ff", FORM, 400),
        (b"{}", {"Content-Type": "application/json"}, 400),
        (b"a=" + b"x" * 40_000, FORM, 413),
        (b"&".join([b"a=1"] * 1000), FORM, 400),
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(stranger, content, headers, status):
    answer = await stranger.post("/oauth/token", content=content, headers=headers)
    assert answer.status_code == status


async def test_clients_learn_where_tokens_come_from(stranger):
    for url in ("/.well-known/smart-configuration", "/fhir/.well-known/smart-configuration"):
        told = (await stranger.get(url)).json()
        assert told["token_endpoint"] == "http://test/oauth/token"
        assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert "client-confidential-asymmetric" in told["capabilities"]
