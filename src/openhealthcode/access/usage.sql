-- access: whose logs have to be followed to see what of what was collected is read.

-- name: logs_that_went_on
-- Residents with something collected under a rule whose log is longer than it was followed; shard by
-- shard, once an hour, under the task `verification`. Parameters: $1 most integer.
SELECT f.resident_id
  FROM collection.followed f
  JOIN audit.chain c ON c.resident_id = f.resident_id
 WHERE c.next_number - 1 > f.number
 LIMIT $1
