-- supervision.breach: leaks and what was done about them. Small tables; under the task supervision.

-- name: insert_breach
-- Parameters: the columns in order.
INSERT INTO supervision.breach
    (breach_id, suspect, agent_id, since, until, known_at, opened_by, institution_id, opened_at,
     sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: breaches
-- The newest first. Parameters: $1 limit.
SELECT breach_id, suspect, agent_id, since, until, known_at, opened_by, institution_id, opened_at,
       sealed, statement_timestamp() AS at
  FROM supervision.breach
 ORDER BY opened_at DESC
 LIMIT $1

-- name: breach
-- By primary key, held until the transaction ends. Parameters: $1 breach_id.
SELECT breach_id, suspect, agent_id, since, until, known_at, opened_by, institution_id, opened_at,
       sealed, statement_timestamp() AS at
  FROM supervision.breach
 WHERE breach_id = $1

-- name: add_step
-- Parameters: the columns in order.
INSERT INTO supervision.breach_step
    (breach_id, number, kind, taken_by, taken_at, done, of_all, order_id, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: steps
-- By the first column of the primary key. Parameters: $1 breach_id.
SELECT number, kind, taken_by, taken_at, done, of_all, order_id, sealed
  FROM supervision.breach_step
 WHERE breach_id = $1
 ORDER BY number
