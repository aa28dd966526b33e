"""Pages for everybody, without signing in: what may be collected, on which occasion and why.

Start with ``collection_rules``.
"""

from openhealthcode.portal.public.asking import about
from openhealthcode.portal.public.routes import routes
from openhealthcode.portal.public.views import ElementView, element_view, said

__all__ = ["ElementView", "about", "element_view", "routes", "said"]
