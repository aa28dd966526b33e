"""The number of a copy, on each of its pages: to read, and as a code that a photograph still shows."""

from __future__ import annotations

from openhealthcode.healthcode import picture


def copy_number(number: str) -> dict[str, object]:
    """What the templates print at the foot of a page."""
    return {"number": number, "svg": picture.draw(number)}
