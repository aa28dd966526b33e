"""`ohc administrator create`: the account that makes all others, once in an installation's life."""

from __future__ import annotations

from typing import Final

import zxingcpp
from rich.console import Console

from openhealthcode import app
from openhealthcode.settings import Settings
from openhealthcode.sign_in import staff

_BLOCKS: Final = {
    (False, False): " ",
    (False, True): "▄",
    (True, False): "▀",
    (True, True): "█",
}
"""A light terminal module above and below; dark is the terminal's ground."""


async def create(settings: Settings, console: Console, first: staff.FirstAdministrator) -> None:
    """Make the account and show, once, what the authenticator app has to be given.

    Raises:
        AccountUnsuitable: there is an administrator already, or the password is too easy.
    """
    async with app.opened(settings, is_synthetic=False) as platform:
        made = await staff.create_first_administrator(platform.pool, platform.keys, first)
    console.print(_picture(made.totp_uri), highlight=False, markup=False)
    console.print(f"authenticator  {made.totp_uri}", highlight=False, markup=False, soft_wrap=True)
    console.print(
        "Read this into an authenticator app now: it is shown once. Then sign in with the staff"
        " number, the password and the app's code.",
        highlight=False,
    )


def _picture(text: str) -> str:
    """A QR code in half-block characters, two modules on top of each other; 0 is black."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image = barcode.to_image(scale=1, add_quiet_zones=True)
    side: int = image.shape[0]
    pixels = memoryview(image).tobytes()  # type: ignore[arg-type] # a buffer, though not declared
    rows = [pixels[start : start + side] for start in range(0, len(pixels), side)]
    pairs = zip(rows[::2], [*rows[1::2], b"\xff" * side], strict=False)
    return "\n".join(
        "".join(_BLOCKS[above > 0, below > 0] for above, below in zip(*pair, strict=True))
        for pair in pairs
    )
