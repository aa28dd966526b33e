"""The addresses of the sensitive map."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.reviewer.office import SUPERVISOR, office_page
from openhealthcode.portal.sensitive import editing, reading

_EDITION = "/map/{number:int}"


def routes() -> list[BaseRoute]:
    """The map for everybody, and its editions for the reviewers the operator named."""
    return [
        page_route("/sensitive", reading.show_map),
        page_route("/sensitive.toml", reading.tell_map),
        office_page(SUPERVISOR, "/map", editing.show_editions),
        office_page(SUPERVISOR, "/map", editing.begin, methods=("POST",)),
        office_page(SUPERVISOR, _EDITION, editing.show_edition),
        office_page(SUPERVISOR, f"{_EDITION}/rows/{{place:int}}", editing.show_row),
        office_page(
            SUPERVISOR, f"{_EDITION}/rows/{{place:int}}", editing.keep_row, methods=("POST",)
        ),
        office_page(SUPERVISOR, f"{_EDITION}/propose", editing.propose, methods=("POST",)),
        office_page(SUPERVISOR, f"{_EDITION}/give-up", editing.give_up, methods=("POST",)),
        office_page(SUPERVISOR, f"{_EDITION}/decide", editing.decide, methods=("POST",)),
    ]
