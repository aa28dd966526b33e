-- access: messages that are owed to telephones, until somebody has taken them over.

-- name: keep
-- One row, with what it tells of. Parameters: $1 resident_id, $2 notice_id, $3 event_number,
-- $4 made_at, $5 next_try_at, $6 sealed.
INSERT INTO access.notice (resident_id, notice_id, event_number, made_at, next_try_at, tries, sealed)
VALUES ($1, $2, $3, $4, $5, 0, $6)

-- name: due
-- Under the task notices: what nobody is handing over now, by its index, on every shard; nearly
-- always nothing. Parameters: $1 limit integer.
SELECT resident_id, notice_id, made_at, tries, sealed, statement_timestamp() AS at
  FROM access.notice
 WHERE next_try_at <= statement_timestamp()
 ORDER BY next_try_at
 LIMIT $1

-- name: take
-- Of several processes, one; by primary key. Parameters: $1 resident_id, $2 notice_id, $3 tries as
-- read, $4 next_try_at if this try fails too.
UPDATE access.notice
   SET tries = $3 + 1, next_try_at = $4
 WHERE resident_id = $1 AND notice_id = $2 AND tries = $3
RETURNING true

-- name: forget
-- Handed over, or given up; by primary key. Parameters: $1 resident_id, $2 notice_id.
DELETE FROM access.notice WHERE resident_id = $1 AND notice_id = $2
