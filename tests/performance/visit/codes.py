"""What a scan costs before any database is asked."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from measure import Figure, per_call_us

from openhealthcode import healthcode
from openhealthcode.trust import Keys


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    keys = Keys.open(Path(tempfile.mkdtemp()) / "keys")
    now = datetime.now(UTC)
    text = healthcode.issue(keys, b"a phone.", now)
    siv = AESSIV(AESSIV.generate_key(256))
    sealed = siv.encrypt(b"fifteen bytes..", [b"k1"])
    yield Figure(
        "online_code_open",
        round(per_call_us(lambda: healthcode.open(keys, text, now), calls=20_000), 3),
        "us",
        baseline=round(per_call_us(lambda: siv.decrypt(sealed, [b"k1"]), calls=20_000), 3),
        baseline_is="one AES-SIV open of 15 bytes",
    )
