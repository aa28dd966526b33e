"""FHIR R4 over HTTP for institutions' systems: one file per interaction, parse, call, render.

Start with ``routes.py``, the table of what is offered; the CapabilityStatement is made from it.
``outcome.py`` is the only place that knows HTTP statuses. Nothing here decides: data leaves
through ``access`` and enters through ``collection``.
"""

from openhealthcode.fhir.outcome import explain
from openhealthcode.fhir.routes import is_answered_here, routes

__all__ = ["explain", "is_answered_here", "routes"]
