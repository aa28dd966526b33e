"""A phone is bound at the counter: number, comparison, proof."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.portal.layout import platform_of, read_form, render, see_other
from openhealthcode.sign_in import BindingProof, BindingUnknown, StaffSession, residents


async def ask_for_number(request: Request, _: StaffSession) -> Response:
    """Asks for the number the phone shows."""
    return render(request, "registrar/number.html", problem="")


async def compare(request: Request, clerk: StaffSession) -> Response:
    """Whom the number stands for, masked, to be compared with card and person; logged."""
    platform, number = platform_of(request), _number((await read_form(request)).text("number"))
    try:
        pending = await residents.lookup_binding(platform.pool, platform.keys, number, clerk)
    except BindingUnknown:
        return _unknown(request)
    who = await access.counter_identity(
        platform.pool,
        platform.keys,
        pending.resident_id,
        clerk_id=clerk.practitioner_id,
        institution_id=clerk.institution_id,
    )
    return render(
        request,
        "registrar/compare.html",
        number=number,
        who=who,
        pending=pending,
        proofs=tuple(BindingProof),
    )


async def complete(request: Request, clerk: StaffSession) -> Response:
    """Bind the phone; the log says who saw which proof."""
    platform, form = platform_of(request), await read_form(request)
    if form.text("proof") not in set(BindingProof):
        return render(request, "registrar/number.html", status=400, problem="proof")
    proof = BindingProof(form.text("proof"))
    try:
        await residents.complete_binding(
            platform.pool, platform.keys, _number(form.text("number")), clerk, proof
        )
    except BindingUnknown:
        return _unknown(request)
    return see_other("/registrar/binding/done")


async def show_done(request: Request, _: StaffSession) -> Response:
    """Says that the phone goes on by itself."""
    return render(request, "registrar/done.html")


def _unknown(request: Request) -> Response:
    return render(request, "registrar/number.html", status=404, problem="unknown")


def _number(text: str) -> str:
    """The six digits, however they were grouped."""
    return "".join(text.split())
