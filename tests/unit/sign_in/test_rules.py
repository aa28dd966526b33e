"""How long a lock lasts, and which scopes are scopes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openhealthcode.sign_in import Audience, Role, SystemAccess
from openhealthcode.sign_in.outbox import CodePurpose, code_message
from openhealthcode.sign_in.staff.rules import lock_seconds, locks
from openhealthcode.sign_in.systems.scopes import grant, parse_scopes
from openhealthcode.standards import Phone
from openhealthcode.standards.ids import InstitutionId, SystemId


def test_a_lock_doubles_up_to_a_quarter_of_an_hour():
    seconds = [lock_seconds(failures) for failures in range(12)]
    assert seconds == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert lock_seconds(10**6) == 900
    at = datetime(2026, 11, 22, tzinfo=UTC)
    until = [moment - at for moment in locks(at)]
    assert all(period < timedelta(0) for period in until[:4])
    assert until[4] == timedelta(seconds=30)
    assert until[-1] == timedelta(seconds=900)


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("system/*.crus", ["system/*.crus"]),
        ("system/Observation.rs system/Patient.r", ["system/Observation.rs", "system/Patient.r"]),
        ("system/Patient.read", []),  # SMART v1
        ("system/Patient.sr", []),  # letters out of order
        ("system/Patient.", []),
        ("system/patient.r", []),
        ("user/Patient.r patient/*.rs openid", []),
        ("system/Observation.rs?category=laboratory", []),
        ("system/Patient.r\nsystem/Patient.r", ["system/Patient.r"]),
        ("system/Ｐatient.r", []),
        ("", []),
        ("system/*.cruds " * 1000, ["system/*.cruds"]),
    ],
)
def test_scopes_are_those_of_smart_v2(text, scopes):
    assert sorted(map(str, parse_scopes(text))) == scopes


@pytest.mark.parametrize(
    ("asked", "allowed", "granted"),
    [
        ("system/*.crus", "system/*.crus", "system/*.crus"),
        ("system/*.cruds", "system/*.rs", "system/*.rs"),
        ("system/Observation.cr", "system/*.rs", "system/Observation.r"),
        ("system/*.rs", "system/Immunization.cr", "system/Immunization.r"),
        ("system/Patient.r", "system/Immunization.r", ""),
        ("system/*.d", "system/*.crus", ""),
    ],
)
def test_what_is_granted_is_asked_for_and_allowed(asked, allowed, granted):
    both = grant(parse_scopes(asked), parse_scopes(allowed))
    assert " ".join(sorted(map(str, both))) == granted


def test_every_letter_asked_for_must_be_permitted():
    access = SystemAccess(
        SystemId(None), InstitutionId(None), parse_scopes("system/*.r system/Observation.cs")
    )
    assert access.permits("Observation", "crs")
    assert access.permits("Patient", "r")
    assert not access.permits("Patient", "rs")
    assert not access.permits("Observation", "u")


def test_every_audience_needs_a_role_of_its_own():
    assert {audience.role for audience in Audience} == set(Role)


@pytest.mark.parametrize("purpose", CodePurpose)
@pytest.mark.parametrize(
    ("language", "marker"), [("zh-CN", "验证码"), ("en", "ode "), ("en-GB", ""), ("bo", "验证码")]
)
def test_a_message_carries_the_code_in_the_residents_language(purpose, language, marker):
    message = code_message(Phone.parse("13912345678"), "012345", purpose, language)
    assert "012345" in message.text
    assert marker in message.text
    assert len(message.text) <= 160
    assert "012345" not in repr(message)
