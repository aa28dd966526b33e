"""The proof that an event is in the public tree, as a file anybody can check without us."""

from __future__ import annotations

from openhealthcode.transparency import (
    LogFolder,
    NoteVerifier,
    inclusion_proof,
    open_checkpoint,
    write_proof,
)


def prove(
    folder: LogFolder, verifier: NoteVerifier, leaf_index: int, note: str | None
) -> str | None:
    """What leads from a leaf to a signed head; None while that head does not cover it.

    Args:
        note: the head, as published.

    Raises:
        UntrustedNote, LogDamaged: the log's files are not what they should be.
    """
    if note is None:
        return None
    size = open_checkpoint(note, verifier).size
    if not 0 <= leaf_index < size:
        return None
    path = inclusion_proof(leaf_index, size, folder.subtrees(size))
    return write_proof(leaf_index, path, note)
