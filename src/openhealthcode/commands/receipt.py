"""`ohc receipt`: check a receipt with two public keys, and say what it proves."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from openhealthcode import audit
from openhealthcode.audit import CheckedReceipt, ReceiptEvent
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import NoteVerifier, UntrustedNote
from openhealthcode.trust import Keys


def receipt(settings: Settings, console: Console, path: Path, keys: Path | None) -> int:
    """Check one file; answers the exit code: 0 when it holds and is in the tree, else 1.

    Args:
        keys: a file with the log's public key and that of its receipts, a line each, as
            ``/receipts/keys.txt`` publishes them; else this installation's own are taken.

    Raises:
        InvalidInput: a file cannot be read.
        ReceiptRefused: altered, of another installation, or not a receipt.
    """
    log, receipts = _published(keys) if keys else _own(settings)
    checked = audit.check_receipt(_read(path), receipts, log)
    for event in checked.statement.events:
        _say(console, _line(event))
    _say(console, _verdict(checked))
    return int(not checked.is_in_the_tree)


def _own(settings: Settings) -> tuple[NoteVerifier, NoteVerifier]:
    if not (settings.keys_at / "keys.sqlite").exists():
        raise InvalidInput("there are no keys here: name those of the installation with --keys")
    own = Keys.open(settings.keys_at)
    try:
        name = audit.receipt_name(settings.log_origin)
        verifier = NoteVerifier(own.receipt_signer(name).verifier_key)
        return own.checkpoint_verifier(settings.log_origin), verifier
    finally:
        own.close()


def _published(path: Path) -> tuple[NoteVerifier, NoteVerifier]:
    lines = _read(path).decode(errors="replace").split()
    if len(lines) != 2:
        raise InvalidInput("the keys are two lines: the log's, then that of its receipts")
    try:
        return NoteVerifier(lines[0]), NoteVerifier(lines[1])
    except UntrustedNote as error:
        raise InvalidInput(str(error)) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None


def _line(event: ReceiptEvent) -> str:
    entries = f", {len(event.items)} entries" if event.items else ""
    return (
        f"event {event.number}  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.action}"
        f"  {event.outcome}{entries}"
    )


def _verdict(checked: CheckedReceipt) -> str:
    made = f"{checked.statement.made_at:%Y-%m-%d %H:%M} UTC"
    signed = f"Signed by {checked.statement.log} at {made}, unaltered"
    if checked.is_in_the_tree:
        sizes = ", ".join(str(head.size) for head in dict.fromkeys(checked.heads) if head)
        return f"{signed}; in the public log (of {sizes} events)."
    return f"{signed}; not all of it was in the public log yet."


def _say(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)
