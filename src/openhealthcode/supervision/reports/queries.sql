-- supervision.reports: what residents were told of their reports.

-- name: to_follow
-- Reports of which the last word has not been told; some dozens, by the index of openings.
-- Parameters: $1 limit integer.
SELECT f.case_id, coalesce(t.told, '') AS told
  FROM supervision.case_file f
  LEFT JOIN supervision.case_told t ON t.case_id = f.case_id
 WHERE f.kind = 'resident-report' AND t.is_over IS DISTINCT FROM true
 ORDER BY f.opened_at
 LIMIT $1

-- name: note_told
-- Of several processes one: by primary key. Parameters: $1 case_id uuid, $2 what was told before,
-- $3 what is told now, $4 is_over boolean.
INSERT INTO supervision.case_told AS known (case_id, told, is_over)
VALUES ($1, $3, $4)
ON CONFLICT (case_id) DO UPDATE SET told = $3, is_over = $4
  WHERE known.told = $2 AND NOT known.is_over
RETURNING true
