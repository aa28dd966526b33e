"""Keys and everything done with them; the only package that names an algorithm.

Start with ``keys.Keys``: it opens the key directory and hands out ``ResidentKeys``, blind indexes,
sealed identifiers and codes, chain links and the log's signer. ``README.md`` has the hierarchy.
"""

from openhealthcode.trust.authority import (
    NATIONAL,
    Authority,
    UnsuitableAuthority,
    admit,
    authorities,
    dismiss,
    read_authority,
    read_public_root,
    write_authority,
    write_public_root,
)
from openhealthcode.trust.checkpoint_signer import CheckpointSigner, SignedHead
from openhealthcode.trust.code_seal import SEALED_CODE_BYTES, code_region, code_seconds
from openhealthcode.trust.cwt import (
    SignedToken,
    UnreadableToken,
    read_cbor,
    read_token,
    sign_token,
)
from openhealthcode.trust.inventory import KeyInventory
from openhealthcode.trust.issuer_keys import (
    CodeIssuer,
    IssuerRing,
    NoCodeIssuer,
    OwnKey,
    fingerprint,
)
from openhealthcode.trust.jose import (
    UnreadableJose,
    decrypt_file,
    encrypt_file,
    new_file_key,
    read_jws,
    sign_deflated,
)
from openhealthcode.trust.jwks import thumbprint, write_jwks
from openhealthcode.trust.keks import unreadable_from
from openhealthcode.trust.keys import RESERVED_DIVISION, Keys
from openhealthcode.trust.labels import Labels
from openhealthcode.trust.message_signature import (
    MessageProof,
    MessageSigner,
    answer_components,
    claimed_key,
    request_components,
    verify_message,
    verify_message_by,
)
from openhealthcode.trust.model import (
    CODE_EPOCH,
    DestroyedKey,
    Destruction,
    KeyClass,
    OpenedCode,
    Rotation,
    StaleTrustList,
    UnavailableSuite,
    UnknownKey,
    UnreadableId,
    UnreadableSeal,
    UnsuitableKeyStore,
    UnsuitableTrustList,
    UntrustedCode,
    UntrustedIssuer,
    UntrustedSignature,
)
from openhealthcode.trust.national_card import CARD_ID_BYTES, read_card_keys
from openhealthcode.trust.offline_file import Bundle, read_bundle, trusted, write_bundle
from openhealthcode.trust.one_time import totp_code, totp_secret, totp_step, totp_uri
from openhealthcode.trust.password import hash_password, is_outdated, is_password
from openhealthcode.trust.provider import FileKeyProvider, KeyProvider
from openhealthcode.trust.published import (
    NoTrustList,
    PublishedList,
    bundle,
    current,
    history,
    import_status,
    list_document,
    look_again,
    publish,
    publish_status,
    published_status,
    roots,
    status_document,
)
from openhealthcode.trust.published_key import (
    PublishedKey,
    UnsuitableKey,
    jwk_of,
    key_of_certificate,
    key_of_jwk,
    key_of_point,
    key_of_spki,
)
from openhealthcode.trust.resident import ResidentKeys, identity_aad, log_aad, record_aad
from openhealthcode.trust.root_file import UnreadableRoot, make_root, open_root
from openhealthcode.trust.shares import (
    Share,
    SharesUnsuitable,
    combine,
    open_copy,
    read_share,
    seal_copy,
    split,
    write_share,
)
from openhealthcode.trust.signing import (
    CodeSigner,
    Ed25519Signer,
    P256Signer,
    SignatureSuite,
    Sm2Signer,
    code_suite,
    signer_of,
    verifier_of,
)
from openhealthcode.trust.staleness import CodeAim, Reliance, reliance
from openhealthcode.trust.status_list import StatusList, UnreadableStatusList
from openhealthcode.trust.status_token import (
    KEPT_SECONDS,
    STATUS_LIST_SIZE,
    StatusToken,
    as_cwt,
    as_jwt,
    read_status,
    status_name,
)
from openhealthcode.trust.suite import Suite, mac_sm3, sha256, sm3
from openhealthcode.trust.trust_list import (
    GRACE,
    LIFETIME,
    Freshness,
    Issuer,
    Roots,
    TrustList,
    key_id,
)

# fmt: off
__all__ = [
    "CARD_ID_BYTES", "CODE_EPOCH", "GRACE", "KEPT_SECONDS", "LIFETIME", "NATIONAL", "RESERVED_DIVISION",
    "SEALED_CODE_BYTES", "STATUS_LIST_SIZE", "Authority", "Bundle", "CheckpointSigner", "CodeAim",
    "CodeIssuer", "CodeSigner", "DestroyedKey", "Destruction", "Ed25519Signer", "FileKeyProvider",
    "Freshness", "Issuer", "IssuerRing", "KeyClass", "KeyInventory", "KeyProvider", "Keys", "Labels", "MessageProof",
    "MessageSigner", "NoCodeIssuer", "NoTrustList", "OpenedCode", "OwnKey", "P256Signer", "PublishedKey",
    "PublishedList", "Reliance", "ResidentKeys", "Roots", "Rotation", "Share", "SharesUnsuitable",
    "SignatureSuite", "SignedHead", "SignedToken", "Sm2Signer", "StaleTrustList", "StatusList",
    "StatusToken", "Suite", "TrustList", "UnavailableSuite", "UnknownKey", "UnreadableId", "UnreadableJose",
    "UnreadableRoot", "UnreadableSeal", "UnreadableStatusList", "UnreadableToken", "UnsuitableAuthority",
    "UnsuitableKey", "UnsuitableKeyStore", "UnsuitableTrustList", "UntrustedCode", "UntrustedIssuer",
    "UntrustedSignature", "admit", "answer_components", "as_cwt", "as_jwt", "authorities", "bundle",
    "claimed_key", "code_region", "code_seconds", "code_suite", "combine", "current", "decrypt_file",
    "dismiss", "encrypt_file", "fingerprint", "hash_password", "history", "identity_aad", "import_status",
    "is_outdated", "is_password", "jwk_of", "key_id", "key_of_certificate", "key_of_jwk", "key_of_point",
    "key_of_spki", "list_document", "log_aad", "look_again", "mac_sm3", "make_root", "new_file_key",
    "open_copy", "open_root", "publish", "publish_status", "published_status", "read_authority",
    "read_bundle", "read_card_keys", "read_cbor", "read_jws", "read_public_root", "read_share",
    "read_status", "read_token", "record_aad", "reliance", "request_components", "roots", "seal_copy",
    "sha256", "sign_deflated", "sign_token", "signer_of", "sm3", "split", "status_document", "status_name",
    "thumbprint", "totp_code", "totp_secret", "totp_step", "totp_uri", "trusted", "unreadable_from",
    "verifier_of",
    "verify_message", "verify_message_by", "write_authority", "write_bundle", "write_jwks",
    "write_public_root", "write_share",
]
