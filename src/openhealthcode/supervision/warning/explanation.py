"""Whether an access explains itself: strongly, weakly, or not at all. Pure.

Source: the idea that nearly all accesses explain themselves from the institution's own data, and
that what is left is looked at: Fabbri and LeFevre, Explaining accesses to electronic medical
records using diagnosis information, JAMIA 20 (2013), abstract (over 94 % of accesses).
"""

from __future__ import annotations

from collections.abc import Iterable

from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import Scene
from openhealthcode.supervision.warning.edition import Edition
from openhealthcode.supervision.warning.model import Access, Evidence

_AT_A_DESK = (PractitionerRole.REGISTRAR, Scene.REGISTRATION)


def is_at_desk(access: Access) -> bool:
    """Whether this is the look of a registration desk."""
    return (access.role, access.scene) == _AT_A_DESK


def explanations(
    edition: Edition, access: Access, looks: Iterable[tuple[float, str, bool, bool]], now: float
) -> frozenset[Evidence]:
    """All that explains an access: what it came with, and what others' looks at the resident say.

    Args:
        looks: at this resident: when, at which department, if explained by itself, if at a desk.
        now: the moment of the access, in seconds.
    """
    found = set(access.evidence)
    since = now - edition.within_hours * 3600
    passage_since = now - edition.passage_hours * 3600
    department = department_key(access)
    institution = department.partition("|")[0]
    is_first = is_at_desk(access)
    for at, where, is_explained, was_at_desk in looks:
        if where == department:
            if is_explained and at >= since:
                found.add(Evidence.TEAM)
        elif at >= passage_since and not is_first and where.startswith(institution):
            found.add(Evidence.DESK if was_at_desk and at >= since else Evidence.PASSAGE)
    return frozenset(found)


def department_key(access: Access) -> str:
    """The department within its institution."""
    return f"{access.institution}|{access.department}"


def is_explained(edition: Edition, evidence: frozenset[Evidence]) -> bool:
    """Whether there is an explanation that stands by itself."""
    return not edition.strong.isdisjoint(evidence)


def weight_left(edition: Edition, evidence: frozenset[Evidence]) -> float:
    """What the weak explanations leave of the weight of a finding about how somebody looked.

    That others looked as well explains one look, not a habit: several who do wrong would excuse
    each other.
    """
    left = 1.0
    for one in evidence:
        if one is not Evidence.PASSAGE:
            left = min(left, edition.left.get(one, 1.0))
    return left
