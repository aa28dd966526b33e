"""Why a request was answered as it was, in one word that the pages turn into one sentence.

Pure: what was said and what was asked in, the reason out. The reason is logged with the look, so
that the resident and the supervisor read the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from openhealthcode.consent.model import AccessRequest, Decision, Manner, Provision, Rule
from openhealthcode.consent.rules import decide
from openhealthcode.standards import PurposeOfUse


class Because(StrEnum):
    """The reasons there are. A word once used keeps its meaning: logs hold it."""

    PRACTITIONER_ALLOWED = "practitioner-allowed"
    DEPARTMENT_ALLOWED = "department-allowed"
    INSTITUTION_ALLOWED = "institution-allowed"
    KIND_ALLOWED = "kind-allowed"
    ANYONE_ALLOWED = "anyone-allowed"
    EMERGENCY = "emergency"
    FILED_ITSELF = "filed-itself"
    """An institution reads what it wrote; said by ``access``, for no consent is asked."""
    CLOSED = "closed"
    SEALED = "sealed"
    """By order of a supervisor, while something is looked into."""
    USED_UP = "used-up"
    """A consent for a number of visits, all of which have been."""
    ONLY_TO_LOOK = "only-to-look"
    OTHER_SCENE = "other-scene"
    OTHER_PURPOSE = "other-purpose"
    OTHER_RECIPIENT = "other-recipient"
    NOTHING_IN_FORCE = "nothing-in-force"
    APPROVAL_MISSING = "approval-missing"
    """A child's record, and the institution has not approved whoever asked; said by ``access``."""
    BUDGET_SPENT = "budget-spent"
    """Whoever asked had read of too many that day without a reason; said by ``access``."""


def explain(request: AccessRequest, decision: Decision, provisions: Iterable[Provision]) -> Because:
    """Why ``decision`` came of ``request`` and ``provisions``.

    Of several permissions the narrowest is named. Of a refusal it is said what came closest: what
    the request had to be another for, if that one thing was all.
    """
    if decision.is_sealed:
        return Because.SEALED
    if not decision.permits:
        return _refused(request, decision, provisions)
    if request.purpose is PurposeOfUse.EMERGENCY:
        return Because.EMERGENCY
    return min(map(_recipient, decision.permits), key=_NARROWEST_FIRST.index)


_NARROWEST_FIRST = (
    Because.PRACTITIONER_ALLOWED,
    Because.DEPARTMENT_ALLOWED,
    Because.INSTITUTION_ALLOWED,
    Because.KIND_ALLOWED,
    Because.ANYONE_ALLOWED,
)


def _recipient(permit: Provision) -> Because:
    """Whom a permission names."""
    if permit.practitioner_id is not None:
        return Because.PRACTITIONER_ALLOWED
    if permit.department is not None:
        return Because.DEPARTMENT_ALLOWED
    if permit.institution_id is not None:
        return Because.INSTITUTION_ALLOWED
    return Because.KIND_ALLOWED if permit.institution_kind is not None else Because.ANYONE_ALLOWED


def _refused(
    request: AccessRequest, decision: Decision, provisions: Iterable[Provision]
) -> Because:
    permits = [p for p in provisions if p.rule is Rule.PERMIT]
    answers = {permit.consent_id for permit in permits}
    if any(denial.consent_id not in answers for denial in decision.denials):
        return Because.CLOSED  # by a refusal of the resident's; a line of an answer is none
    for because, differs in _ONE_THING_ELSE.items():
        if any(decide(*differs(request, permit)).permits for permit in permits):
            return because
    return Because.NOTHING_IN_FORCE


_Asked = tuple[AccessRequest, tuple[Provision]]


def _once_more(request: AccessRequest, permit: Provision) -> _Asked:
    return request, (replace(permit, uses=None),)


def _to_look(request: AccessRequest, permit: Provision) -> _Asked:
    return replace(request, manner=Manner.VIEW), (permit,)


def _in_its_scene(request: AccessRequest, permit: Provision) -> _Asked:
    return replace(request, scene=next(iter(permit.scenes or ()), request.scene)), (permit,)


def _for_its_purpose(request: AccessRequest, permit: Provision) -> _Asked:
    return replace(request, purpose=permit.purpose), (permit,)


def _by_its_recipient(request: AccessRequest, permit: Provision) -> _Asked:
    recipient = replace(
        request,
        institution_id=permit.institution_id,
        practitioner_id=permit.practitioner_id,
        department=permit.department,
        institution_kind=permit.institution_kind,
    )
    return recipient, (permit,)


_ONE_THING_ELSE: Mapping[Because, Callable[[AccessRequest, Provision], _Asked]] = {
    Because.USED_UP: _once_more,
    Because.ONLY_TO_LOOK: _to_look,
    Because.OTHER_SCENE: _in_its_scene,
    Because.OTHER_PURPOSE: _for_its_purpose,
    Because.OTHER_RECIPIENT: _by_its_recipient,
}
"""What would have had to be different, the likeliest to be meant first."""
