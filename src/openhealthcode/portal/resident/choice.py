"""What a resident left switched on when answering a request, as the form sends it."""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode.portal.layout import Form
from openhealthcode.standards import InvalidInput, RecordCategory


@dataclass(frozen=True, slots=True)
class Choice:
    """One way of allowing a request.

    Args:
        categories: what is allowed.
        hours: for how long.
        with_what_is_added: also what is filed while it lasts.
        previewed_number: which preview was on the screen.
        count: how many entries the categories hold, by that preview.
        agreed_count: how many the button said; without scripts it may lag behind the switches.
        notice: which version of the notice was on the screen.
    """

    categories: frozenset[RecordCategory]
    hours: int
    with_what_is_added: bool
    previewed_number: int
    count: int
    agreed_count: int
    notice: str

    @property
    def is_what_the_button_said(self) -> bool:
        """Whether the person pressed a button that named this very extent."""
        return self.count == self.agreed_count


def read_choice(form: Form) -> Choice:
    """Read the form of a request.

    Raises:
        InvalidInput: not what our page would send.
    """
    held = dict(pair.rsplit(":", 1) for pair in form.all("held") if ":" in pair)
    chosen = form.all("category")
    if not set(chosen) <= set(RecordCategory):
        raise InvalidInput("no such category")
    return Choice(
        categories=frozenset(map(RecordCategory, chosen)),
        hours=_number(form.text("hours")),
        with_what_is_added=form.text("added") == "yes",
        previewed_number=_number(form.text("previewed")),
        count=sum(_number(held.get(category, "0")) for category in set(chosen)),
        agreed_count=_number(form.text("agreed")),
        notice=form.text("notice"),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InvalidInput("a number is missing")
    return int(text)
