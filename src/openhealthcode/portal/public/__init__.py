"""Pages for everybody, without signing in: what may be collected, on which occasion and why.

Start with ``collection_rules``.
"""

from openhealthcode.portal.public.asking import about
from openhealthcode.portal.public.routes import routes

__all__ = ["about", "routes"]
