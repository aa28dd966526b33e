-- consent.presence: a line for each answer given with a PIN or a helper; what it says is sealed.

-- name: note
-- Parameters: $1 resident_id, $2 consent_id, $3 answered_at, $4 sealed.
INSERT INTO consent.presence (resident_id, consent_id, answered_at, sealed, watch_at)
VALUES ($1, $2, $3, $4, $3)

-- name: recent
-- Under the task supervision, all shards, by the index on time; a region's answers of some days.
-- Parameters: $1 for how long interval.
SELECT p.resident_id, p.consent_id, p.answered_at, p.sealed, max(e.examined_at) AS examined_at
  FROM consent.presence p
  LEFT JOIN consent.presence_examination e
         ON e.resident_id = p.resident_id AND e.consent_id = p.consent_id
 WHERE p.answered_at > statement_timestamp() - $1::interval
 GROUP BY p.resident_id, p.consent_id
 ORDER BY p.answered_at DESC

-- name: to_look_into
-- As above, without those somebody has looked into. Parameters: $1 for how long interval.
SELECT p.resident_id, p.consent_id, p.answered_at, p.sealed, NULL::timestamptz AS examined_at
  FROM consent.presence p
 WHERE p.answered_at > statement_timestamp() - $1::interval
   AND NOT EXISTS (SELECT FROM consent.presence_examination e
                    WHERE e.resident_id = p.resident_id AND e.consent_id = p.consent_id)
 ORDER BY p.answered_at DESC

-- name: unwatched
-- Under the task supervision, all shards, by the partial index: what came in since the last turn.
-- Parameters: $1 limit integer.
SELECT resident_id, consent_id, answered_at, sealed, watch_at, NULL::timestamptz AS examined_at
  FROM consent.presence
 WHERE watch_at <= statement_timestamp()
 ORDER BY watch_at
 LIMIT $1

-- name: take_up
-- By primary key; every line, whatever it says. Parameters: $1 resident_id, $2 consent_id,
-- $3 watch_at as read, $4 for how long interval.
UPDATE consent.presence SET watch_at = statement_timestamp() + $4::interval
 WHERE resident_id = $1 AND consent_id = $2 AND watch_at = $3
RETURNING true

-- name: settle
-- By primary key; every line. Parameters: $1 resident_id, $2 consent_id.
UPDATE consent.presence SET watch_at = NULL WHERE resident_id = $1 AND consent_id = $2

-- name: case
-- By primary key. Parameters: $1 resident_id, $2 consent_id.
SELECT p.resident_id, p.consent_id, p.answered_at, p.sealed,
       (SELECT max(e.examined_at) FROM consent.presence_examination e
         WHERE e.resident_id = $1 AND e.consent_id = $2) AS examined_at
  FROM consent.presence p
 WHERE p.resident_id = $1 AND p.consent_id = $2

-- name: note_examined
-- Once for each examiner and event. Parameters: the columns in order.
INSERT INTO consent.presence_examination
       (resident_id, consent_id, examiner_id, event_number, examined_at)
VALUES ($1, $2, $3, $4, $5)
