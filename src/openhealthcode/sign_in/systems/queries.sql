-- sign_in.systems: single rows by primary key.

-- name: spend_assertion
-- One row; none when this assertion was used before. Parameters: $1 assertion_key bytea,
-- $2 expires_at timestamptz.
INSERT INTO sign_in.spent_assertion (assertion_key, expires_at) VALUES ($1, $2)
ON CONFLICT DO NOTHING
RETURNING true

-- name: add_token
-- One row. Parameters: $1 token_key bytea, $2 system_id uuid, $3 scopes text[], $4 expires_at.
INSERT INTO sign_in.access_token (token_key, system_id, scopes, expires_at)
VALUES ($1, $2, $3, $4)

-- name: token
-- By primary key. Parameters: $1 token_key bytea, $2 at timestamptz.
SELECT system_id, scopes, expires_at
  FROM sign_in.access_token WHERE token_key = $1 AND expires_at > $2
