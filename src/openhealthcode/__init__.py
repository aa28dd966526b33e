"""Health records that show themselves when their resident's code is scanned and consents.

One program: the folders are the words of the domain. Start with ``access``, the one door out, and
follow its imports downwards; ``docs/architecture.md`` has the picture.
"""

from importlib.metadata import version

__version__ = version("openhealthcode")
