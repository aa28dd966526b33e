-- supervision.sealing: orders that seal records. A small table; under the task supervision.

-- name: insert_order
-- Parameters: the columns in order.
INSERT INTO supervision.seal_order
    (order_id, breach_id, reason, placed_by, institution_id, placed_at, until, named, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: orders
-- The newest first. Parameters: $1 limit.
SELECT order_id, breach_id, reason, placed_by, institution_id, placed_at, until, named, sealed,
       lift_asked_by, lift_asked_at, lift_words, lifted_by, lifted_at, ended_at,
       statement_timestamp() AS at
  FROM supervision.seal_order
 ORDER BY placed_at DESC
 LIMIT $1

-- name: order
-- By primary key. Parameters: $1 order_id.
SELECT order_id, breach_id, reason, placed_by, institution_id, placed_at, until, named, sealed,
       lift_asked_by, lift_asked_at, lift_words, lifted_by, lifted_at, ended_at,
       statement_timestamp() AS at
  FROM supervision.seal_order
 WHERE order_id = $1

-- name: ask_to_lift
-- The first who asks. Parameters: $1 order_id, $2 lift_asked_by, $3 lift_asked_at, $4 lift_words.
UPDATE supervision.seal_order
   SET lift_asked_by = $2, lift_asked_at = $3, lift_words = $4
 WHERE order_id = $1 AND lift_asked_by IS NULL AND lifted_at IS NULL AND until > $3
RETURNING order_id

-- name: lift
-- Another than who asked. Parameters: $1 order_id, $2 lifted_by, $3 lifted_at.
UPDATE supervision.seal_order
   SET lifted_by = $2, lifted_at = $3
 WHERE order_id = $1 AND lift_asked_by <> $2 AND lifted_at IS NULL AND until > $3
RETURNING lift_asked_by

-- name: due
-- Whose time is over, or which were lifted and still seal somebody, by their small index.
SELECT order_id FROM supervision.seal_order
 WHERE ended_at IS NULL AND (lifted_at IS NOT NULL OR until <= statement_timestamp())

-- name: end_order
-- After everything it sealed was lifted. Parameters: $1 order_id, $2 ended_at.
UPDATE supervision.seal_order SET ended_at = $2 WHERE order_id = $1 AND ended_at IS NULL
