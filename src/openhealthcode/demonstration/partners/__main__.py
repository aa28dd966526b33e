"""Run one of the services: its name, then its folder."""

from __future__ import annotations

import sys
from pathlib import Path

from openhealthcode.demonstration.partners import cashier, insurer, payment
from openhealthcode.demonstration.partners.service import serve

_BUILD = {"insurer": insurer.build, "payment": payment.build, "cashier": cashier.build}

if __name__ == "__main__":
    serve(*_BUILD[sys.argv[1]](Path(sys.argv[2])))
