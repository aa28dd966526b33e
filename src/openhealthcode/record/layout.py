"""JSON laid out for people to read; what it says stays as it was written, to the last decimal."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_INDENT: Final = b"  "


def laid_out(body: bytes) -> bytes:
    """One line for each value, indented by depth.

    Args:
        body: JSON that was written by us, hence valid.
    """
    parts: list[bytes] = []
    depth = 0
    before = b""
    for token in _TOKEN.findall(body):
        if token in (b"}", b"]"):
            depth -= 1
            if before not in (b"{", b"["):
                parts.append(b"\n" + _INDENT * depth)
        elif before in (b"{", b"[", b","):
            parts.append(b"\n" + _INDENT * depth)
        elif before == b":":
            parts.append(b" ")
        if token in (b"{", b"["):
            depth += 1
        parts.append(token)
        before = token
    return b"".join(parts) + b"\n"
