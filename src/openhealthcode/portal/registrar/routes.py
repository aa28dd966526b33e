"""The addresses of the registrar's pages."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.registrar import binding, corrections, sign_in
from openhealthcode.portal.registrar.session import registrar_page


def routes() -> list[BaseRoute]:
    """Signing in and binding a phone at a counter."""
    return [
        page_route("/registrar/sign-in", sign_in.show_sign_in),
        page_route("/registrar/sign-in", sign_in.sign_in, methods=("POST",)),
        page_route("/registrar/sign-out", sign_in.sign_out, methods=("POST",)),
        registrar_page("/registrar", binding.ask_for_number),
        registrar_page("/registrar/binding", binding.compare, methods=("POST",)),
        registrar_page("/registrar/binding/complete", binding.complete, methods=("POST",)),
        registrar_page("/registrar/binding/done", binding.show_done),
        registrar_page("/registrar/corrections", corrections.show_requests),
        registrar_page("/registrar/corrections/{id}", corrections.show_request),
        registrar_page("/registrar/corrections/{id}", corrections.answer, methods=("POST",)),
    ]
