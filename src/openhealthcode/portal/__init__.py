"""The pages people use: resident, clinic, registrar, one folder each over one layout.

A handler here parses, calls one verb of a domain and renders; it decides
nothing. ``routes`` is all that the program needs to know of the portal.
"""

from openhealthcode.portal.routes import routes

__all__ = ["routes"]
