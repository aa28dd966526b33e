"""Whose screen a picture shows, read from the faint pattern of the pages staff look at (屏幕溯源).

Start with ``read.read_screen``. ``samples.py`` leaves of the picture what is faint, ``period.py``
finds how far apart the pattern repeats, ``cells.py`` where it begins and how dark each cell is.
"""

from openhealthcode.supervision.tracing.screen.read import ATTEMPTS, read_screen

__all__ = ["ATTEMPTS", "read_screen"]
