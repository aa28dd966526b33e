"""Where the root keys live, which wrap the region's keys.

A root key has a name and never leaves its provider. Each month's key-encryption key is wrapped
under a root key of its own, so that destroying that one root key makes every copy and backup of
the key store as unreadable, for that month, as the key store itself.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Final, Protocol

from openhealthcode.trust.model import UnknownKey, UnsuitableKeyStore
from openhealthcode.trust.suite import KEY_BYTES, Suite, aead, seal, unseal

_NAME = re.compile(r"[a-z0-9-]{1,40}")
_PRIVATE_FILE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


class KeyProvider(Protocol):
    """Holds root keys and uses them on request; a hardware module speaks this through PKCS#11."""

    def wrap(self, name: str, use: str, key: bytes) -> bytes:
        """Encrypt a key, for one use, under the root key ``name``, which is made at first use."""

    def unwrap(self, name: str, use: str, wrapped: bytes) -> bytes:
        """Decrypt what ``wrap`` made.

        Raises:
            UnknownKey: there is no root key of that name (any more).
            UnreadableSeal: wrapped under another root key or for another use, or altered.
        """

    def destroy(self, name: str) -> None:
        """Forget a root key for good; unknown names are no error."""


class FileKeyProvider:
    """Root keys as files, for development and for small installations that accept it.

    Whoever reads these files and the key store can read every record. The folder is 0700, each
    file 0600 and 32 random bytes; a file that others can read is refused.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)

    def wrap(self, name: str, use: str, key: bytes) -> bytes:
        """Encrypt a key, for one use, under the root key ``name``; see ``KeyProvider``."""
        path = self._path(name)
        if not path.exists():
            _create(path)
        return seal(aead(Suite.AES_256_GCM, _read(path)), _context(use), key)

    def unwrap(self, name: str, use: str, wrapped: bytes) -> bytes:
        """Decrypt what ``wrap`` made; see ``KeyProvider``."""
        path = self._path(name)
        if not path.exists():
            raise UnknownKey("this root key does not exist")
        return unseal(aead(Suite.AES_256_GCM, _read(path)), _context(use), wrapped)

    def destroy(self, name: str) -> None:
        """Overwrite and remove a root key file."""
        path = self._path(name)
        if not path.exists():
            return
        with path.open("r+b") as file:
            file.write(bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync_directory(self._folder)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("a root key's name is lower-case letters, digits and hyphens")
        return self._folder / f"{name}.key"


def _context(use: str) -> bytes:
    return b"wrapped key for " + use.encode()


def _create(path: Path) -> None:
    """Write a new key durably; of several processes at once, one wins and all use its key."""
    draft = path.with_suffix(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first
    finally:
        draft.unlink()
    _sync_directory(path.parent)


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise UnsuitableKeyStore("a root key file is readable by others; chmod 600 it")
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UnsuitableKeyStore("a root key file does not hold 32 bytes")
    return key


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
