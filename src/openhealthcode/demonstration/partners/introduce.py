"""Introduce the three services and the region to each other, through the region's own doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.demonstration.partners.cashier import TERMINALS
from openhealthcode.demonstration.partners.insurer import VOUCHER_LENGTH, VOUCHER_PREFIX
from openhealthcode.demonstration.partners.processes import Running
from openhealthcode.demonstration.region import LEADING, PRACTITIONER_SYSTEM
from openhealthcode.gateway import HttpPartners
from openhealthcode.gateway.routes import RESOLVE
from openhealthcode.registry import Joining, PartnerEntry, TerminalEntry
from openhealthcode.standards import CodeUse, NotFound
from openhealthcode.standards.ids import PractitionerId

_CLERK: Final = LEADING["registrar"]
_CERTIFIED: Final = timedelta(days=365)
_NAMES: Final = {"till": "收费窗口一", "machine": "自助付款机一"}


async def clerk(pool: Pool) -> PractitionerId:
    """Who works at the cash desk of the demonstration: its registrar.

    Raises:
        NotFound: the region was not brought in.
    """
    found = await registry.practitioner_by_key(pool, f"{PRACTITIONER_SYSTEM}|{_CLERK}")
    if found is None:
        raise NotFound
    return found


class Parts(Protocol):
    """What of the program is needed to introduce somebody to it."""

    @property
    def pool(self) -> Pool: ...
    @property
    def partners(self) -> HttpPartners: ...


async def introduce(
    parts: Parts, services: Running, *, site: str, operator_id: PractitionerId
) -> None:
    """Register the partners, certify the terminals, and tell each what it needs of the others.

    Doing it again replaces addresses and keys; what residents switched on stays.

    Args:
        services: as they run now.
        site: where the region's program is reached.
        operator_id: who works at the cash desk; its hospital is theirs.
    """
    for entry in _entries(services):
        await registry.register_partner(parts.pool, entry)
    operator = await registry.practitioner(parts.pool, operator_id)
    place = await registry.institution(parts.pool, operator.institution_id)
    until = datetime.now(UTC) + _CERTIFIED
    terminals = {
        name: await registry.certify_terminal(
            parts.pool,
            TerminalEntry(
                f"demonstration|{name}",
                operator.institution_id,
                _NAMES[name],
                services.said["cashier"]["terminals"][name],
                roles,
                until,
            ),
        )
        for name, roles in TERMINALS.items()
    }
    region = {"region_key": parts.partners.public_key.hex()}
    services.tell("insurer", region)
    services.tell("payment", region)
    services.tell(
        "cashier",
        {
            "resolve": site + RESOLVE,
            "insurer": services.address("insurer"),
            "payment": services.address("payment"),
            "org": place.credit_code.text if place.credit_code else str(place.institution_id),
            "operator": str(operator_id),
            "terminals": {name: str(one) for name, one in terminals.items()},
        },
    )


def _entries(services: Running) -> list[PartnerEntry]:
    """One partner of each way of joining."""
    house = bytes.fromhex(services.said["payment"]["key"])
    return [
        PartnerEntry(
            "demonstration|insurer",
            CodeUse.SETTLE,
            Joining.FUSION,
            "黛川县医疗保障局",
            "Daichuan Medical Insurance",
            services.address("insurer"),
            bytes.fromhex(services.said["insurer"]["key"]),
            VOUCHER_PREFIX,
            VOUCHER_LENGTH,
        ),
        PartnerEntry(
            "demonstration|payment",
            CodeUse.PAY,
            Joining.BINDING,
            "黛川支付",
            "Daichuan Pay",
            services.address("payment"),
            house,
        ),
        PartnerEntry(
            "demonstration|payment-code",
            CodeUse.PAY,
            Joining.SWITCHING,
            "黛川支付付款码",
            "Daichuan Pay's own code",
            services.address("payment"),
            house,
        ),
    ]
