"""A national root's private key as a file of its own, opened by a passphrase.

Each root keeps its file on a computer of its own, without network: a body comes on a stick, the
signature goes back. JSON: suite, public key, salt, and the 32 secret bytes sealed by AES-256-GCM
under Argon2id of the passphrase (RFC 9106; 64 MiB, three passes), the public key bound to it.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.model import UnreadableSeal
from openhealthcode.trust.signing import CodeSigner, SignatureSuite, signer_of
from openhealthcode.trust.suite import KEY_BYTES, Suite, aead, seal, unseal

_LABEL: Final = b"national root"
_AAD: Final = b"national root 1|"
_SALT_BYTES: Final = 16
_MEMORY_KIB: Final = 64 * 1024
_PASSES: Final = 3


class UnreadableRoot(HealthCodeError):
    """This file is no root's key, or the passphrase is not its own."""

    code = "root-unreadable"


def make_root(path: Path, passphrase: str, suite: SignatureSuite) -> CodeSigner:
    """Make a root's key and write it to a new file, for its owner alone to read.

    Raises:
        FileExistsError: a root's key is never written over.
    """
    secret = secrets.token_bytes(KEY_BYTES)
    signer = signer_of(suite, secret, _LABEL)
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher = aead(Suite.AES_256_GCM, _stretched(passphrase, salt))
    content = {
        "suite": int(suite),
        "public_key": signer.public_key.hex(),
        "salt": salt.hex(),
        "sealed": seal(cipher, _AAD + signer.public_key, secret).hex(),
    }
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return signer


def open_root(path: Path, passphrase: str) -> CodeSigner:
    """The key in a root's file.

    Raises:
        UnreadableRoot: damaged, or another passphrase.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        suite = SignatureSuite(content["suite"])
        public = bytes.fromhex(content["public_key"])
        salt, sealed = bytes.fromhex(content["salt"]), bytes.fromhex(content["sealed"])
        cipher = aead(Suite.AES_256_GCM, _stretched(passphrase, salt))
        return signer_of(suite, unseal(cipher, _AAD + public, sealed), _LABEL)
    except (OSError, ValueError, TypeError, KeyError, RecursionError, UnreadableSeal):
        raise UnreadableRoot from None


def _stretched(passphrase: str, salt: bytes) -> bytes:
    kdf = Argon2id(
        salt=salt, length=KEY_BYTES, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB
    )
    return kdf.derive(passphrase.encode())
