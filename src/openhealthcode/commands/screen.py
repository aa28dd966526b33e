"""The terminal commands speak to."""

from __future__ import annotations

from typing import IO

from rich.console import Console


def screen(file: IO[str] | None = None, *, width: int | None = None) -> Console:
    """Where a command says what it says, letter by letter: ``:M:`` in a certificate is no picture."""
    return Console(file=file, width=width, emoji=False)
