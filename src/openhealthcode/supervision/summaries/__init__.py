"""How much happens in the region, by week and institution, without any number that means a person.

Start with ``rules``: what may be published of a week's counts. ``count`` follows the log,
``published`` tells what the pages show.
"""

from openhealthcode.supervision.summaries.count import count_up, counted_up_to
from openhealthcode.supervision.summaries.model import (
    FEWEST,
    Cell,
    Figures,
    Measure,
    Place,
    Scope,
)
from openhealthcode.supervision.summaries.published import active_institutions, figures

__all__ = [
    "FEWEST",
    "Cell",
    "Figures",
    "Measure",
    "Place",
    "Scope",
    "active_institutions",
    "count_up",
    "counted_up_to",
    "figures",
]
