"""`ohc verify --log` and `--history`: check what was published, with nothing of an installation.

No database, no keys but public ones, no settings: what this program believes is what the files say
and the keys prove. Take the keys from print or from somebody else's site.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import (
    Finding,
    LogFolder,
    NoteVerifier,
    Policy,
    PublishedLog,
    UntrustedNote,
    check_history,
    check_maps,
    check_tree,
    read_policy,
)

_SHOWN = 100


class Printer(Protocol):
    """Where lines are said: rich's console, or what prints plainly."""

    def print(self, line: str, /, *, highlight: bool, markup: bool, soft_wrap: bool) -> object:
        """One line."""


@dataclass(frozen=True, slots=True)
class Published:
    """What to check, and with what.

    Args:
        log: folder or address of the log.
        history: a resident's own history.
        keys: a file with the log's public key and that of its receipts, a line each.
        policy: a file that names witnesses and how many must have seen a head.
        kept: heads, or histories, that were kept earlier.
    """

    log: str
    history: Path | None
    keys: Path
    policy: Path | None
    kept: Sequence[Path]


def verify_published(printer: Printer, what: Published) -> int:
    """Check it; answers the exit code: 0 when it holds, 1 when it does not.

    Raises:
        InvalidInput: a file cannot be read.
        UntrustedNote, UnreadablePolicy, HistoryRefused, LogUnreachable: why it cannot be checked.
    """
    log, receipts = _keys(what.keys)
    policy = read_policy(_text(what.policy)) if what.policy else None
    findings: list[Finding] = []
    if what.log:
        findings += _log(printer, what, log, policy)
    if what.history is not None:
        findings += _history(printer, what, what.history, (log, receipts), policy)
    for finding in findings[:_SHOWN]:
        number = f"  event {finding.number}" if finding.number is not None else ""
        _say(printer, f"{finding.kind.value:<18} {finding.sentence}{number}")
    if (more := len(findings) - _SHOWN) > 0:
        _say(printer, f"… and {more} more")
    return int(bool(findings))


def _log(
    printer: Printer, what: Published, log: NoteVerifier, policy: Policy | None
) -> list[Finding]:
    heads = [text for path in what.kept if not (text := _text(path)).startswith("{")]
    with _folder(what.log, log) as folder:
        note = folder.checkpoint()
        if policy is not None and (note is None or not policy.is_witnessed(note)):
            note = folder.witnessed()
        tree = check_tree(folder, note, log, heads)
        maps = check_maps(log.name, tree.commitments, _listed(folder))
    if policy is not None and note is not None:
        policy.check(note)
    findings = [*tree.findings, *maps.findings]
    days = [statement for _, statement in maps.statements]
    mapped = f", daily maps from {days[0].first_day} until {days[-1].day}" if days else ""
    entries = len(tree.commitments) - len(maps.leaves)
    _say(
        printer,
        f"{log.name}: {entries} events in the tree{mapped}: {_verdict(findings)}",
    )
    return findings


def _listed(folder: LogFolder) -> str | None:
    """The list of daily maps beside the log, if there is one."""
    path = folder.folder / "maps"
    return _text(path) if path.exists() else None


def _history(
    printer: Printer,
    what: Published,
    path: Path,
    keys: tuple[NoteVerifier, NoteVerifier],
    policy: Policy | None,
) -> Sequence[Finding]:
    kept = [data for one in what.kept if (data := _bytes(one)).startswith(b"{")]
    checked = check_history(_bytes(path), *keys, policy, kept)
    events = checked.history.events
    waiting = f", {checked.waiting} of them not in the tree yet" if checked.waiting else ""
    mapped = f", held against the maps until {checked.mapped}" if checked.mapped else ""
    lost = f", {checked.lost} lost in a restore, as was recorded" if checked.lost else ""
    witnessed = ", seen by the witnesses" if policy is not None and policy.witnesses else ""
    _say(
        printer,
        f"{len(events)} events until {checked.history.made_at:%Y-%m-%d %H:%M} UTC{waiting}, under a"
        f" head of {checked.head.size} events{witnessed}{mapped}{lost}: {_verdict(checked.findings)}",
    )
    return checked.findings


@contextmanager
def _folder(place: str, log: NoteVerifier) -> Iterator[LogFolder]:
    """The log's files, fetched first if it is an address."""
    if "://" not in place:
        yield LogFolder(Path(place))
        return
    published = PublishedLog(place)
    try:
        with tempfile.TemporaryDirectory(prefix="ohc-log-") as folder:
            yield published.copy(Path(folder), log)
    finally:
        published.close()


def _keys(path: Path) -> tuple[NoteVerifier, NoteVerifier]:
    lines = _text(path).split()
    if len(lines) != 2:
        raise InvalidInput("the keys are two lines: the log's, then that of its receipts")
    try:
        return NoteVerifier(lines[0]), NoteVerifier(lines[1])
    except UntrustedNote as error:
        raise InvalidInput(str(error)) from None


def _verdict(findings: Sequence[Finding]) -> str:
    return f"{len(findings)} findings" if findings else "complete and unaltered"


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path} cannot be read") from None


def _say(printer: Printer, line: str) -> None:
    printer.print(line, highlight=False, markup=False, soft_wrap=True)
