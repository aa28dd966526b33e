"""Batch linkage (批量关联): Splink on DuckDB over a keyed export of the index, run by the operator.

Trains the model anew on what the region itself knows, judges it on residents held out, finds
entries that may be one person and sends them to review, and draws a report. It merges nobody.
Needs the ``linkage`` extra; nothing else of the program imports it. Start with ``run``.
"""

from openhealthcode.identity.batch.export import pseudonym
from openhealthcode.identity.batch.report import drawn
from openhealthcode.identity.batch.run import Linked, link, send

__all__ = ["Linked", "drawn", "link", "pseudonym", "send"]
