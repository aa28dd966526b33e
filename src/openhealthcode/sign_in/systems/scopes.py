"""SMART v2 system scopes: ``system/Observation.rs``, ``system/*.crus``.

Source: HL7 SMART App Launch 2.2, Scopes for requesting FHIR resources. Of the finer forms with a
query (``?category=…``) none is granted here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from openhealthcode.sign_in.model import Scope

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)", re.ASCII)
_MOST_SCOPES = 64


def parse_scopes(text: str) -> frozenset[Scope]:
    """The scopes of this form among those in a space-separated list; others are left out."""
    matches = (_SCOPE.fullmatch(word) for word in text.split()[:_MOST_SCOPES])
    return frozenset(
        Scope(match[1], frozenset(match[2])) for match in matches if match and match[2]
    )


def grant(asked: Iterable[Scope], allowed: Iterable[Scope]) -> frozenset[Scope]:
    """What is asked for, as far as it is allowed; a wildcard is cut down to what lies within."""
    allowed = tuple(allowed)
    within = (_both(scope, limit) for scope in asked for limit in allowed)
    return frozenset(scope for scope in within if scope is not None)


def _both(one: Scope, other: Scope) -> Scope | None:
    permissions = one.permissions & other.permissions
    if not permissions:
        return None
    if one.resource in {"*", other.resource}:
        return Scope(other.resource, permissions)
    return Scope(one.resource, permissions) if other.resource == "*" else None
