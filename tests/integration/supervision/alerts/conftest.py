"""A hospital whose early warning is at work."""

from __future__ import annotations

import pytest

import overseeing
import visits
from openhealthcode import audit
from openhealthcode.trust import Keys


@pytest.fixture
async def hospital(pool, tmp_path):
    keys = Keys.open(tmp_path / "keys")
    signer = keys.checkpoint_signer("log.example/region")
    sequencer = audit.Sequencer(pool, tmp_path / "log", signer)
    yield overseeing.Hospital(await visits.world(pool, keys), sequencer)
    sequencer.close()
    keys.close()
