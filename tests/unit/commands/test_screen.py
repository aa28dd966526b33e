"""What a command says arrives letter by letter."""

from __future__ import annotations

from pathlib import Path

import openhealthcode
from openhealthcode.commands.screen import screen


def test_no_part_of_a_certificate_becomes_a_picture(capsys):
    screen().print("HC1:NCF:M:X:id:", highlight=False, markup=False, soft_wrap=True)
    assert capsys.readouterr().out == "HC1:NCF:M:X:id:\n"


def test_every_command_speaks_to_this_screen():
    folder = Path(openhealthcode.__file__).parent
    made = [path.name for path in folder.rglob("*.py") if "Console(" in path.read_text("utf-8")]
    assert made == ["screen.py"]
