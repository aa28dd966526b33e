-- access: what closing an account needs to know of the record before its keys are destroyed.

-- name: filed_by
-- Who filed what is held, and how much; the resident's rows of one shard by primary key.
-- Parameters: $1 resident_id uuid.
SELECT institution_id, count(*) AS entries
  FROM record.entry
 WHERE resident_id = $1 AND is_current
 GROUP BY institution_id
 ORDER BY count(*) DESC, institution_id

-- name: filed_entries
-- Which entries an institution filed itself; as above. Parameters: $1 resident_id uuid.
SELECT DISTINCT entry_id, institution_id FROM record.entry WHERE resident_id = $1
