"""One entry of a record in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from openhealthcode.standards.category import RecordCategory


@dataclass(frozen=True, slots=True)
class PlainEntry:
    """What a reader sees of an entry before opening it: what, how, when, of which kind.

    All text is inert plain text, to be escaped by whatever shows it. ``when`` is as precise as
    it was written (``2019``, ``2019-05``, ``2019-05-03``, or "" when unknown) and sorts as text.
    """

    title: str = field(repr=False)
    detail: str = field(repr=False)
    when: str
    kind: RecordCategory
    by: str = field(default="", repr=False)
    """Who wrote or did it, as the entry itself names them; "" when it does not."""

    @property
    def year(self) -> str:
        """The year it belongs to, "" when unknown."""
        return self.when[:4]


class Said(NamedTuple):
    """Title and detail of one resource, before they are put into an entry."""

    title: str
    detail: str = ""
