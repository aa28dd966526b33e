"""`ohc keys`: copies of the key store, and a ceremony in which custodians hold one together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from openhealthcode import trust
from openhealthcode.operations import backup as copies
from openhealthcode.settings import Settings

Hand = Callable[[str], None]
"""Shows one custodian a text nobody else sees, and returns when it is written down."""
Ask = Callable[[str], str]
"""Has one custodian type a share, unseen."""


def copy(settings: Settings, console: Console, target: Path) -> None:
    """Copy the key store in the clear.

    Raises:
        InvalidInput: there is none, or the places lie within each other.
    """
    copies.refuse_overlap(target, settings.keys_at)
    folder = copies.copy_keys(settings.keys_at, target)
    console.print(
        f"copied   {folder}  in the clear: keep it apart", highlight=False, soft_wrap=True
    )
    _tell_until_when(console)


def _tell_until_when(console: Console) -> None:
    """A copy holds the root keys it needs: what is promised to residents ends with the copy."""
    day = trust.unreadable_from(datetime.now(UTC).date())
    console.print(
        f"destroy it before {day}: until then it opens what residents have destroyed since, and"
        " after it their receipts say that nothing does",
        highlight=False,
        soft_wrap=True,
    )


def divide(
    settings: Settings, console: Console, target: Path, custody: tuple[int, int], hand: Hand
) -> None:
    """Copy the key store sealed, and hand its key to custodians in shares.

    Args:
        custody: how many shares open it, and how many there are.

    Raises:
        InvalidInput: there is none, or such a division makes no sense.
    """
    copies.refuse_overlap(target, settings.keys_at)
    needed, count = custody
    path, shares = copies.divide_keys(settings.keys_at, target, needed=needed, count=count)
    for share in shares:
        which = f"share {share.number} of {share.total}, {share.needed} needed"
        hand(f"{which}:\n{trust.write_share(share)}")
    console.print(f"copied   {path}", highlight=False, soft_wrap=True)
    _tell_until_when(console)


def join(console: Console, source: Path, target: Path, ask: Ask) -> None:
    """Open a sealed copy with the shares of so many custodians.

    Raises:
        SharesUnsuitable, UnreadableSeal, InvalidInput: nothing was written.
    """
    shares = [trust.read_share(ask("share 1"))]
    while len(shares) < shares[0].needed:
        shares.append(
            trust.read_share(ask(f"share {len(shares) + 1} of {shares[0].needed} needed"))
        )
    copies.open_keys(source, shares, target)
    console.print(f"opened   {target}", highlight=False, soft_wrap=True)
