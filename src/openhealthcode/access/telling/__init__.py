"""Residents are told when somebody looked, as each of them wants it: at once, in the evening, or not.

An emergency is always told, and not here (``emergency``). Start with ``follow``; ``rules`` says when.
"""

from openhealthcode.access.telling.choose import choose_notices, notice_choice
from openhealthcode.access.telling.follow import TellLooks, forget_told
from openhealthcode.access.telling.model import About, NoticeChoice

__all__ = ["About", "NoticeChoice", "TellLooks", "choose_notices", "forget_told", "notice_choice"]
