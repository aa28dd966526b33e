-- supervision.alerts: the place in the log, what is remembered, alerts, editions of the rules.

-- name: take_turn
-- One process at a time, until its transaction ends. Parameters: $1 lock number bigint.
SELECT pg_try_advisory_xact_lock($1)

-- name: next_leaf
-- Primary key.
SELECT next_leaf FROM supervision.counted WHERE name = 'alerts'

-- name: went_on
-- Primary key. Parameters: $1 next_leaf bigint.
INSERT INTO supervision.counted (name, next_leaf, counted_at)
VALUES ('alerts', $1, statement_timestamp())
ON CONFLICT (name) DO UPDATE SET next_leaf = excluded.next_leaf, counted_at = excluded.counted_at

-- name: remembered
-- Everything, once in a process's life; some thousand rows.
SELECT kind, key, content FROM supervision.remembered

-- name: remember
-- By primary key. Parameters: $1 kinds text[], $2 keys bytea[], $3 contents bytea[].
INSERT INTO supervision.remembered AS known (kind, key, content, changed_at)
SELECT changed.kind, changed.key, changed.content, statement_timestamp()
  FROM unnest($1::text[], $2::bytea[], $3::bytea[]) AS changed (kind, key, content)
ON CONFLICT (kind, key) DO UPDATE SET content = excluded.content, changed_at = excluded.changed_at

-- name: forget
-- By primary key. Parameters: $1 kinds text[], $2 keys bytea[].
DELETE FROM supervision.remembered r
 USING unnest($1::text[], $2::bytea[]) AS gone (kind, key)
 WHERE r.kind = gone.kind AND r.key = gone.key

-- name: forget_old
-- Who was not seen for two months; a scan of some thousand rows, once a day.
DELETE FROM supervision.remembered
 WHERE kind IN ('person', 'team') AND changed_at < statement_timestamp() - interval '60 days'

-- name: forget_alerts
-- Settled alerts after three years; the index of opening.
DELETE FROM supervision.alert
 WHERE opened_at < statement_timestamp() - interval '3 years'
   AND latest_at < statement_timestamp() - interval '3 years' AND state <> 'open'

-- name: tell
-- An alert, or the same with more.
-- Parameters: $1 alert_id uuid, $2 opened_at, $3 latest_at, $4 practitioner_id, $5 institution_id uuid,
-- $6 severity integer, $7 score real, $8 sealed bytea.
INSERT INTO supervision.alert AS known
       (alert_id, opened_at, latest_at, told_at, practitioner_id, institution_id, severity, score,
        sealed, state)
VALUES ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7, $8, 'open')
ON CONFLICT (alert_id) DO UPDATE
   SET latest_at = excluded.latest_at, severity = excluded.severity, score = excluded.score,
       sealed = excluded.sealed

-- name: open_again
-- By primary key: one that was dismissed, or whose case was judged, before something new happened; what
-- happens while a case is heard belongs to the case. Parameters: $1 alert_id uuid.
UPDATE supervision.alert a
   SET state = 'open', case_id = NULL, settled_at = NULL, settled_by = NULL
 WHERE a.alert_id = $1 AND a.latest_at > a.settled_at
   AND (a.state = 'dismissed'
        OR EXISTS (SELECT FROM supervision.case_step s
                    WHERE s.case_id = a.case_id AND s.verdict IS NOT NULL
                      AND s.taken_at < a.latest_at))

-- name: alert
-- Primary key. Parameters: $1 alert_id uuid.
SELECT alert_id, sealed, told_at, state, case_id, settled_at, settled_by
  FROM supervision.alert
 WHERE alert_id = $1

-- name: open_alerts
-- The partial index of what is open. Parameters: $1 institution_id uuid or null for all, $2 most rows.
SELECT alert_id, sealed, told_at, state, case_id, settled_at, settled_by
  FROM supervision.alert
 WHERE state = 'open' AND ($1::uuid IS NULL OR institution_id = $1)
 ORDER BY severity DESC, score DESC, opened_at
 LIMIT $2

-- name: settle
-- By primary key, if it is still open and as it was seen. Parameters: $1 alert_id uuid, $2 state text,
-- $3 case_id uuid or null, $4 settled_at, $5 settled_by uuid.
UPDATE supervision.alert
   SET state = $2, case_id = $3, settled_at = $4, settled_by = $5
 WHERE alert_id = $1 AND state = 'open'
RETURNING true

-- name: alert_figures
-- Of the last days; the index of opening. Parameters: $1 since timestamptz.
SELECT count(*) AS opened,
       count(*) FILTER (WHERE state = 'open') AS open_now,
       count(*) FILTER (WHERE state = 'dismissed') AS dismissed,
       count(*) FILTER (WHERE state = 'case') AS cases,
       min(opened_at) FILTER (WHERE state = 'open') AS oldest_open
  FROM supervision.alert
 WHERE opened_at >= $1

-- name: propose_edition
-- The next number; none while another is proposed. Parameters: $1 document, $2 reason text,
-- $3 author_id uuid, $4 proposed_at.
INSERT INTO supervision.rule_edition (number, document, reason, author_id, proposed_at, state)
SELECT coalesce(max(known.number), 0) + 1, $1, $2, $3, $4, 'proposed'
  FROM supervision.rule_edition AS known
ON CONFLICT DO NOTHING
RETURNING number

-- name: decide_edition
-- By primary key, if it still is proposed. Parameters: $1 number integer, $2 state text,
-- $3 decider_id uuid or null, $4 decided_at, $5 seal bytea or null.
UPDATE supervision.rule_edition
   SET state = $2, decider_id = $3, decided_at = $4, seal = $5
 WHERE number = $1 AND state = 'proposed'
RETURNING true

-- name: editions
-- All, the newest first; a handful a year.
SELECT number, document, reason, author_id, proposed_at, state, decider_id, decided_at, seal
  FROM supervision.rule_edition
 ORDER BY number DESC

-- name: edition_at
-- The last one approved before a moment; a handful of rows. Parameters: $1 at timestamptz.
SELECT number, document, reason, author_id, proposed_at, state, decider_id, decided_at, seal
  FROM supervision.rule_edition
 WHERE state = 'approved' AND decided_at < $1
 ORDER BY number DESC
 LIMIT 1

-- name: newest_edition
-- The last approved one, by primary key backwards.
SELECT number, document, reason, author_id, proposed_at, state, decider_id, decided_at, seal
  FROM supervision.rule_edition
 WHERE state = 'approved'
 ORDER BY number DESC
 LIMIT 1
