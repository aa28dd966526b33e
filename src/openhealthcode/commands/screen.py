"""The terminal commands speak to."""

from __future__ import annotations

from rich.console import Console


def screen() -> Console:
    """Where a command says what it says, letter by letter: ``:M:`` in a certificate is no picture."""
    return Console(emoji=False)
