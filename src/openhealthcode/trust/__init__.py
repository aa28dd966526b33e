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
    StaleTrustList,
    UnknownKey,
    UnreadableId,
    UnreadableSeal,
    UnsuitableKeyStore,
    UnsuitableTrustList,
    UntrustedCode,
    UntrustedIssuer,
    UntrustedNote,
    UntrustedSignature,
)
from openhealthcode.trust.note import NoteSigner, NoteVerifier
from openhealthcode.trust.one_time import totp_code, totp_secret, totp_step, totp_uri
from openhealthcode.trust.password import hash_password, is_outdated, is_password
from openhealthcode.trust.provider import FileKeyProvider, KeyProvider
from openhealthcode.trust.resident import ResidentKeys, identity_aad, log_aad, record_aad
from openhealthcode.trust.signing import (
    CodeSigner,
    Ed25519Signer,
    P256Signer,
    SignatureSuite,
    verifier_of,
)
from openhealthcode.trust.status_list import StatusList, UnreadableStatusList
from openhealthcode.trust.suite import Suite, sha256
from openhealthcode.trust.trust_list import Freshness, Issuer, Roots, TrustList, key_id

# fmt: off
__all__ = [
    "CODE_EPOCH", "SEALED_CODE_BYTES", "CodeSigner", "DestroyedKey", "Destruction",
    "Ed25519Signer", "FileKeyProvider", "Freshness", "Issuer", "KeyClass", "KeyProvider", "Keys",
    "Labels", "NoteSigner", "NoteVerifier", "OpenedCode", "P256Signer", "ResidentKeys", "Roots",
    "Rotation", "SignatureSuite", "StaleTrustList", "StatusList", "Suite", "TrustList",
    "UnknownKey", "UnreadableId", "UnreadableSeal", "UnreadableStatusList", "UnsuitableKeyStore",
    "UnsuitableTrustList", "UntrustedCode", "UntrustedIssuer", "UntrustedNote",
    "UntrustedSignature", "code_region", "code_seconds", "hash_password", "identity_aad",
    "is_outdated", "is_password", "key_id", "log_aad", "record_aad", "sha256", "totp_code",
    "totp_secret", "totp_step", "totp_uri", "verifier_of",
]
