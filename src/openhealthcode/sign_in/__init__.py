"""Signing in: residents by SMS code, staff by password or passkey, systems by signed assertion.

Residents (``token`` is what the browser keeps in its cookie; nothing here stores it):
    start(pool, keys, outbox, *, certificate, name, phone, language, ceiling_per_hour) -> Attempt
    confirm(pool, keys, attempt_token, code) -> SignedIn | NeedsBinding
    await_binding(pool, keys, attempt_token) -> SignedIn | NeedsBinding | None
    resident_session(pool, keys, token) -> ResidentSession | None
    start_verification(pool, keys, outbox, token) -> Attempt
    verify_again(pool, keys, token, attempt_token, code) -> ResidentSession
    sessions_of(pool, resident_id) -> list[SessionSummary]
    end_session(pool, keys, resident_id, session_id) · sign_out(pool, keys, token)
    device_owner(connection, reference, at) -> ResidentId | None
Counter:
    lookup_binding(pool, keys, number, clerk) -> PendingBinding(resident_id, expires_at)
    complete_binding(pool, keys, number, clerk, proof) -> ResidentId
Staff:
    new_terminal() -> str · terminal_id(keys, terminal_token) -> TerminalId
    sign_in_with_password(pool, keys, *, staff_number, password, code, audience, terminal_id)
    begin_passkey_sign_in / finish_passkey_sign_in · begin_passkey / add_passkey
        -> StaffSignedIn(token, session)
    staff_session(pool, keys, token, audience, terminal_id) -> StaffSession | None
    create_account / create_first_administrator -> NewAccount(totp_secret, totp_uri)
Systems:
    issue_token(pool, keys, form, endpoint_url) -> AccessToken
    system_access(pool, keys, token) -> SystemAccess | None  (.system_id .institution_id .permits)
"""
