"""Choosing a language and the size of text, from any page and without signing in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import cookies
from openhealthcode.portal.layout.forms import read_form
from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.pages import see_other
from openhealthcode.standards.errors import InvalidInput


async def choose_language(request: Request) -> Response:
    """Keep the language the person chose and return to where they were."""
    form = await read_form(request)
    if form.text("language") not in set(Language):
        raise InvalidInput("no such language")
    return _back(request, cookies.LANGUAGE, form.text("language"), form.text("back"))


async def choose_text_size(request: Request) -> Response:
    """Keep whether text is large and return to where they were."""
    form = await read_form(request)
    size = "large" if form.text("size") == "large" else "usual"
    return _back(request, cookies.TEXT_SIZE, size, form.text("back"))


def _back(request: Request, name: str, value: str, path: str) -> Response:
    response = see_other(local_path(path))
    cookies.remember_preference(response, request, name, value)
    return response


def local_path(path: str) -> str:
    """The path if it stays on this site, else the start page.

    A browser reads two leading slashes, either way they lean, as another site.
    """
    is_local = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if is_local else "/"
