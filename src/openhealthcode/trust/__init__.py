"""Keys and everything done with them; the only package that names an algorithm.

Start with ``keys.Keys``: it opens the key directory and hands out ``ResidentKeys``, blind indexes,
sealed identifiers and codes, chain links and the log's signer. ``README.md`` has the hierarchy.
"""

from openhealthcode.trust.code_seal import SEALED_CODE_BYTES, code_region, code_seconds
from openhealthcode.trust.keys import Keys
from openhealthcode.trust.labels import Labels
from openhealthcode.trust.model import (
    CODE_EPOCH,
    DestroyedKey,
    Destruction,
    KeyClass,
    OpenedCode,
    Rotation,
    UnknownKey,
    UnreadableId,
    UnreadableSeal,
    UnsuitableKeyStore,
    UntrustedCode,
    UntrustedNote,
)
from openhealthcode.trust.note import NoteSigner, NoteVerifier
from openhealthcode.trust.one_time import totp_code, totp_secret, totp_step, totp_uri
from openhealthcode.trust.password import hash_password, is_outdated, is_password
from openhealthcode.trust.provider import FileKeyProvider, KeyProvider
from openhealthcode.trust.resident import ResidentKeys, identity_aad, log_aad, record_aad
from openhealthcode.trust.suite import Suite, sha256

# fmt: off
__all__ = [
    "CODE_EPOCH", "SEALED_CODE_BYTES", "DestroyedKey", "Destruction", "FileKeyProvider",
    "KeyClass", "KeyProvider", "Keys", "Labels", "NoteSigner", "NoteVerifier", "OpenedCode",
    "ResidentKeys", "Rotation", "Suite", "UnknownKey", "UnreadableId", "UnreadableSeal",
    "UnsuitableKeyStore", "UntrustedCode", "UntrustedNote", "code_region", "code_seconds",
    "hash_password", "identity_aad", "is_outdated", "is_password", "log_aad", "record_aad",
    "sha256", "totp_code", "totp_secret", "totp_step", "totp_uri",
]
