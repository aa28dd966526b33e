"""The limits as data: of the release, or of a file the operator names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

from openhealthcode.access.budgets.model import ReaderKind
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import InvalidInput

_KEYS: Final = frozenset({"stop-at", "warn-at"})
_MOST: Final = 1_000_000


class Limits(NamedTuple):
    """Of one reader and day: unexplained reading ends before the first, explained warns at the second."""

    stop_at: int
    warn_at: int


Table = Mapping[tuple[ReaderKind, PractitionerRole | None], Limits]


def read_limits(text: str) -> Table:
    """The limits a file says.

    Raises:
        InvalidInput: not such a file; a misspelt limit must not pass in silence.
    """
    try:
        read = tomllib.loads(text)
        if set(read) != set(ReaderKind):
            raise InvalidInput("a file of reading limits names practitioner and system")
        found: dict[tuple[ReaderKind, PractitionerRole | None], Limits] = {}
        for kind in ReaderKind:
            roles = read[kind].pop("roles", {})
            found[kind, None] = _limits(read[kind])
            for role, limits in roles.items():
                found[kind, PractitionerRole(role)] = _limits(limits)
    except (ValueError, AttributeError):
        raise InvalidInput("not a file of reading limits") from None
    return found


def choose_limits(text: str) -> None:
    """Let this process keep to other limits than those of the release.

    Raises:
        InvalidInput: as ``read_limits``.
    """
    _chosen.clear()
    _chosen.update(read_limits(text))


def limits_of(kind: ReaderKind, role: PractitionerRole | None = None) -> Limits:
    """The limits of a reader; those of the role where it has its own."""
    return _chosen.get((kind, role)) or _chosen[kind, None]


def of_the_release() -> str:
    """The file that comes with the program."""
    return (files("openhealthcode.access.budgets") / "limits.toml").read_text("utf-8")


def _limits(read: Any) -> Limits:  # noqa: ANN401 - parsed TOML
    if set(read) != _KEYS:
        raise ValueError("not the two limits")
    limits = Limits(read["stop-at"], read["warn-at"])
    if not all(type(one) is int and 0 < one <= _MOST for one in limits):
        raise ValueError("not a number of residents")
    return limits


_chosen: Final = dict(read_limits(of_the_release()))
