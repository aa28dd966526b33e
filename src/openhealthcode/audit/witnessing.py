"""Have witnesses cosign the log's newest head, and publish it once enough of them did.

What each witness knows is kept beside the log, so that a restart asks it for the next step and not
for the first. Who has lost that is told by the witness. A witness that knows more of this log than
its files hold has seen a future they forgot, or lies: it is passed over, and said so.

Source: c2sp.org/tlog-witness.
"""

from __future__ import annotations

import asyncio
import http.client
import logging
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from openhealthcode.transparency import (
    Checkpoint,
    LogFolder,
    NoteVerifier,
    Policy,
    UntrustedNote,
    Witness,
    consistency_proof,
    open_checkpoint,
    read_policy,
    write_request,
)

_TIMEOUT_SECONDS: Final = 5.0
_LARGEST_ANSWER: Final = 16_384
_SIZE_TYPE: Final = "text/x.tlog.size"
_LOG = logging.getLogger(__name__)


class _BeyondUsError(ValueError):
    """A witness says that it cosigned a larger head of this log than there is."""


class _Said(NamedTuple):
    """A witness's answer: the line to add, or the size it knows."""

    cosignature: str = ""
    knows: int | None = None


class Witnessing:
    """Submits heads of one log to the witnesses of a policy."""

    def __init__(self, folder: Path, verifier: NoteVerifier, policy: Policy) -> None:
        """Prepare; nothing is read or asked yet.

        Args:
            folder: the log's files.
            verifier: the log's public key.
            policy: whose cosignatures are asked for, and how many make a head.
        """
        self._folder = LogFolder(folder)
        self._known_path = folder / "witnesses.json"
        self._verifier = verifier
        self._policy = policy
        self._known = self._read_known()

    @property
    def is_needed(self) -> bool:
        """Whether a head counts only once witnesses have seen it."""
        return self._policy.quorum != "none"

    async def submit(self) -> bool:
        """Ask all witnesses for the newest head; whether it is now published as witnessed.

        A witness that does not answer, or says no, is asked again the next time.
        """
        note = self._folder.checkpoint()
        asked = [witness for witness in self._policy.witnesses if witness.url]
        if note is None or not asked or self._is_done(note):
            return False
        head = open_checkpoint(note, self._verifier)
        said = await asyncio.gather(*(self._ask(witness, note, head) for witness in asked))
        await asyncio.to_thread(self._keep_known)
        cosigned = note + "".join(said)
        if not self._policy.is_witnessed(cosigned):
            return False
        await asyncio.to_thread(self._folder.publish_witnessed, cosigned)
        return True

    def _is_done(self, note: str) -> bool:
        """Whether everybody cosigned this head already."""
        witnessed = self._folder.witnessed()
        if witnessed is None or not witnessed.startswith(note):
            return False
        seen = [one.verifier.seen_at(witnessed) for one in self._policy.witnesses if one.url]
        return None not in seen

    async def _ask(self, witness: Witness, note: str, head: Checkpoint) -> str:
        """The witness's cosignature, or an empty text."""
        try:
            said = await asyncio.to_thread(self._once, witness, note, head)
            if said.knows is not None:
                self._known[witness.name] = said.knows
                if said.knows > head.size:
                    raise _BeyondUsError
                said = await asyncio.to_thread(self._once, witness, note, head)
        except (OSError, http.client.HTTPException, UntrustedNote, ValueError) as error:
            facts = {"witness": witness.name, "for": type(error).__name__}
            _LOG.warning("a witness did not cosign", extra={"facts": facts})
            return ""
        if said.cosignature:
            self._known[witness.name] = head.size
        return said.cosignature

    def _once(self, witness: Witness, note: str, head: Checkpoint) -> _Said:
        known = self._known.get(witness.name, 0)
        if known > head.size:
            known = 0  # the witness then says what it knows
        subtrees = self._folder.subtrees(head.size)
        proof = consistency_proof(known, head.size, subtrees) if known else []
        status, kind, body = _post(witness.url, write_request(known, proof, note).encode())
        if status == 409 and kind == _SIZE_TYPE:
            return _Said(knows=_size(body))
        if status != 200:
            raise http.client.HTTPException(f"status {status}")
        return _Said(_own_line(witness, note, body))

    def _read_known(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._known_path.read_bytes(), type=dict[str, int])
        except (FileNotFoundError, msgspec.DecodeError):
            return {}  # each witness says itself what it knows

    def _keep_known(self) -> None:
        draft = self._known_path.with_suffix(".draft")
        draft.write_bytes(msgspec.json.encode(self._known))
        draft.replace(self._known_path)


def whole_policy(policy: str, verifier_key: str) -> str:
    """The policy with this log in it, as others need it; without witnesses if it is empty."""
    if not policy:
        return f"log {verifier_key}\nquorum none\n"
    return policy if read_policy(policy).logs else f"log {verifier_key}\n{policy}"


def _own_line(witness: Witness, note: str, body: bytes) -> str:
    """The lines of the answer that are this witness's, each checked."""
    lines = body.decode().splitlines(keepends=True)
    own = [line for line in lines if line.startswith(f"— {witness.verifier.name} ")]
    if not own or witness.verifier.seen_at(note + "".join(own)) is None:
        raise UntrustedNote
    return "".join(own)


def _size(body: bytes) -> int:
    text = body.decode("ascii", "replace").removesuffix("\n")
    if not text.isdecimal() or len(text) > 19:
        raise http.client.HTTPException("no size")
    return int(text)


def _post(url: str, body: bytes) -> tuple[int, str, bytes]:
    """Send and read the answer; five seconds at the most, and no redirect is followed."""
    address = urlsplit(url.rstrip("/") + "/add-checkpoint")
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", address.path, body, {"Content-Type": "text/plain"})
        answer = connection.getresponse()
        read = answer.read(_LARGEST_ANSWER + 1)
        if len(read) > _LARGEST_ANSWER:
            raise http.client.HTTPException("a longer answer than any")
        return answer.status, answer.headers.get_content_type(), read
    finally:
        connection.close()
