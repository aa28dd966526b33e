"""The resident's passkeys, and where one can answer instead of digits, on invented values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from openhealthcode.sign_in.residents import PasskeySummary

NOW = datetime.now(UTC).replace(microsecond=0)
_PAGE: dict[str, object] = {
    "passkeys": [
        PasskeySummary(UUID(int=1), "我的手机", NOW - timedelta(days=3)),
        PasskeySummary(UUID(int=2), "", NOW - timedelta(days=90)),
        PasskeySummary(UUID(int=3), "<b>阿卜杜热合曼的很长很长很长很长很长的平板</b>", NOW),
    ],
    "is_fresh": True,
    "done": "",
    "problem": "",
}
_STEP_UP: dict[str, object] = {
    "kept": [("days", "30")],
    "has_pin": False,
    "problem": "",
    "passkey": "offered",
    "back": "/consents",
}
_VERIFY: dict[str, object] = {
    "phone": "139****5678",
    "kept": [("step", "prove")],
    "problem": "",
    "passkey": "offered",
    "effect": "passkey",
    "back": "/passkeys",
}
RESIDENT: dict[str, tuple[str, dict[str, object]]] = {
    "/passkeys": ("passkeys", _PAGE),
    "/passkeys/old": ("passkeys", _PAGE | {"is_fresh": False}),
    "/passkeys/none": ("passkeys", _PAGE | {"passkeys": [], "done": "removed"}),
    "/passkeys/refused": ("passkeys", _PAGE | {"problem": "refused"}),
    "/passkeys/verify": ("verify", _VERIFY),
    "/passkeys/verify/wrong": ("verify", _VERIFY | {"passkey": "wrong"}),
    "/passkeys/step-up": ("step_up", _STEP_UP),
    "/passkeys/step-up/wrong": ("step_up", _STEP_UP | {"has_pin": True, "passkey": "wrong"}),
}
"""Every state of the pages."""
