"""Maps between code systems (代码映射). Start with ``maps_between``."""

from openhealthcode.terminology.concept_maps.held import (
    ConceptMap,
    Mapped,
    held,
    maps_between,
)

__all__ = ["ConceptMap", "Mapped", "held", "maps_between"]
