"""Checks an auditor runs unaided: whether the log is whole, and whether two decided where two must.

An auditor only asks (``ask``); the program carries it out beside its other work (``run_asked``), and
what came of it stays (``results``). A check reads marks, ids and counts, and no record.
"""

from openhealthcode.supervision.checks.asking import ask, results, run_asked
from openhealthcode.supervision.checks.model import Check, Installation, Outcome, Run

__all__ = ["Check", "Installation", "Outcome", "Run", "ask", "results", "run_asked"]
