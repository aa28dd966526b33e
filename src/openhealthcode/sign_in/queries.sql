-- sign_in: what all kinds of callers share. Single rows by primary key.

-- name: take
-- Counting and adding are one statement on one row: parallel attempts queue up on its lock.
-- Parameters: $1 subject bytea, $2 at timestamptz, $3 periods interval[], $4 most integer[],
-- $5 longest period interval.
INSERT INTO sign_in.attempt AS known (subject, moments, latest_at) VALUES ($1, ARRAY[$2::timestamptz], $2)
ON CONFLICT (subject) DO UPDATE
   SET moments = ARRAY(SELECT moment FROM unnest(known.moments) AS moment
                        WHERE moment > $2 - $5::interval) || $2,
       latest_at = $2
 WHERE NOT EXISTS (SELECT
                     FROM unnest($3::interval[], $4::integer[]) AS allowed (period, most)
                    WHERE (SELECT count(*) FROM unnest(known.moments) AS moment
                            WHERE moment > $2 - allowed.period) >= allowed.most)
RETURNING true

-- name: take_of_hour
-- One row an hour; a few uses a second at the most. Parameters: $1 purpose text,
-- $2 starts_at timestamptz, $3 ceiling integer.
INSERT INTO sign_in.hour AS known (purpose, starts_at, used) VALUES ($1, $2, 1)
ON CONFLICT (purpose, starts_at) DO UPDATE SET used = known.used + 1 WHERE known.used < $3
RETURNING true

-- name: purge_attempts
-- By index, off the hot path. Parameters: $1 before timestamptz.
DELETE FROM sign_in.attempt WHERE latest_at < $1

-- name: purge_hours
-- A few hundred rows. Parameters: $1 before timestamptz.
DELETE FROM sign_in.hour WHERE starts_at < $1

-- name: purge_lockouts
-- A small table. Parameters: $1 before timestamptz.
DELETE FROM sign_in.lockout WHERE latest_at < $1

-- name: purge_codes
-- By index on expiry. Parameters: $1 before timestamptz.
DELETE FROM sign_in.code WHERE expires_at < $1

-- name: purge_bindings
-- By index on expiry. Parameters: $1 before timestamptz.
DELETE FROM sign_in.binding WHERE expires_at < $1

-- name: spend_challenge
-- One row; none when the challenge was answered before. Parameters: $1 challenge_key bytea,
-- $2 expires_at timestamptz.
INSERT INTO sign_in.spent_challenge (challenge_key, expires_at) VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING true

-- name: purge_challenges
-- By index on expiry. Parameters: $1 before timestamptz.
DELETE FROM sign_in.spent_challenge WHERE expires_at < $1

-- name: purge_assertions
-- By index on expiry. Parameters: $1 before timestamptz.
DELETE FROM sign_in.spent_assertion WHERE expires_at < $1

-- name: purge_workstations
-- A scan of some thousand rows. Parameters: $1 before timestamptz.
DELETE FROM sign_in.workstation WHERE seen_at < $1

-- name: purge_access_tokens
-- By index on expiry. Parameters: $1 before timestamptz.
DELETE FROM sign_in.access_token WHERE expires_at < $1
