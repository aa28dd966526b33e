"""Care away from home (异地就医): a clinic of one region, a resident of another.

The clinic's region asks, the home region decides, shows and logs, as for a clinic of its own: who
looks stands in the home region's registry as somebody from elsewhere, and in the resident's log by
name. ``home`` is what the home region does; ``model.Regions`` is what a clinic's region calls.
"""

from openhealthcode.access.elsewhere.home import (
    answer_visitor,
    override_for_visitor,
    receive_visitor,
    show_visitor,
)
from openhealthcode.access.elsewhere.model import (
    AnswerElsewhere,
    EntryElsewhere,
    Received,
    RegionRefused,
    Regions,
    RegionUnavailable,
    ShownElsewhere,
    State,
    Visitor,
)
from openhealthcode.access.elsewhere.whose import region_of

__all__ = [
    "AnswerElsewhere",
    "EntryElsewhere",
    "Received",
    "RegionRefused",
    "RegionUnavailable",
    "Regions",
    "ShownElsewhere",
    "State",
    "Visitor",
    "answer_visitor",
    "override_for_visitor",
    "receive_visitor",
    "region_of",
    "show_visitor",
]
