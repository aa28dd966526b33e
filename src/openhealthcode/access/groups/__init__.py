"""Groups of residents that an operator approved for an institution, and their export (批量导出).

Start with ``approve_group``; ``begin_group_export`` and ``go_on`` hand one over, a portion at a time.
Approved is who may ask for whom; what is given, each resident's consent decides at each export.
"""

from openhealthcode.access.groups.approve import (
    MOST_MEMBERS,
    ApprovedGroup,
    approve_group,
    approved_groups,
    end_group,
)
from openhealthcode.access.groups.export import Asked, GoingOn, begin_group_export, go_on

__all__ = [
    "MOST_MEMBERS",
    "ApprovedGroup",
    "Asked",
    "GoingOn",
    "approve_group",
    "approved_groups",
    "begin_group_export",
    "end_group",
    "go_on",
]
