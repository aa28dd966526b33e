"""`ohc verify`: check the access log, and name what was tampered with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from rich.console import Console

from openhealthcode import app, audit
from openhealthcode.access import CROSS_CHECKS
from openhealthcode.audit import Report
from openhealthcode.settings import Settings
from openhealthcode.standards import InvalidInput
from openhealthcode.transparency import Finding

_SHOWN = 100


async def verify(settings: Settings, console: Console, kept: Sequence[Path]) -> int:
    """Check everything; answers the exit code: 0 when the log is whole, 1 when it is not.

    Args:
        kept: files with signed heads of this log that were kept elsewhere: what tells a log and a
            database that were rolled back together from whole ones.

    Raises:
        InvalidInput: such a file cannot be read.
    """
    started_at = perf_counter()
    heads = [_head(path) for path in kept]
    async with app.opened(settings) as platform:
        report = await audit.verify(
            platform.pool,
            settings.log_at,
            platform.keys.checkpoint_verifier(settings.log_origin),
            keys=platform.keys,
            kept=heads,
            cross_checks=CROSS_CHECKS,
        )
    for finding in report.findings[:_SHOWN]:
        console.print(_line(finding), style="bold", highlight=False, markup=False, soft_wrap=True)
    if (more := len(report.findings) - _SHOWN) > 0:
        console.print(f"… and {more} more")
    console.print(
        f"{report.residents} residents, {report.events} events, {report.leaves} leaves checked in"
        f" {perf_counter() - started_at:.1f} s: {_verdict(report)}",
        highlight=False,
    )
    return int(bool(report.findings))


def _line(finding: Finding) -> str:
    where = f"  resident {finding.resident_id}" if finding.resident_id else ""
    number = f", event {finding.number}" if finding.number is not None else ""
    return f"{finding.kind.value:<18} {finding.sentence}{where}{number}"


def _verdict(report: Report) -> str:
    if not report.findings and report.lost:
        return f"unaltered; {report.lost} events were lost in a restore, as was recorded"
    if not report.findings:
        return "complete and unaltered"
    return f"{len(report.findings)} findings: the log was tampered with or is damaged"


def _head(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(f"{path} cannot be read") from None
