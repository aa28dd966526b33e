"""The proof that an event is in the public tree, as a file anybody can check without us.

Source: c2sp.org/tlog-proof.
"""

from __future__ import annotations

import base64
from functools import partial

from openhealthcode.audit.checkpoint import open_checkpoint
from openhealthcode.audit.merkle import inclusion_proof
from openhealthcode.audit.tiles import LogFolder
from openhealthcode.trust import NoteVerifier


def prove(folder: LogFolder, verifier: NoteVerifier, leaf_index: int) -> str | None:
    """What leads from a leaf to the signed head; None while no head covers it.

    Raises:
        UntrustedNote, LogDamaged: the log's files are not what they should be.
    """
    note = folder.checkpoint()
    if note is None:
        return None
    size = open_checkpoint(note, verifier).size
    if not 0 <= leaf_index < size:
        return None
    path = inclusion_proof(leaf_index, size, partial(folder.subtree, size))
    lines = ["c2sp.org/tlog-proof@v1", f"index {leaf_index}"]
    lines += [base64.b64encode(found).decode() for found in path]
    return "\n".join([*lines, "", note])
