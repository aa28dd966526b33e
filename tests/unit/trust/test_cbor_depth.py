"""How deep CBOR of strangers may go: a map as the key of a map costs twice as much each time."""

from __future__ import annotations

import pytest

from openhealthcode.trust import UnreadableToken, read_cbor

DEEPEST = 16


def nested(kind: str, depth: int) -> bytes:
    """Complete, and nothing wrong with it but its depth."""
    return {
        "arrays": b"\x81" * depth + b"\x00",
        "maps as values": b"\xa1\x01" * depth + b"\x00",
        "maps as keys": b"\xa1" * depth + b"\x00" * (depth + 1),
    }[kind]


@pytest.mark.parametrize("kind", ["arrays", "maps as values", "maps as keys"])
def test_what_lies_deeper_is_refused_at_once(kind):
    for depth in (DEEPEST + 1, 60):
        with pytest.raises(UnreadableToken):
            read_cbor(nested(kind, depth))


@pytest.mark.parametrize("kind", ["arrays", "maps as values"])
def test_what_lies_less_deep_is_read(kind):
    assert read_cbor(nested(kind, DEEPEST - 1))
