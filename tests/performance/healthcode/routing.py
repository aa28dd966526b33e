"""How often a scanned text is taken for something it is not, family by family; and what telling costs.

``FULL=1`` draws three million texts of each family. A family counts as misrouted whatever else it
was taken for. The bound for eighteen digits beginning 11-15 is one in a million: there, an ID number
can be told from a payment code by check character, date and county alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from measure import Figure, per_call_us

from openhealthcode.healthcode import ScannedKind, VoucherForm, route, short
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.standards import NationalId, division
from openhealthcode.standards.national_id import check_character

EACH, EACH_FULL = 30_000, 3_000_000
TODAY = date(2026, 11, 22)
SEED = 20261122
VOUCHER = VoucherForm("EC", 28)
HEX, BASE45 = "0123456789abcdef", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

Draw = Callable[[Random], str]


def digits(drawn: Random, count: int) -> str:
    return f"{drawn.randrange(10**count):0{count}}"


def payment(*prefixes: str, lengths: tuple[int, ...]) -> Draw:
    def draw(drawn: Random) -> str:
        prefix, length = drawn.choice(prefixes), drawn.choice(lengths)
        return prefix + digits(drawn, length - len(prefix))

    return draw


def id_number(places: list[str]) -> Draw:
    first = date(1930, 1, 1)
    days = (TODAY - first).days

    def draw(drawn: Random) -> str:
        born = first + timedelta(drawn.randrange(days))
        body = f"{drawn.choice(places)}{born:%Y%m%d}{drawn.randrange(1000):03}"
        return body + check_character(body)

    return draw


def native(kind: CodeType, size: int) -> Draw:
    return lambda drawn: encode(kind, drawn.randbytes(size))


def letters(prefix: str, alphabet: str, count: int, suffix: str = "") -> Draw:
    return lambda drawn: prefix + "".join(drawn.choices(alphabet, k=count)) + suffix


def counties() -> list[str]:
    """Those that are still there, of every province."""
    codes = (f"{number:06}" for number in range(110_000, 660_000))
    return [code for code in codes if division.examine(code, TODAY) is None]


def families() -> dict[str, tuple[Draw, ScannedKind]]:
    here = counties()
    ambiguous = [one for one in here if one[:2] in {"11", "12", "13", "14", "15"}]
    wechat = ("11", "12", "13", "14", "15")
    card = ScannedKind.NATIONAL_HEALTH_CARD
    return {
        "wechat-11-15": (payment(*wechat, lengths=(18,)), ScannedKind.WECHAT_PAYMENT),
        "wechat-10": (payment("10", lengths=(18,)), ScannedKind.WECHAT_PAYMENT),
        "alipay": (
            payment("25", "26", "27", "28", "29", "30", lengths=tuple(range(16, 25))),
            ScannedKind.ALIPAY_PAYMENT,
        ),
        "unionpay": (payment("62", lengths=(19,)), ScannedKind.UNIONPAY_PAYMENT),
        "id-number": (id_number(here), ScannedKind.NATIONAL_ID),
        "id-number-11-15": (id_number(ambiguous), ScannedKind.NATIONAL_ID),
        "online": (native(CodeType.ONLINE, 33), ScannedKind.ONLINE),
        "offline": (native(CodeType.OFFLINE, 203), ScannedKind.OFFLINE),
        "printed": (native(CodeType.PRINTED, 96), ScannedKind.PRINTED),
        "counter": (native(CodeType.COUNTER, 104), ScannedKind.COUNTER),
        "short": (lambda drawn: short.written(drawn.randrange(10**19)), ScannedKind.SHORT),
        "temporary": (native(CodeType.TEMPORARY, 96), ScannedKind.TEMPORARY),
        "card-static": (letters("", HEX, 64, ":1"), card),
        "card-dynamic": (
            lambda drawn: f"{drawn.randbytes(32).hex()}:0:{drawn.randbytes(16).hex()}",
            card,
        ),
        "voucher": (letters("EC", HEX, 26), ScannedKind.INSURANCE_VOUCHER),
        "health-card": (
            lambda drawn: "shc:/" + digits(drawn, 200),
            ScannedKind.SMART_HEALTH_CARD,
        ),
        "health-link": (letters("shlink:/", LETTERS, 120), ScannedKind.SMART_HEALTH_LINK),
        "certificate": (letters("HC1:", BASE45, 200), ScannedKind.COVID_CERTIFICATE),
        "address": (letters("https://", LETTERS, 40), ScannedKind.WEB_ADDRESS),
    }


def measure(*, is_full: bool) -> Iterator[Figure]:
    each = EACH_FULL if is_full else EACH
    wrong = {name: misrouted(draw, kind, each) for name, (draw, kind) in families().items()}
    notes: dict[str, object] = {"each": each, "counts": wrong}
    ambiguous = wrong.pop("wechat-11-15")
    yield Figure("misrouted_18_digits_11_15", ambiguous / each, "ratio", notes=notes)
    others = sum(wrong.values())
    yield Figure("misrouted_others", others / (each * len(wrong)), "ratio", notes=notes)
    yield from cost()


def misrouted(draw: Draw, kind: ScannedKind, each: int) -> int:
    drawn = Random(SEED)
    forms = (VOUCHER,)
    return sum(
        route(draw(drawn), vouchers=forms, today=TODAY).kind is not kind for _ in range(each)
    )


def cost() -> Iterator[Figure]:
    """What telling costs, beside reading an ID number alone."""
    number = id_number(["110105"])(Random(SEED))
    floor = round(per_call_us(lambda: NationalId.parse(number), calls=5_000), 2)
    texts = {
        "online": encode(CodeType.ONLINE, os.urandom(33)),
        "payment": "134567890123456789",
        "id_number": number,
    }
    now = datetime.now(UTC).date()
    for name, text in texts.items():
        us = round(per_call_us(lambda text=text: route(text, today=now), calls=5_000), 2)
        yield Figure(
            f"route_{name}",
            us,
            "us",
            baseline=floor,
            baseline_is="NationalId.parse alone",
            cpu_us=us,
        )
