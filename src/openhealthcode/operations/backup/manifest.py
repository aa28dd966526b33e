"""What belongs to a backup: every file with its digest, and of which installation and moment it is."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from openhealthcode.standards import HealthCodeError

NAME: Final = "manifest.json"
DATABASE: Final = "database"
LOG: Final = "log"
_CHUNK: Final = 1 << 20


class BackupDamaged(HealthCodeError):
    """This is no backup, or not all of one, or not as it was written."""

    code = "backup-damaged"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in ``manifest.json``.

    Args:
        release: the version of the program that made it.
        installation_id: of the database; keys and log of another one do not belong to it.
        mode: ``production`` or ``synthetic``.
        leaves: how many entries the copied log has.
        files: path below the backup's folder → SHA-256, hexadecimal.
    """

    release: str
    made_at: datetime
    installation_id: UUID
    mode: str
    leaves: int
    files: dict[str, str]


def digests(folder: Path) -> dict[str, str]:
    """Every file below a folder with its SHA-256, but for the manifest itself."""
    return {
        path.relative_to(folder).as_posix(): _digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / NAME
    }


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, the last file of a backup."""
    text = msgspec.json.format(msgspec.json.encode(manifest))
    (folder / NAME).write_bytes(text + b"\n")


def read(folder: Path) -> Manifest:
    """The manifest of a backup.

    Raises:
        BackupDamaged: there is none, or it is not written like one.
    """
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        raise BackupDamaged(f"{folder} holds no whole backup") from None


def check(folder: Path) -> Manifest:
    """The manifest of a backup whose every file is there and as it was written.

    Raises:
        BackupDamaged: a file is missing, is one too many, or was altered; the first is named.
    """
    manifest, found = read(folder), digests(folder)
    for path in sorted(manifest.files.keys() | found.keys()):
        if manifest.files.get(path) != found.get(path):
            raise BackupDamaged(f"{path} is missing, altered or one too many")
    return manifest


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
