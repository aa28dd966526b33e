"""The log's signed head: how many events it holds and the root of the tree over them.

Three lines, signed as a note: the log's name, the size in decimal, the root in base64. Further
lines of other logs are accepted and ignored.

Source: c2sp.org/tlog-checkpoint.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import NoteSigner, NoteVerifier

_TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/]{43}=)\n((?:[^\n]+\n)*)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A promise about the whole log at one size; two different ones of one size prove a fork."""

    origin: str
    size: int
    root: bytes

    def signed(self, signer: NoteSigner) -> str:
        """The note to publish."""
        root = base64.b64encode(self.root).decode()
        return signer.sign(f"{self.origin}\n{self.size}\n{root}\n")


def open_checkpoint(note: str, verifier: NoteVerifier) -> Checkpoint:
    """Read a published checkpoint.

    Raises:
        UntrustedNote: not signed by this log, of another log, or malformed.
    """
    checkpoint = read_checkpoint(verifier.open(note))
    if checkpoint.origin != verifier.name:
        raise UntrustedNote("this note is no checkpoint of the expected log")
    return checkpoint


def read_checkpoint(text: str) -> Checkpoint:
    """What the text of a checkpoint says, whoever signed it.

    Raises:
        UntrustedNote: it is none.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise UntrustedNote("this note is no checkpoint of the expected log")
    return Checkpoint(parts[1], int(parts[2]), base64.b64decode(parts[3]))
