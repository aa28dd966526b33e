"""What checking and issuing a signed code costs, beside the cryptography it cannot do without."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from measure import Figure, per_call_us

from openhealthcode.healthcode.signed import ReplaySet, verify
from signing import NOW, Issuing

CALLS = 2_000


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    made = Issuing.made()
    text, trusted = made.shown(), made.trusted()
    floor, sign = _floor(), _signing()
    whole = per_call_us(lambda: verify(text, trusted, NOW, replays=ReplaySet()), calls=CALLS)
    yield Figure(
        "offline_verify",
        round(whole, 1),
        "us",
        baseline=round(floor, 1),
        baseline_is="two P-256 verifications and the unpacking of a point",
        cpu_us=round(whole, 1),
        notes={"per_core_per_s": round(1e6 / whole)},
    )
    yield Figure(
        "certificate_issue",
        round(per_call_us(made.certificate, calls=CALLS), 1),
        "us",
        baseline=round(sign, 1),
        baseline_is="one P-256 signature",
    )


def _floor() -> float:
    key, scheme = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    data = os.urandom(140)
    signature, public = key.sign(data, scheme), key.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    curve = ec.SECP256R1()

    def check() -> None:
        public.verify(signature, data, scheme)
        unpacked = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
        unpacked.verify(signature, data, scheme)

    return per_call_us(check, calls=CALLS)


def _signing() -> float:
    key, scheme = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    data = os.urandom(75)
    return per_call_us(lambda: key.sign(data, scheme), calls=CALLS)
