"""What checking an SM2 signature costs, beside libcrypto's own check of a digest made beforehand."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from measure import Figure, per_call_us

from openhealthcode.trust import SignatureSuite, Sm2Signer, sm3, verifier_of
from openhealthcode.trust.libcrypto import libcrypto
from openhealthcode.trust.sm2 import Sm2Verifier, identity_digest
from openhealthcode.trust.sm2_curve import decompressed

CALLS = 1_000


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    signer = Sm2Signer.derived(os.urandom(32), b"measured")
    data = os.urandom(75)
    signature = signer.sign(data)
    verifier = verifier_of(SignatureSuite.SM2_SM3, signer.public_key)
    plain = Sm2Verifier(signer.public_key, None)
    whole = per_call_us(lambda: verifier.verify(signature, data), calls=CALLS)
    yield Figure(
        "sm2_verify",
        round(whole, 1),
        "us",
        baseline=round(_floor(signer.public_key, signature, data), 1),
        baseline_is="EVP_PKEY_verify of libcrypto, digest and DER made beforehand",
        cpu_us=round(whole, 1),
        notes={
            "sign_us": round(per_call_us(lambda: signer.sign(data), calls=CALLS), 1),
            "plain_python_us": round(
                per_call_us(lambda: plain.verify(signature, data), calls=20), 1
            ),
        },
    )


def _floor(public_key: bytes, signature: bytes, data: bytes) -> float:
    """The bare call, in one context for all."""
    library, point = libcrypto(), decompressed(public_key)
    assert library is not None
    written = point.x.to_bytes(32) + point.y.to_bytes(32)
    key = library.public_key(written)
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    digest = sm3(identity_digest(written) + data)
    context = library._context(key._handle, None)
    library._begin_check(context)
    assert library._check(context, der, len(der), digest, len(digest)) == 1
    return per_call_us(
        lambda: library._check(context, der, len(der), digest, len(digest)), calls=CALLS
    )
