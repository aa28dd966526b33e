"""What an operator loads: a code system with its rows, and what may be wrong with a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from openhealthcode.standards import HealthCodeError
from openhealthcode.terminology.concepts import About


class UnreadableCodes(HealthCodeError):
    """The file of codes is not written as it has to be; nothing of it was taken."""

    code = "codes-unreadable"


class VersionLoaded(HealthCodeError):
    """This version of the code system is here already; a version never changes."""

    code = "codes-version-loaded"


class Row(NamedTuple):
    """One concept of a file."""

    code: str
    chinese: str = ""
    english: str = ""
    parents: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version of a code system that is in the database whole."""

    number: int
    about: About
    concepts: int
    loaded_at: datetime
