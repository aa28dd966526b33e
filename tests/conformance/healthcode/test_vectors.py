"""The published vectors of the online code: what another implementation must agree with."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from openhealthcode.healthcode import UnreadableCode
from openhealthcode.healthcode.digits import CodeType, decode, encode

_FILE = Path(__file__).parents[3] / "docs" / "vectors" / "health-code-a.json"
_VECTORS = json.loads(_FILE.read_text("utf-8"))


@pytest.mark.parametrize("vector", _VECTORS["codes"], ids=lambda vector: vector["says"])
def test_a_published_code_is_written_and_read_as_published(vector):
    key_id = bytes.fromhex(vector["key_id"])
    content = bytes.fromhex(vector["content"])
    sealed = key_id + AESSIV(bytes.fromhex(_VECTORS["day_key"])).encrypt(content, [key_id])
    assert sealed.hex() == vector["sealed"]
    assert encode(CodeType.ONLINE, sealed) == vector["text"]
    assert decode(vector["text"], CodeType.ONLINE) == sealed
    assert content[:8].hex() == vector["device_reference"]
    issued = datetime.fromisoformat(vector["issued_at"])
    since = int((issued - datetime(2020, 1, 1, tzinfo=UTC)).total_seconds())
    assert int.from_bytes(content[8:12]) == since


@pytest.mark.parametrize("vector", _VECTORS["refused"], ids=lambda vector: vector["says"])
def test_a_published_wrong_code_is_refused(vector):
    with pytest.raises(UnreadableCode):
        decode(vector["text"], CodeType.ONLINE)
