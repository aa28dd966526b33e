"""The pages around what is printed and read out, on invented values."""

from __future__ import annotations

from datetime import date

from markupsafe import Markup

from openhealthcode.access import CardAtCounter, CardStanding
from openhealthcode.healthcode import picture, short
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.registrar.temporary import REASONS, SEXES

CARD = CardStanding(2, date(2029, 11, 20))
_AT_COUNTER = {
    "kinds": KINDS,
    "name": "",
    "found": None,
    "prints": True,
    "carries": True,
    "problem": "",
    "is_done": False,
}
_FOUND = CardAtCounter("public-id", "李*", CARD, CardStanding(1, date(2026, 11, 29)), has_pin=True)
_NEW = CardAtCounter("public-id", "李*", None, None, has_pin=False)
_ARRIVAL = {
    "kinds": KINDS,
    "sexes": SEXES,
    "reasons": REASONS,
    "called": "",
    "code": "",
    "name": "",
    "is_binding": False,
    "prints": True,
    "problem": "",
    "done": "",
}
_OWN = {"card": CARD, "prints": True, "carries": True, "problem": "", "is_done": False}
_DIGITS = short.written(1234567890123456789)

REGISTRAR = {
    "/registrar/cards": ("cards", _AT_COUNTER),
    "/registrar/cards/found": ("cards", _AT_COUNTER | {"found": _FOUND}),
    "/registrar/cards/new": ("cards", _AT_COUNTER | {"found": _NEW, "prints": False}),
    "/registrar/cards/done": ("cards", _AT_COUNTER | {"is_done": True}),
    "/registrar/cards/refused": ("cards", _AT_COUNTER | {"problem": "no-issuer"}),
    "/registrar/temporary": ("temporary", _ARRIVAL),
    "/registrar/temporary/to-merge": ("temporary", _ARRIVAL | {"done": "to-merge"}),
    "/registrar/temporary/again": (
        "temporary",
        _ARRIVAL | {"problem": "compared", "is_binding": True, "name": "<b>周</b>"},
    ),
    "/registrar/temporary/refused": ("temporary", _ARRIVAL | {"problem": "code", "prints": False}),
}
RESIDENT = {
    "/card": ("own_card", _OWN),
    "/card/none": ("own_card", _OWN | {"card": None, "is_done": True, "prints": False}),
    "/card/refused": ("own_card", _OWN | {"problem": "no-issuer"}),
    "/short-code": ("short_code", {"minutes": 10, "digits": ""}),
    "/short-code/made": (
        "short_code",
        {
            "minutes": 10,
            "digits": short.grouped(_DIGITS),
            "bars": Markup(picture.draw_bars(_DIGITS)),
        },
    ),
}
