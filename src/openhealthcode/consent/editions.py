"""The editions of the notice, and which consents do not outlive a change of what they were about.

Pure, but for reading the packaged table once.

Source: PIPL art. 14 (consent anew when purpose, manner or kinds of information change).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final


class NoticeChange(StrEnum):
    """What about the processing an edition says otherwise than the one before."""

    PURPOSE = "purpose"
    MANNER = "manner"
    KINDS = "kinds"


@dataclass(frozen=True, slots=True)
class NoticeEdition:
    """One edition of the notice."""

    version: str
    changes: frozenset[NoticeChange] = frozenset()


def editions_in(text: str) -> tuple[NoticeEdition, ...]:
    """The editions a table lists, in its order.

    Raises:
        ValueError: a change that is none of those the law names.
    """
    table: Mapping[str, Any] = tomllib.loads(text)
    return tuple(
        NoticeEdition(version, frozenset(map(NoticeChange, edition["changes"])))
        for version, edition in table.items()
    )


EDITIONS: Final = editions_in(
    files("openhealthcode.consent").joinpath("editions.toml").read_text("utf-8")
)
"""As shipped; the last is the one in force."""


def changes_since(
    version: str, editions: tuple[NoticeEdition, ...] = EDITIONS
) -> frozenset[NoticeChange]:
    """What changed after somebody consented under an edition; an unknown one is older than all."""
    versions = [edition.version for edition in editions]
    later = versions.index(version) + 1 if version in versions else 0
    return frozenset(change for edition in editions[later:] for change in edition.changes)


def still_good(editions: tuple[NoticeEdition, ...] = EDITIONS) -> frozenset[str]:
    """The editions under which a consent still stands: nothing of substance changed since."""
    return frozenset(
        edition.version for edition in editions if not changes_since(edition.version, editions)
    )
