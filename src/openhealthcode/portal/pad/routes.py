"""The addresses of the pages for residents without a phone."""

from __future__ import annotations

from typing import Final

from starlette.routing import BaseRoute

from openhealthcode.portal.clinic.session import clinic_page
from openhealthcode.portal.pad import answer, arrival, assisted

_REQUEST: Final = "/clinic/requests/{request}"
_POST: Final = ("POST",)


def routes() -> list[BaseRoute]:
    """The card, the pad, and the answer through a helper."""
    return [
        clinic_page("/clinic/arrival", arrival.show_arrival),
        clinic_page("/clinic/arrival", arrival.arrive, methods=_POST),
        clinic_page(f"{_REQUEST}/answer", answer.show_pad),
        clinic_page(f"{_REQUEST}/answer", answer.take_answer, methods=_POST),
        clinic_page(f"{_REQUEST}/assisted", assisted.show_assisted),
        clinic_page(f"{_REQUEST}/assisted", assisted.take_assisted, methods=_POST),
    ]
