"""Residents sign in with a code sent to a phone that is bound to their record.

Knowing somebody's number and name opens nothing: an unbound phone gets a number for a clerk, who
compares card and person; it is the same for a person who is not registered at all. Start with
``start``; ``confirm`` decides.
"""

from openhealthcode.sign_in.residents.binding import (
    await_binding,
    complete_binding,
    lookup_binding,
)
from openhealthcode.sign_in.residents.change_phone import (
    PhoneChange,
    UnbindReason,
    accept_phone_change,
    bind_changed,
    start_phone_change,
    unbind_in,
)
from openhealthcode.sign_in.residents.confirm import confirm
from openhealthcode.sign_in.residents.passkeys import (
    PasskeySummary,
    add_passkey,
    begin_passkey,
    begin_passkey_check,
    begin_passkey_sign_in,
    check_passkey,
    finish_passkey_sign_in,
    has_passkey,
    passkeys_of,
    remove_passkey,
    verify_by_passkey,
)
from openhealthcode.sign_in.residents.sessions import (
    end_session,
    end_sessions,
    session,
    sessions_of,
    sign_out,
    unbind_phone,
)
from openhealthcode.sign_in.residents.start import start
from openhealthcode.sign_in.residents.verification import start_verification, verify_again

__all__ = [
    "PasskeySummary",
    "PhoneChange",
    "UnbindReason",
    "accept_phone_change",
    "add_passkey",
    "await_binding",
    "begin_passkey",
    "begin_passkey_check",
    "begin_passkey_sign_in",
    "bind_changed",
    "check_passkey",
    "complete_binding",
    "confirm",
    "end_session",
    "end_sessions",
    "finish_passkey_sign_in",
    "has_passkey",
    "lookup_binding",
    "passkeys_of",
    "remove_passkey",
    "session",
    "sessions_of",
    "sign_out",
    "start",
    "start_phone_change",
    "start_verification",
    "unbind_in",
    "unbind_phone",
    "verify_again",
    "verify_by_passkey",
]
