-- access: what receipts of the own log show.

-- name: named
-- Entries in the versions somebody saw, newest first; primary key, one shard.
-- Parameters: $1 resident_id uuid, $2 entry_ids uuid[], $3 versions integer[].
SELECT e.entry_id, e.version, e.type, e.day, e.category_token, e.sensitivity_token,
       e.institution_id, e.filed_number, e.filed_at, e.digest, e.body
  FROM unnest($2::uuid[], $3::integer[]) AS wanted (entry_id, version)
  JOIN record.entry e ON e.resident_id = $1 AND e.entry_id = wanted.entry_id
                     AND e.version = wanted.version
 ORDER BY e.day DESC, e.entry_id DESC
