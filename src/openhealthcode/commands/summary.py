"""`ohc summary`: check an emergency summary with one public key, and print what it says."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from openhealthcode import access
from openhealthcode.access.carried import FORMAT
from openhealthcode.healthcode import picture
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput, day_of
from openhealthcode.transparency import NoteVerifier, UntrustedNote
from openhealthcode.trust import Keys


def summary(settings: Settings, console: Console, path: Path, key: str) -> int:
    """Check one; answers the exit code: 0 when it is genuine and in time, else 1.

    Args:
        path: the scanned text, or a photograph of the code (PNG or JPEG).
        key: the public key as ``/emergency/summary/key.txt`` publishes it; empty for our own.

    Raises:
        InvalidInput: the file cannot be read, or the key is none.
        SummaryUntrusted: altered, of another installation, or no summary.
    """
    verifier = _published(key) if key else _own(settings)
    read = access.read_summary(_text(path), verifier)
    for line in read.lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    is_old = read.is_old(day_of(datetime.now(UTC)))
    verdict = "unaltered, but not to be relied on today" if is_old else "unaltered"
    console.print(
        f"Signed by {verifier.name}, made {read.made}, too old from {read.until}: {verdict}.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    return int(is_old)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None
    if data.lstrip().startswith(FORMAT.encode()):
        return data.decode(errors="replace")
    return picture.read(data)


def _published(key: str) -> NoteVerifier:
    try:
        return NoteVerifier(key.strip())
    except UntrustedNote as error:
        raise InvalidInput(str(error)) from None


def _own(settings: Settings) -> NoteVerifier:
    if not (settings.keys_at / "keys.sqlite").exists():
        raise InvalidInput("there are no keys here: name the public key with --key")
    own = Keys.open(settings.keys_at)
    try:
        return NoteVerifier(access.summary_verifier_key(own, settings.log_origin))
    finally:
        own.close()
