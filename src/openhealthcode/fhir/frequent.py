"""The addresses that are asked for most, told by their shape before any other is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.routing import Match, Route
from starlette.types import Scope

from openhealthcode.record import KINDS

_BESIDE: Final = ("$", "_")
"""What operations and histories begin with; no id does."""

_NOT_HERE: Final[tuple[Match, dict[str, Any]]] = (Match.NONE, {})


class Frequent(Route):
    """``/fhir/{type}`` or ``/fhir/{type}/{id}`` of a type that is filed; all else is others' business.

    The same address stands in the table of routes once more, for types that are not.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Awaitable[object]], *, method: str
    ) -> None:
        super().__init__(path, endpoint, methods=[method])
        self._names = tuple(self.param_convertors)
        self._parts = 2 + len(self._names)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The address and the method, or nothing at all."""
        if scope["type"] != "http" or scope["method"] not in self.methods:  # type: ignore[operator] # given above
            return _NOT_HERE
        parts = scope["path"].split("/")
        if len(parts) != self._parts or parts[1] != "fhir" or parts[2] not in KINDS:
            return _NOT_HERE
        if not parts[-1] or parts[-1].startswith(_BESIDE):
            return _NOT_HERE
        named = dict(zip(self._names, parts[2:], strict=True))
        return Match.FULL, {"endpoint": self.endpoint, "path_params": named}
