-- sign_in.staff: accounts and sessions of staff; a few thousand rows, single rows by key.

-- name: claim_try
-- Counts a failure before anything is checked, so parallel guesses cannot slip past a lock; a good
-- sign-in takes it back. No row: locked. A day without attempts begins anew. One row, its own lock.
-- Parameters: $1 subject bytea, $2 at timestamptz, $3 locked_until timestamptz[] by number of failures.
INSERT INTO sign_in.lockout AS known (subject, failures, locked_until, latest_at)
VALUES ($1, 1, ($3::timestamptz[])[1], $2)
ON CONFLICT (subject) DO UPDATE
   SET failures = CASE WHEN known.latest_at < $2::timestamptz - interval '1 day' THEN 1
                       ELSE known.failures + 1 END,
       locked_until = ($3::timestamptz[])[
           CASE WHEN known.latest_at < $2::timestamptz - interval '1 day' THEN 1
                ELSE least(known.failures + 1, cardinality($3::timestamptz[])) END],
       latest_at = greatest(known.latest_at, $2)
 WHERE known.locked_until <= $2
RETURNING failures

-- name: forget_failures
-- By primary key. Parameters: $1 subject bytea.
DELETE FROM sign_in.lockout WHERE subject = $1

-- name: account_of_number
-- By unique index. Parameters: $1 staff_number text.
SELECT practitioner_id, staff_number, password_hash, totp_sealed, roles
  FROM sign_in.staff_account WHERE staff_number = $1

-- name: account
-- By primary key. Parameters: $1 practitioner_id uuid.
SELECT practitioner_id, staff_number, password_hash, totp_sealed, roles
  FROM sign_in.staff_account WHERE practitioner_id = $1

-- name: spend_step
-- By primary key; a step is accepted once, whoever is faster. Parameters: $1 practitioner_id uuid,
-- $2 totp_step bigint.
UPDATE sign_in.staff_account SET totp_step = $2
 WHERE practitioner_id = $1 AND totp_step < $2
RETURNING true

-- name: administrators_lock
-- Two first administrators cannot be made at the same moment.
SELECT pg_advisory_xact_lock(hashtext('sign_in.first_administrator'))

-- name: an_administrator_exists
-- A small table, read once in an installation's life.
SELECT EXISTS (SELECT FROM sign_in.staff_account WHERE 'administrator' = ANY (roles))

-- name: add_account
-- One row; none when practitioner or number have an account. Parameters: $1 practitioner_id uuid,
-- $2 staff_number text, $3 password_hash text, $4 totp_sealed bytea, $5 roles text[], $6 at timestamptz.
INSERT INTO sign_in.staff_account
       (practitioner_id, staff_number, password_hash, totp_sealed, totp_step, roles, created_at,
        sessions_valid_from)
VALUES ($1, $2, $3, $4, 0, $5, $6, $6)
ON CONFLICT DO NOTHING
RETURNING true

-- name: renew_account
-- By primary key; ends every session. Parameters: $1 practitioner_id uuid, $2 password_hash text,
-- $3 totp_sealed bytea, $4 roles text[], $5 at timestamptz.
UPDATE sign_in.staff_account
   SET password_hash = $2, totp_sealed = $3, totp_step = 0, roles = $4, sessions_valid_from = $5
 WHERE practitioner_id = $1
RETURNING staff_number

-- name: set_password
-- By primary key. Parameters: $1 practitioner_id uuid, $2 password_hash text.
UPDATE sign_in.staff_account SET password_hash = $2 WHERE practitioner_id = $1

-- name: holders
-- A scan of a few thousand accounts, when an officer opens the queue. Parameters: $1 role text.
SELECT practitioner_id FROM sign_in.staff_account WHERE $1 = ANY (roles)

-- name: accounts
-- A scan of a few thousand accounts, when a picture of a screen is traced.
SELECT practitioner_id FROM sign_in.staff_account

-- name: end_sessions
-- By primary key: sessions begun before are dead. Parameters: $1 practitioner_id uuid, $2 at.
UPDATE sign_in.staff_account SET sessions_valid_from = $2 WHERE practitioner_id = $1

-- name: add_session
-- One row. Parameters: $1 session_key bytea, $2 session_id uuid, $3 practitioner_id uuid, $4 audience,
-- $5 method text, $6 terminal_id uuid, $7 started_at, $8 expires_at.
INSERT INTO sign_in.staff_session
       (session_key, session_id, practitioner_id, audience, method, terminal_id, started_at,
        seen_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)

-- name: note_workstation
-- One row by primary key, at a sign-in. Parameters: $1 workstation bytea, $2 institution_id uuid, $3 at.
INSERT INTO sign_in.workstation AS known (workstation, institution_id, sign_ins, seen_at)
VALUES ($1, $2, 1, $3)
ON CONFLICT (workstation, institution_id) DO UPDATE
   SET sign_ins = known.sign_ins + 1, seen_at = excluded.seen_at

-- name: workstations
-- By primary key; as many rows as institutions sign in at them. Parameters: $1 workstations bytea[].
SELECT workstation, institution_id, sign_ins FROM sign_in.workstation
 WHERE workstation = ANY ($1::bytea[])
 ORDER BY workstation, sign_ins DESC

-- name: session
-- By primary key. Parameters: $1 session_key bytea, $2 audience text, $3 terminal_id uuid,
-- $4 at timestamptz, $5 seen_after timestamptz.
SELECT s.session_id, s.practitioner_id, s.started_at, s.seen_at, s.expires_at, a.roles
  FROM sign_in.staff_session AS s JOIN sign_in.staff_account AS a USING (practitioner_id)
 WHERE s.session_key = $1 AND s.audience = $2 AND s.terminal_id = $3 AND s.ended_at IS NULL
   AND s.expires_at > $4 AND s.seen_at > $5 AND s.started_at >= a.sessions_valid_from

-- name: touch_session
-- By primary key, once a minute at the most. Parameters: $1 session_key bytea, $2 seen_at timestamptz.
UPDATE sign_in.staff_session SET seen_at = $2 WHERE session_key = $1 AND seen_at < $2

-- name: end_session
-- By primary key. Parameters: $1 session_key bytea, $2 at timestamptz.
UPDATE sign_in.staff_session SET ended_at = $2 WHERE session_key = $1 AND ended_at IS NULL

-- name: add_passkey
-- One row; none when this credential is known. Parameters: $1 credential_id bytea,
-- $2 practitioner_id uuid, $3 public_key bytea, $4 sign_count bigint, $5 label text, $6 added_at.
INSERT INTO sign_in.passkey
       (credential_id, practitioner_id, public_key, sign_count, label, added_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING true

-- name: passkey
-- By primary key. Parameters: $1 credential_id bytea.
SELECT practitioner_id, public_key, sign_count FROM sign_in.passkey WHERE credential_id = $1

-- name: passkeys_of
-- By index, a handful. Parameters: $1 practitioner_id uuid.
SELECT credential_id FROM sign_in.passkey WHERE practitioner_id = $1

-- name: count_signature
-- By primary key; a counter never goes back. Parameters: $1 credential_id bytea, $2 sign_count bigint.
UPDATE sign_in.passkey SET sign_count = greatest(sign_count, $2) WHERE credential_id = $1
