-- access: files that left, each under a name of its own. A table without residents.

-- name: hand_over
-- One row. Parameters: $1 mark_id uuid, $2 made_at timestamptz, $3 form text, $4 agent_kind text,
-- $5 agent_id uuid, $6 institution_id uuid.
INSERT INTO access.handed_over (mark_id, made_at, form, agent_kind, agent_id, institution_id)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: handed_over
-- The whole table: tracing weighs a found file against every one that left.
SELECT mark_id, made_at, form, agent_kind, agent_id, institution_id
  FROM access.handed_over
 ORDER BY made_at DESC
