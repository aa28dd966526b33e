"""An insurer, a payment service and a cash desk that do not exist, each a service of its own.

They stand for what a region meets outside: other programs, in other processes, with keys and
storage of their own, reached over HTTP and nothing else. Start with ``introduce``; `ohc demo` runs
them, and so do the tests.
"""

from openhealthcode.demonstration.partners.introduce import clerk, introduce
from openhealthcode.demonstration.partners.processes import Running, running, starting

__all__ = ["Running", "clerk", "introduce", "running", "starting"]
