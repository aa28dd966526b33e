"""The resident's pages: show the code, answer a request, read the record, see who looked.

Each module answers one page: it parses, calls one verb, puts the answer into the plain values of
``views`` and renders. Start with ``routes`` and ``code``.
"""

from openhealthcode.portal.resident.routes import routes

__all__ = ["routes"]
