"""SM2 by the libcrypto that Python itself runs on, which ``cryptography`` does not offer.

Keys go in and out as DER, whose few bytes around them never change, so that no structure of
OpenSSL is rebuilt here. A library is believed once it has checked the standard's own example.

Source: OpenSSL 3.0, d2i_PUBKEY, d2i_AutoPrivateKey, EVP_PKEY_sign, EVP_PKEY_verify; RFC 5480 and
5915 (the DER forms); GM/T 0006-2012 (1.2.156.10197.1.301, the curve).
"""

from __future__ import annotations

import ctypes
import importlib.util
import weakref
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_CURVE_OID: Final = bytes.fromhex("06082a811ccf5501822d")
_EC_KEY_OID: Final = bytes.fromhex("06072a8648ce3d0201")
_PUBLIC_HEAD: Final = b"\x30\x59\x30\x13" + _EC_KEY_OID + _CURVE_OID + b"\x03\x42\x00\x04"
_PRIVATE_HEAD: Final = b"\x30\x31\x02\x01\x01\x04\x20"
_PRIVATE_TAIL: Final = b"\xa0\x0a" + _CURVE_OID
_POINT_BYTES: Final = 64
_LONGEST_SIGNATURE: Final = 80

_EXAMPLE_POINT: Final = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
_EXAMPLE_DIGEST: Final = bytes.fromhex(
    "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
)
_EXAMPLE_SIGNATURE: Final = bytes.fromhex(
    "3046022100F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "022100B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)
"""GB/T 32918.5-2017, annex A.2: key, digest and signature, the last in DER."""


class Libcrypto:
    """A loaded libcrypto that can do SM2."""

    def __init__(self, name: str) -> None:
        """Load a library.

        Raises:
            OSError: there is none of this name.
            AttributeError: it is no libcrypto of OpenSSL 3.
        """
        library = ctypes.CDLL(name)
        handle, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
        text, data = ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)

        def declared(symbol: str, answer: type | None, *arguments: type) -> ctypes._FuncPointer:
            function: ctypes._FuncPointer = library[symbol]
            function.restype, function.argtypes = answer, list(arguments)
            return function

        self._read_public = declared("d2i_PUBKEY", handle, handle, data, ctypes.c_long)
        self._read_private = declared("d2i_AutoPrivateKey", handle, handle, data, ctypes.c_long)
        self._write_public = declared("i2d_PUBKEY", number, handle, ctypes.POINTER(handle))
        self.free_key = declared("EVP_PKEY_free", None, handle)
        self._context = declared("EVP_PKEY_CTX_new", handle, handle, handle)
        self._free_context = declared("EVP_PKEY_CTX_free", None, handle)
        self._begin_check = declared("EVP_PKEY_verify_init", number, handle)
        self._check = declared("EVP_PKEY_verify", number, handle, text, size, text, size)
        self._begin_sign = declared("EVP_PKEY_sign_init", number, handle)
        self._sign = declared(
            "EVP_PKEY_sign", number, handle, text, ctypes.POINTER(size), text, size
        )
        self._forget_errors = declared("ERR_clear_error", None)

    def public_key(self, point: bytes) -> Sm2Key:
        """The public key with these coordinates, 64 bytes.

        Raises:
            ValueError: they are no point of the curve.
        """
        return self._key(self._read_public, _PUBLIC_HEAD + point)

    def private_key(self, number: bytes) -> Sm2Key:
        """The private key of 32 bytes, with its public one.

        Raises:
            ValueError: zero, or not below the order.
        """
        return self._key(self._read_private, _PRIVATE_HEAD + number + _PRIVATE_TAIL)

    def point(self, key: int) -> bytes:
        """Both coordinates of a private key's public one: 64 bytes."""
        length = self._write_public(key, None)
        written = ctypes.create_string_buffer(length)
        end = ctypes.c_void_p(ctypes.addressof(written))
        self._write_public(key, ctypes.byref(end))
        return written.raw[length - _POINT_BYTES : length]

    def is_signed(self, key: int, digest: bytes, signature: bytes) -> bool:
        """Whether a signature in DER is one of this digest."""
        # A context of its own for every check: they run at once in several threads.
        context = self._context(key, None)
        try:
            self._begin_check(context)
            good: bool = self._check(context, signature, len(signature), digest, len(digest)) == 1
        finally:
            self._free_context(context)
        if not good:
            self._forget_errors()
        return good

    def sign(self, key: int, digest: bytes) -> bytes:
        """A signature in DER."""
        written = ctypes.create_string_buffer(_LONGEST_SIGNATURE)
        length = ctypes.c_size_t(_LONGEST_SIGNATURE)
        context = self._context(key, None)
        try:
            self._begin_sign(context)
            done = self._sign(context, written, ctypes.byref(length), digest, len(digest))
        finally:
            self._free_context(context)
        return written.raw[: length.value * done]  # what failed has no bytes, and no reader

    def _key(self, read: ctypes._FuncPointer, der: bytes) -> Sm2Key:
        pointer = ctypes.c_char_p(der)
        handle = read(None, ctypes.byref(pointer), len(der))
        if not handle:
            self._forget_errors()
            raise ValueError("these bytes are no SM2 key")
        return Sm2Key(self, handle)


class Sm2Key:
    """A key that lies in libcrypto's memory, and is freed with this object."""

    def __init__(self, library: Libcrypto, handle: int) -> None:
        self._library = library
        self._handle = handle
        weakref.finalize(self, library.free_key, handle)

    def point(self) -> bytes:
        """Both coordinates of a private key's public one: 64 bytes."""
        return self._library.point(self._handle)

    def is_signed(self, digest: bytes, signature: bytes) -> bool:
        """Whether a signature in DER is one of this digest."""
        return self._library.is_signed(self._handle, digest, signature)

    def sign(self, digest: bytes) -> bytes:
        """A signature in DER, of a private key."""
        return self._library.sign(self._handle, digest)


@lru_cache(maxsize=1)
def libcrypto() -> Libcrypto | None:
    """The libcrypto of this computer; ``None`` if it knows no SM2."""
    found = [importlib.util.find_spec(name) for name in ("_hashlib", "_ssl")]
    linked = [spec.origin for spec in found if spec is not None and spec.has_location]
    # Python's own modules first: what they were linked with is found through them.
    return first_of([*filter(None, linked), "libcrypto.so.3"])


def first_of(names: Iterable[str]) -> Libcrypto | None:
    """The first of these libraries that can be believed with SM2."""
    loaded = (library for name in names if (library := _loaded(name)) is not None)
    return next((library for library in loaded if knows_sm2(library)), None)


def knows_sm2(library: Libcrypto) -> bool:
    """Whether a library accepts the standard's own example, and nothing beside it."""
    try:
        example = library.public_key(_EXAMPLE_POINT)
    except ValueError:
        return False
    changed = bytes([_EXAMPLE_DIGEST[0] ^ 1]) + _EXAMPLE_DIGEST[1:]
    return example.is_signed(_EXAMPLE_DIGEST, _EXAMPLE_SIGNATURE) and not example.is_signed(
        changed, _EXAMPLE_SIGNATURE
    )


def _loaded(name: str) -> Libcrypto | None:
    try:
        return Libcrypto(name)
    except (OSError, AttributeError):
        return None
