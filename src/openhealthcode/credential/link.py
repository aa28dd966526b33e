"""SMART Health Links: the text that carries an address and the key to what is found there.

Source: SMART Health Cards and Links 1.0.0, "Construct a SMART Health Link Payload": minified JSON in
base64url after ``shlink:/``, with a viewer's address and ``#`` in front if wanted; the address at most
128 letters, the label at most 80; flags in alphabetical order, unknown ones and unknown properties
ignored.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import orjson

from openhealthcode.credential.errors import UnreadableCredential

PREFIX: Final = "shlink:/"
LONGEST_ADDRESS: Final = 128
LONGEST_LABEL: Final = 80
LONG_TERM, PASSCODE, DIRECT = "L", "P", "U"

_KEY_BYTES: Final = 32
_LONGEST_TEXT: Final = 4096
_VERSION: Final = 1
_LATEST: Final = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says.

    Args:
        address: of the manifest, or of the one file of a direct link.
        key: the 32 bytes the files are encrypted with.
        label: in the resident's words.
        flags: ``L`` for long-term, ``P`` for a passcode, ``U`` for one file directly.
        expires_at: from when on it is stale; None if nothing is said.
    """

    address: str
    key: bytes = field(repr=False)
    label: str = ""
    flags: frozenset[str] = frozenset()
    expires_at: datetime | None = None


def write(link: Link, viewer: str = "") -> str:
    """The text of a link.

    Args:
        viewer: the address of a page that opens it; nothing after its ``#`` reaches a server.

    Raises:
        ValueError: an address or a label that is too long, or a passcode on a direct link.
    """
    if len(link.address) > LONGEST_ADDRESS or len(link.label) > LONGEST_LABEL:
        raise ValueError("an address has 128 letters at the most, a label 80")
    if {DIRECT, PASSCODE} <= link.flags or len(link.key) != _KEY_BYTES:
        raise ValueError("a direct link has no passcode, and a key 32 bytes")
    content = {
        "url": link.address,
        "key": _base64url(link.key),
        **({"exp": int(link.expires_at.timestamp())} if link.expires_at else {}),
        **({"flag": "".join(sorted(link.flags))} if link.flags else {}),
        **({"label": link.label} if link.label else {}),
    }
    text = PREFIX + _base64url(orjson.dumps(content))
    return f"{viewer}#{text}" if viewer else text


def read(text: str) -> Link:
    """Take a link apart.

    Raises:
        UnreadableCredential: no link, one of a later version, or a contradictory one.
    """
    _, found, encoded = text.strip().rpartition(PREFIX)
    if not found or len(text) > _LONGEST_TEXT:
        raise UnreadableCredential
    try:
        content = orjson.loads(_bytes(encoded))
        key = _bytes(content["key"])
    except (ValueError, KeyError, TypeError):
        raise UnreadableCredential from None
    match content:
        case {"url": str(address)} if content.get("v", _VERSION) == _VERSION:
            pass
        case _:
            raise UnreadableCredential
    flags, label = content.get("flag", ""), content.get("label", "")
    if not isinstance(flags, str) or not isinstance(label, str) or len(key) != _KEY_BYTES:
        raise UnreadableCredential
    if not address.startswith("https://") and not address.startswith("http://"):
        raise UnreadableCredential
    known = frozenset(flags) & {LONG_TERM, PASSCODE, DIRECT}
    if {DIRECT, PASSCODE} <= known:
        raise UnreadableCredential
    return Link(address, key, label[:LONGEST_LABEL], known, _moment(content.get("exp")))


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise UnreadableCredential
    return datetime.fromtimestamp(int(value), UTC)


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError("this is no base64url") from None
