-- consent.showing: what residents chose, each on one resident's shard.

-- name: insert_choice
-- Choices are never changed; the newest counts. Parameters: $1 resident_id, $2 event_number,
-- $3 chosen_at, $4 sealed.
INSERT INTO consent.showing_choice (resident_id, event_number, chosen_at, sealed)
VALUES ($1, $2, $3, $4)

-- name: choice
-- By primary key, from its end. Parameters: $1 resident_id.
SELECT event_number, chosen_at, sealed
  FROM consent.showing_choice
 WHERE resident_id = $1
 ORDER BY event_number DESC
 LIMIT 1
