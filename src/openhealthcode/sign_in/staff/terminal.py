"""A terminal is a browser that keeps a secret of its own; its id is derived and can be logged."""

from __future__ import annotations

from uuid import UUID

from openhealthcode.sign_in.token import TokenKind, new_token, token_key
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys


def new_terminal() -> str:
    """The secret a browser keeps, for years, in a cookie of its own."""
    return new_token()


def terminal_id(keys: Keys, terminal_token: str) -> TerminalId:
    """The id under which a terminal appears in sessions and in the log.

    Nobody who reads an id can make the secret, so a session's cookie alone is worth nothing.
    """
    return TerminalId(UUID(bytes=token_key(keys, TokenKind.TERMINAL, terminal_token)[:16]))
