-- access: who was shown a record before it was sealed.

-- name: shown_since
-- The looks of others in one resident's log, by the first column of its primary key. Parameters:
-- $1 resident_id, $2 since.
SELECT agent_kind, agent_id, institution_id, outcome, recorded_at
  FROM audit.event
 WHERE resident_id = $1 AND recorded_at >= $2
   AND action IN ('record.disclose', 'access.break-glass', 'link.open')
   AND agent_kind IN ('practitioner', 'system', 'link')

-- name: discard_files
-- Under the task purging, all shards: exports and shared files of the last half hour.
DELETE FROM access.link_file
