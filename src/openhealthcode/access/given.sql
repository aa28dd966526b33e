-- access: what consents told to others need of the record.

-- name: patient
-- The entry that says who the resident is; of several the first that was filed. One resident's
-- current rows, one shard. Parameters: $1 resident_id uuid.
SELECT entry_id
  FROM record.entry
 WHERE resident_id = $1 AND is_current AND type = 'Patient'
 ORDER BY filed_number, entry_id
 LIMIT 1
