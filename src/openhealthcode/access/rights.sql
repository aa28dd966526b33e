-- access: what residents ask for about their record. One resident's few rows by primary key, but for
-- the list of an institution.

-- name: add_request
-- One row. Parameters: the columns in order.
INSERT INTO access.rights_request
    (resident_id, request_id, kind, institution_id, entry_id, entry_version, words, event_number,
     asked_at, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: requests
-- Newest first. Parameters: $1 resident_id.
SELECT request_id, kind, institution_id, entry_id, entry_version, words, asked_at, due_at, answer,
       answered_at, reason
  FROM access.rights_request
 WHERE resident_id = $1
 ORDER BY asked_at DESC

-- name: request
-- By primary key. Parameters: $1 resident_id, $2 request_id.
SELECT request_id, kind, institution_id, entry_id, entry_version, words, asked_at, due_at, answer,
       answered_at, reason
  FROM access.rights_request
 WHERE resident_id = $1 AND request_id = $2

-- name: open_requests
-- The institution's unanswered ones by the partial index, on every shard, when a clerk asks; the
-- most urgent first. Parameters: $1 institution_id, $2 limit integer.
SELECT resident_id, request_id, asked_at, due_at
  FROM access.rights_request
 WHERE institution_id = $1 AND answer IS NULL
 ORDER BY due_at
 LIMIT $2

-- name: answer_request
-- By primary key; of several answers the first. Parameters: $1 resident_id, $2 request_id,
-- $3 answer, $4 answered_at, $5 answered_number, $6 reason bytea or null.
UPDATE access.rights_request
   SET answer = $3, answered_at = $4, answered_number = $5, reason = $6
 WHERE resident_id = $1 AND request_id = $2 AND answer IS NULL
RETURNING true

-- name: take_back
-- The corrections a closed account still waited for. Parameters: $1 resident_id, $2 answered_at,
-- $3 answered_number.
UPDATE access.rights_request
   SET answer = 'taken-back', answered_at = $2, answered_number = $3
 WHERE resident_id = $1 AND kind = 'correction' AND answer IS NULL

-- name: objectors
-- By primary key, each on its shard, before a count. Parameters: $1 resident_ids uuid[].
SELECT DISTINCT resident_id
  FROM access.rights_request
 WHERE resident_id = ANY ($1) AND kind = 'secondary-use' AND answer IS NULL

-- name: objects_to_secondary_use
-- Parameters: $1 resident_id.
SELECT EXISTS (SELECT FROM access.rights_request
                WHERE resident_id = $1 AND kind = 'secondary-use' AND answer IS NULL)

-- name: current_entry
-- By primary key. Parameters: $1 resident_id, $2 entry_id.
SELECT version, institution_id, digest
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = $2 AND is_current
