"""Which HTTP status and which sentence a page answers an expected failure with.

The one place of the pages that knows HTTP. A failure without a row of its own
is answered like the kind of failure it is a case of; what no page of ours could
have caused is a 400 in general words.
"""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode.standards.errors import HealthCodeError


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a page answers one kind of failure."""

    status: int
    sentence: str
    """Key of the messages ``what`` (happened) and ``next`` (step)."""


_OTHER = Explanation(400, "layout.error.other")
_EXPLANATIONS: dict[str, Explanation] = {
    "error": Explanation(500, "layout.error.other"),
    "forbidden": Explanation(403, "layout.error.forbidden"),
    "approval-needed": Explanation(403, "layout.error.approval-needed"),
    "guardian-needed": Explanation(403, "layout.error.guardian-needed"),
    "representation-over": Explanation(403, "layout.error.representation-over"),
    "not-found": Explanation(404, "layout.error.not-found"),
    "link-over": Explanation(404, "layout.error.not-found"),
    "conflict": Explanation(409, "layout.error.conflict"),
    "budget-spent": Explanation(429, "layout.error.budget-spent"),
    "intake-closed": Explanation(507, "layout.error.intake-closed"),
    "too-large": Explanation(413, "layout.error.too-large"),
    "too-many-attempts": Explanation(429, "layout.error.too-many-attempts"),
}


def explanation_of(error: HealthCodeError) -> Explanation:
    """The answer for this failure, or for the nearest kind of failure it is a case of."""
    if type(error) is HealthCodeError:
        return _EXPLANATIONS["error"]
    for kind in type(error).__mro__:
        if kind is HealthCodeError:
            break
        answer = _EXPLANATIONS.get(vars(kind).get("code", ""))
        if answer is not None:
            return answer
    return _OTHER
