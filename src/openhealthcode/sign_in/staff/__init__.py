"""Staff sign in with password and authenticator code, or with a passkey, at one terminal.

Start with ``sign_in``. A session ends after twelve hours, after thirty idle minutes, with a
suspension, and wherever it is used from another terminal.
"""

from openhealthcode.sign_in.passkey import RelyingParty
from openhealthcode.sign_in.staff.accounts import (
    FirstAdministrator,
    NewAccount,
    accounts,
    change_password,
    create_account,
    create_first_administrator,
    holders,
    renew_account,
)
from openhealthcode.sign_in.staff.passkeys import (
    add_passkey,
    begin_passkey,
    begin_passkey_sign_in,
    finish_passkey_sign_in,
)
from openhealthcode.sign_in.staff.password import Credentials, sign_in, vouch
from openhealthcode.sign_in.staff.sessions import end_all_sessions, session, sign_out
from openhealthcode.sign_in.staff.terminal import new_terminal, terminal_id
from openhealthcode.sign_in.staff.workstations import homes

__all__ = [
    "Credentials",
    "FirstAdministrator",
    "NewAccount",
    "RelyingParty",
    "accounts",
    "add_passkey",
    "begin_passkey",
    "begin_passkey_sign_in",
    "change_password",
    "create_account",
    "create_first_administrator",
    "end_all_sessions",
    "finish_passkey_sign_in",
    "holders",
    "homes",
    "new_terminal",
    "renew_account",
    "session",
    "sign_in",
    "sign_out",
    "terminal_id",
    "vouch",
]
