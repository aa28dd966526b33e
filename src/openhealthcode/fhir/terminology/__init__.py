"""Code systems, value sets and maps over HTTP: whoever has a token may ask, nobody's data is in it.

Start with ``routes``; each interaction has a file of its own.

Source: FHIR R4, terminology service (terminology-service.html).
"""

from openhealthcode.fhir.terminology.routes import OPERATIONS, TYPES, Definitions
from openhealthcode.fhir.terminology.search import parameters_of

__all__ = ["OPERATIONS", "TYPES", "Definitions", "parameters_of"]
