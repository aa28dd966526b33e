-- access: what closing a single entry needs to know of the record it is in.

-- name: current
-- One entry as it is now; primary key. Parameters: $1 resident_id uuid, $2 entry_id uuid.
SELECT entry_id, version, type, digest
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = $2 AND is_current

-- name: linked_record
-- A whole record with its links, rarely: when its resident closes an entry or opens one again; the
-- current rows of one resident, one shard. Parameters: $1 resident_id uuid.
SELECT entry_id, version, sensitivity_token, tokens
  FROM record.entry
 WHERE resident_id = $1 AND is_current
