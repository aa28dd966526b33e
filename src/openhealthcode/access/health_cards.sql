-- access: health cards residents made. Each by primary key, one shard; the public list of revoked ones
-- has no resident.

-- name: add_card
-- One row. Parameters: the columns in order.
INSERT INTO access.health_card (resident_id, card_id, content, form, made_at, until)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: cards
-- A resident's, newest first. Parameters: $1 resident_id.
SELECT card_id, content, form, made_at, until, revoked_at
  FROM access.health_card
 WHERE resident_id = $1
 ORDER BY made_at DESC, card_id
 LIMIT 200

-- name: revoke_card
-- Primary key. Parameters: $1 resident_id, $2 card_id, $3 revoked_at.
UPDATE access.health_card SET revoked_at = $3
 WHERE resident_id = $1 AND card_id = $2 AND revoked_at IS NULL AND form = 'shc'
RETURNING true

-- name: revoke_cards
-- All of a resident's that name themselves. Parameters: $1 resident_id, $2 revoked_at.
UPDATE access.health_card SET revoked_at = $2
 WHERE resident_id = $1 AND revoked_at IS NULL AND form = 'shc'
RETURNING card_id

-- name: add_revoked
-- One row. Parameters: $1 rid, $2 revoked_at.
INSERT INTO access.revoked_card (rid, revoked_at) VALUES ($1, $2) ON CONFLICT (rid) DO NOTHING

-- name: revoked
-- The whole public list. No parameters.
SELECT rid FROM access.revoked_card ORDER BY rid
