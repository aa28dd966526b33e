"""`ohc trust root`, `draft`, `sign`, `assemble`: the national office's work, file by file, offline.

None of these needs an installation, a database or a network. Each root's key lies on a computer of
its own; what travels between them are bodies and signatures.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from openhealthcode import trust
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import (
    Issuer,
    SignatureSuite,
    UnreadableRoot,
    lists,
)

SUITES: Final = {
    "es256": SignatureSuite.ES256,
    "ed25519": SignatureSuite.ED25519,
    "sm2-sm3": SignatureSuite.SM2_SM3,
}
_SIGNATURE: Final = 4 + 64


def root(console: Console, path: Path, suite: str, passphrase: str) -> None:
    """Make a root's key, and beside it the public part that everybody gets.

    Raises:
        InvalidInput: the file exists, or there is no such suite.
    """
    try:
        signer = trust.make_root(path, passphrase, suite_named(suite))
    except FileExistsError:
        raise InvalidInput(f"{path} exists; a root's key is never written over") from None
    public = path.with_suffix(".public.json")
    public.write_text(trust.write_public_root(signer.suite, signer.public_key), encoding="utf-8")
    say(console, f"key:         {path}\npublic part: {public}")
    say(console, f"fingerprint: {trust.fingerprint(signer.public_key)}")


def draft(
    console: Console,
    out: Path,
    last: Path | None,
    requests: Sequence[Path],
    authority: Path | None,
) -> None:
    """Write the body of the next list: the last one, changed as regions ask.

    Raises:
        InvalidInput: a file is missing, or there is a last list and no roots to check it by.
        UnsuitableTrustList, UnreadableRequest, DraftRefused: as these say.
    """
    before = None
    if last is not None:
        if authority is None:
            raise InvalidInput("the last list is checked by its roots: say --roots")
        known = trust.read_authority(text_of(authority))
        before = lists.read(bytes_of(last), known.roots)
    asked = [lists.read_request(text_of(path)) for path in requests]
    number, body = lists.next_body(before, asked, datetime.now(UTC))
    out.write_bytes(body)
    say(console, f"list {number}, to be signed by each root: {out}")
    tell_body(console, body)


def sign(console: Console, body: Path, key: Path, out: Path, passphrase: str) -> None:
    """Sign a body with one root's key, after telling what it says.

    Raises:
        UnreadableRoot: another passphrase, or no root's file.
        UnsuitableTrustList: these bytes are no list.
    """
    data = bytes_of(body)
    tell_body(console, data)
    signer = trust.open_root(key, passphrase)
    name, signature = lists.signed_by(signer, data)
    out.write_bytes(name + signature)
    say(console, f"signed by root {name.hex()}: {out}")


def assemble(
    console: Console, body: Path, signatures: Sequence[Path], out: Path, authority: Path
) -> None:
    """Put a body and its roots' signatures together, and see that it counts.

    Raises:
        UnsuitableTrustList: not enough good signatures of different roots.
    """
    known = trust.read_authority(text_of(authority))
    parts = [bytes_of(path) for path in signatures]
    if any(len(part) != _SIGNATURE for part in parts):
        raise UnreadableRoot("one of these files is no root's signature")
    document = lists.assembled(bytes_of(body), [(part[:4], part[4:]) for part in parts])
    read = lists.read(document, known.roots)
    out.write_bytes(document)
    say(console, f"list {read.number}, ready to be published: {out}")


def tell_body(console: Console, body: bytes) -> None:
    """Say what somebody is about to sign.

    Raises:
        UnsuitableTrustList: these bytes are no list.
    """
    read = lists.unsigned(body)
    say(console, f"number {read.number}, of {read.issued_at:%Y-%m-%d %H:%M} UTC")
    for issuer in sorted(read.issuers.values(), key=lambda one: (one.region, one.believed_from)):
        say(console, line_of(issuer))


def line_of(issuer: Issuer) -> str:
    """One issuer in a line and its fingerprint below."""
    return (
        f"{issuer.region:06d} {issuer.key_id.hex()} {issuer.suite.name.lower():8}"
        f" signs {issuer.believed_from:%Y-%m-%d} to {issuer.signs_until:%Y-%m-%d},"
        f" believed until {issuer.believed_until:%Y-%m-%d}\n"
        f"       {trust.fingerprint(issuer.public_key)}"
    )


def suite_named(name: str) -> SignatureSuite:
    """A suite by the name commands give it.

    Raises:
        InvalidInput: there is none of this name.
    """
    if name not in SUITES:
        raise InvalidInput(f"a key is {', '.join(SUITES)}")
    return SUITES[name]


def text_of(path: Path) -> str:
    """A file's text.

    Raises:
        InvalidInput: it cannot be read.
    """
    try:
        return bytes_of(path).decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is no text") from None


def bytes_of(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        InvalidInput: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None


def say(console: Console, sentence: str) -> None:
    """A line as it is."""
    console.print(sentence, highlight=False, markup=False, soft_wrap=True)
