"""Where a found file comes from: from its marks, from the log, or that it cannot be said (泄露溯源).

Start with ``investigate``. ``found.py`` reads whatever was found, ``trace.py`` says which of the
files that left it comes from, ``whose_screen.py`` whose screen a picture shows; the marks
themselves are ``trust.marks``.
"""

from openhealthcode.supervision.tracing.found import (
    LARGEST_BYTES,
    Form,
    Found,
    read_found,
)
from openhealthcode.supervision.tracing.investigate import Investigation, Origin, investigate
from openhealthcode.supervision.tracing.label import bring_out
from openhealthcode.supervision.tracing.trace import Because, Register, Source, Traced, trace_found
from openhealthcode.supervision.tracing.whose_screen import ScreenOrigin, read_name

__all__ = [
    "LARGEST_BYTES",
    "Because",
    "Form",
    "Found",
    "Investigation",
    "Origin",
    "Register",
    "ScreenOrigin",
    "Source",
    "Traced",
    "bring_out",
    "investigate",
    "read_found",
    "read_name",
    "trace_found",
]
