"""The addresses of the registrar's pages."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.registrar import (
    binding,
    cards,
    collected,
    corrections,
    death,
    deliveries,
    desk,
    duplicates,
    history,
    particulars,
    phones,
    pin,
    quality,
    registration,
    renumber,
    representation,
    sign_in,
    temporary,
)
from openhealthcode.portal.registrar.session import registrar_page


def routes() -> list[BaseRoute]:
    """Signing in, binding a phone, registering somebody, and what the institution collected."""
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
        registrar_page("/registrar/representation", representation.show_desk),
        registrar_page("/registrar/representation", representation.appoint, methods=("POST",)),
        registrar_page("/registrar/representation/find", representation.find, methods=("POST",)),
        registrar_page(
            "/registrar/representation/revoke", representation.revoke, methods=("POST",)
        ),
        registrar_page("/registrar/death", death.show_form),
        registrar_page("/registrar/death", death.register, methods=("POST",)),
        registrar_page("/registrar/death/back", death.take_back, methods=("POST",)),
        registrar_page("/registrar/pin", pin.show_form),
        registrar_page("/registrar/pin", pin.set_pin, methods=("POST",)),
        registrar_page("/registrar/pin/done", pin.show_done),
        registrar_page("/registrar/cards", cards.show_form),
        registrar_page("/registrar/cards", cards.show_card, methods=("POST",)),
        registrar_page("/registrar/cards/print", cards.print_one, methods=("POST",)),
        registrar_page("/registrar/cards/take-back", cards.take_back, methods=("POST",)),
        registrar_page("/registrar/phones", phones.show_form),
        registrar_page("/registrar/phones", phones.show_phones, methods=("POST",)),
        registrar_page("/registrar/phones/unbind", phones.unbind, methods=("POST",)),
        registrar_page("/registrar/phones/change", phones.start_change, methods=("POST",)),
        registrar_page("/registrar/phones/code", phones.complete_change, methods=("POST",)),
        registrar_page("/registrar/phones/reissue", phones.reissue, methods=("POST",)),
        registrar_page("/registrar/registration", registration.show_form),
        registrar_page("/registrar/registration", registration.register, methods=("POST",)),
        registrar_page("/registrar/registration/done", registration.show_done),
        registrar_page("/registrar/registration/known", registration.show_known),
        registrar_page("/registrar/temporary", temporary.show_form),
        registrar_page("/registrar/temporary", temporary.receive, methods=("POST",)),
        registrar_page("/registrar/temporary/bind", temporary.bind, methods=("POST",)),
        registrar_page("/registrar/desk", desk.show_form),
        registrar_page("/registrar/desk", desk.show_log, methods=("POST",)),
        registrar_page("/registrar/desk/withdraw", desk.withdraw, methods=("POST",)),
        registrar_page("/registrar/collected", collected.show_report),
        *_of_the_index(),
    ]


def _of_the_index() -> list[BaseRoute]:
    """Who is one person, how an entry came about, and what of it changed."""
    return [
        registrar_page("/registrar/duplicates", duplicates.show_queue),
        registrar_page("/registrar/duplicates/{case}", duplicates.show_case),
        registrar_page("/registrar/duplicates/{case}/merge", duplicates.merge, methods=("POST",)),
        registrar_page(
            "/registrar/duplicates/{case}/apart", duplicates.keep_apart, methods=("POST",)
        ),
        registrar_page("/registrar/duplicates/{case}/accept", duplicates.accept, methods=("POST",)),
        registrar_page(
            "/registrar/duplicates/{case}/dismiss", duplicates.dismiss, methods=("POST",)
        ),
        registrar_page(
            "/registrar/duplicates/{case}/undo", duplicates.take_back, methods=("POST",)
        ),
        registrar_page("/registrar/deliveries", deliveries.show_waiting),
        registrar_page("/registrar/deliveries/{id:uuid}", deliveries.show_delivery),
        registrar_page("/registrar/deliveries/{id:uuid}/file", deliveries.file, methods=("POST",)),
        registrar_page(
            "/registrar/deliveries/{id:uuid}/dismiss", deliveries.dismiss, methods=("POST",)
        ),
        registrar_page("/registrar/history", history.show_form),
        registrar_page("/registrar/history", history.show_history, methods=("POST",)),
        registrar_page("/registrar/quality", quality.show_quality),
        registrar_page("/registrar/particulars", particulars.show_form),
        registrar_page("/registrar/particulars", particulars.change, methods=("POST",)),
        registrar_page("/registrar/renumber", renumber.show_form),
        registrar_page("/registrar/renumber", renumber.change, methods=("POST",)),
    ]
