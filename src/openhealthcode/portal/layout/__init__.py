"""What all pages share: the frame, the languages, the styles, the rules of the browser.

A page is a route made by ``page_route`` whose endpoint parses, calls one verb
and returns ``render(request, "<audience>/<page>.html", ...)``. Start with
``pages`` and ``templates/base.html``; sentences are in ``portal/messages``.
"""

from openhealthcode.portal.layout.assets import asset_url
from openhealthcode.portal.layout.cookies import (
    Audience,
    forget_session,
    remember_session,
    session_token,
)
from openhealthcode.portal.layout.forms import Form, read_form
from openhealthcode.portal.layout.headers import PLAIN, WITH_CAMERA, PagePolicy
from openhealthcode.portal.layout.language import Language
from openhealthcode.portal.layout.pages import (
    Endpoint,
    environment,
    explain,
    language_of,
    page_route,
    render,
    see_other,
)
from openhealthcode.portal.layout.platform import Platform, keys_at, platform_of, site_of
from openhealthcode.portal.layout.preferences import local_path
from openhealthcode.portal.layout.safe_text import inert, masked_name
from openhealthcode.portal.layout.uploads import read_upload

__all__ = [
    "PLAIN",
    "WITH_CAMERA",
    "Audience",
    "Endpoint",
    "Form",
    "Language",
    "PagePolicy",
    "Platform",
    "asset_url",
    "environment",
    "explain",
    "forget_session",
    "inert",
    "keys_at",
    "language_of",
    "local_path",
    "masked_name",
    "page_route",
    "platform_of",
    "read_form",
    "read_upload",
    "remember_session",
    "render",
    "see_other",
    "session_token",
    "site_of",
]
