"""Pages of the sensitive map: for everybody to read, and for two reviewers to make a new edition.

Start with ``editing``; ``reading`` is the page without signing in.
"""

from openhealthcode.portal.sensitive.routes import routes

__all__ = ["routes"]
