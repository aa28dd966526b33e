"""What checking a health card or certificate of others costs, beside the one verification it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from measure import Figure, per_call_us

from credentials import BOTH, NOW, VACCINATED, Issuing
from openhealthcode.credential import Form, read

CALLS = 2_000


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    made = Issuing()
    issuers, floor = made.issuers(), round(_verification(), 1)
    for name, form, statement in (
        ("hc1_verify", Form.CERTIFICATE, BOTH),
        ("shc_verify_text", Form.HEALTH_CARD, VACCINATED),
    ):
        text = made.issue(form, statement).text
        us = round(per_call_us(lambda text=text: read(text, issuers, NOW), calls=CALLS), 1)
        yield Figure(
            name,
            us,
            "us",
            baseline=floor,
            baseline_is="one P-256 verification",
            cpu_us=us,
            notes={"letters": len(text)},
        )


def _verification() -> float:
    key, scheme = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    data = os.urandom(400)
    signature, public = key.sign(data, scheme), key.public_key()
    return per_call_us(lambda: public.verify(signature, data, scheme), calls=CALLS)
