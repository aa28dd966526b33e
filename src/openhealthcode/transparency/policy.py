"""Whose word is enough: which logs are believed, and how many of which witnesses must have seen.

A file of lines ``log``, ``witness``, ``group`` and one ``quorum``; what a line names stands above it.

Source: c2sp.org/tlog-policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.transparency.checkpoint import Checkpoint, open_checkpoint
from openhealthcode.transparency.cosignature import CosignatureVerifier
from openhealthcode.transparency.model import UntrustedNote
from openhealthcode.transparency.note import NoteVerifier

_NONE: Final = "none"
_WRITABLE = re.compile(r"[\t\n\x20-\x7e\x80-\U0010ffff]*")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_MOST_LINES: Final = 1_000


class UnreadablePolicy(HealthCodeError):
    """The policy file cannot be read as one."""

    code = "policy-unreadable"


class NotWitnessed(UntrustedNote):
    """Too few of the witnesses the policy asks for have seen this head."""

    code = "not-witnessed"


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who watches that the log never says two things.

    Args:
        name: in the policy.
        url: where heads are submitted; empty where the policy only checks.
    """

    name: str
    verifier: CosignatureVerifier
    verifier_key: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """What makes a head believable."""

    logs: tuple[NoteVerifier, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    quorum: str = _NONE
    _groups: Mapping[str, _Group] = field(default_factory=dict)

    def check(self, note: str) -> Checkpoint:
        """The head, if one of the logs signed it and enough witnesses saw it.

        Raises:
            UntrustedNote: not signed by a log of this policy.
            NotWitnessed: seen by too few.
        """
        checkpoint = self._signed(note)
        if not self.is_witnessed(note):
            raise NotWitnessed
        return checkpoint

    def is_witnessed(self, note: str) -> bool:
        """Whether enough witnesses saw this head.

        Raises:
            UntrustedNote: a cosignature under a witness's name is wrong, or this is no note.
        """
        seen = {one.name for one in self.witnesses if one.verifier.seen_at(note) is not None}
        return self._counts(self.quorum, seen)

    def _signed(self, note: str) -> Checkpoint:
        for log in self.logs:
            try:
                return open_checkpoint(note, log)
            except UntrustedNote:
                continue
        raise UntrustedNote

    def _counts(self, name: str, seen: set[str]) -> bool:
        if name == _NONE:
            return True
        group = self._groups.get(name)
        if group is None:
            return name in seen
        return sum(self._counts(member, seen) for member in group.members) >= group.least


def read_policy(text: str) -> Policy:
    """The policy a file says.

    Raises:
        UnreadablePolicy: the line that is wrong, by its number.
    """
    lines = text.split("\n")
    if not _WRITABLE.fullmatch(text) or len(lines) > _MOST_LINES:
        raise UnreadablePolicy
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        words = re.split(r"[ \t]+", line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except (UntrustedNote, KeyError, ValueError):
            raise UnreadablePolicy(f"line {number} of the policy cannot be read") from None
    if reader.quorum is None:
        raise UnreadablePolicy("the policy has no quorum line")
    return Policy(tuple(reader.logs), tuple(reader.witnesses), reader.quorum, reader.groups)


class _Reader:
    """What the lines so far have said; a ``ValueError`` is the current line's."""

    def __init__(self) -> None:
        self.logs: list[NoteVerifier] = []
        self.witnesses: list[Witness] = []
        self.groups: dict[str, _Group] = {}
        self.quorum: str | None = None
        self._names: set[str] = set()
        self._members: set[str] = set()
        self._keys: set[tuple[str, bytes]] = set()

    def take(self, words: Sequence[str]) -> None:
        kinds: Mapping[str, Callable[[Sequence[str]], None]] = {
            "log": self._log,
            "witness": self._witness,
            "group": self._group,
            "quorum": self._quorum,
        }
        kinds[words[0]](words[1:])

    def _log(self, words: Sequence[str]) -> None:
        _expect(len(words) in {1, 2})
        log = NoteVerifier(words[0])
        self._note_key("log", log.public_key)
        self.logs.append(log)

    def _witness(self, words: Sequence[str]) -> None:
        _expect(len(words) in {2, 3})
        name, key, *url = words
        self._note_name(name)
        verifier = CosignatureVerifier(key)
        self._note_key("witness", verifier.public_key)
        self.witnesses.append(Witness(name, verifier, key, "".join(url)))

    def _group(self, words: Sequence[str]) -> None:
        _expect(len(words) >= 3)
        name, least, *members = words
        for member in members:
            _expect(member in self._names and member not in self._members)
            self._members.add(member)
        self._note_name(name)
        self.groups[name] = _Group(_least(least, len(members)), tuple(members))

    def _quorum(self, words: Sequence[str]) -> None:
        _expect(len(words) == 1 and self.quorum is None)
        _expect(words[0] == _NONE or words[0] in self._names)
        self.quorum = words[0]

    def _note_name(self, name: str) -> None:
        _expect(name != _NONE and name not in self._names)
        self._names.add(name)

    def _note_key(self, kind: str, key: bytes) -> None:
        _expect((kind, key) not in self._keys)
        self._keys.add((kind, key))


def _least(written: str, members: int) -> int:
    if written in {"any", "all"}:
        return 1 if written == "any" else members
    _expect(_NUMBER.fullmatch(written) is not None)
    least = int(written)
    _expect(least <= members)
    return least


def _expect(is_so: bool) -> None:  # noqa: FBT001 - a condition by itself
    if not is_so:
        raise ValueError
