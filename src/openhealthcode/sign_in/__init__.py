"""Signing in: residents by SMS code, staff by password or passkey, systems by signed assertion.

Three packages, one for each kind of caller; ``token`` is what the browser or client keeps, and
nothing here stores it. Start with ``residents.start``.

``residents``: start(pool, keys, outbox, *, certificate, name, phone, language) -> Attempt(token)
· confirm(pool, keys, attempt_token, code) -> SignedIn(token, session) | NeedsBinding(number, topic)
· await_binding(pool, keys, attempt_token) -> SignedIn | NeedsBinding | None
· session(pool, keys, token) -> ResidentSession | None
· start_verification(pool, keys, outbox, token) -> Attempt
· verify_again(pool, keys, token, attempt_token, code) -> ResidentSession
· sessions_of(pool, resident_id) · end_session(pool, resident_id, session_id) · sign_out(pool, keys, token)
· at the counter: lookup_binding(pool, keys, number, clerk) -> PendingBinding(resident_id, expires_at)
· complete_binding(pool, keys, number, clerk, proof) -> ResidentId
``staff``: new_terminal() -> str · terminal_id(keys, terminal_token) -> TerminalId
· sign_in(pool, keys, credentials, audience, terminal_id) -> SignedIn(token, session)
· begin_passkey_sign_in / finish_passkey_sign_in · begin_passkey / add_passkey
· session(pool, keys, token, audience, terminal_id) -> StaffSession | None · sign_out(pool, keys, token)
· create_account / create_first_administrator -> NewAccount(totp_uri)
``systems``: issue_token(pool, keys, form, audience_url) -> AccessToken
· access(pool, keys, token) -> SystemAccess | None   (.system_id .institution_id .permits(type, "r"))
"""
