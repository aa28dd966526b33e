"""The pages about codes for when there is no network, on invented values."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode.access import CodesHeld

_HELD = {"held": CodesHeld(0, 0, None), "kept": None, "was_taken_back": False}
_SOME = CodesHeld(20, 40, datetime(2026, 12, 1, tzinfo=UTC))

RESIDENT: dict[str, tuple[str, dict[str, object]]] = {
    "/offline": ("offline", {}),
    "/offline-codes": ("offline_codes", _HELD | {"held": _SOME}),
    "/offline-codes/none": ("offline_codes", _HELD),
    "/offline-codes/taken-back": ("offline_codes", _HELD | {"was_taken_back": True}),
}
