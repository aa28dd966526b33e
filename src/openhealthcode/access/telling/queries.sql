-- access.telling: what residents want to be told of looks, and what was told.

-- name: choose
-- One row. Parameters: $1 resident_id, $2 event_number, $3 chosen_at, $4 sealed bytea.
INSERT INTO access.notice_choice (resident_id, event_number, chosen_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: choice
-- The newest, by primary key. Parameters: $1 resident_id.
SELECT event_number, sealed FROM access.notice_choice
 WHERE resident_id = $1
 ORDER BY event_number DESC
 LIMIT 1

-- name: note_look
-- One row by primary key; nothing where this person was noted that day. Parameters: $1 resident_id,
-- $2 on_day date, $3 agent_id uuid, $4 due_at timestamptz or null if told at once.
INSERT INTO access.look_told (resident_id, on_day, agent_id, due_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (resident_id, on_day, agent_id) DO NOTHING
RETURNING true

-- name: waiting
-- Under the task notices: whose hour has come, by its index, on every shard. Parameters: $1 limit.
SELECT DISTINCT resident_id FROM access.look_told
 WHERE due_at <= statement_timestamp()
 LIMIT $1

-- name: take_waiting
-- How many people one resident is now told of; of several processes one takes them.
-- Parameters: $1 resident_id.
WITH taken AS (
    UPDATE access.look_told SET due_at = NULL
     WHERE resident_id = $1 AND due_at <= statement_timestamp()
    RETURNING agent_id)
SELECT count(DISTINCT agent_id)::integer FROM taken

-- name: forget_told
-- Under the task notices: off the hot path. Parameters: $1 before date.
DELETE FROM access.look_told WHERE on_day < $1 AND due_at IS NULL

-- name: place
-- One row.
SELECT next_leaf FROM access.followed WHERE name = 'looks'

-- name: begin
-- One row, the first time. Parameters: $1 next_leaf bigint.
INSERT INTO access.followed (name, next_leaf) VALUES ('looks', $1) ON CONFLICT DO NOTHING

-- name: note_place
-- One row; whoever was slower goes back over nothing. Parameters: $1 from bigint, $2 next_leaf bigint.
UPDATE access.followed SET next_leaf = $2 WHERE name = 'looks' AND next_leaf = $1
