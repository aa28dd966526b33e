-- identity.quality: what was doubtful about registrations, counted by institution; names nobody.

-- name: note
-- One shard, one row added. Parameters: $1 institution_id uuid, $2 note_id uuid, $3 noted_at
-- timestamptz, $4 rules text[].
INSERT INTO identity.quality_note (institution_id, note_id, noted_at, rules)
VALUES ($1, $2, $3, $4)

-- name: take_notes
-- Takes notes out of the queue, the oldest first; who takes at the same moment waits and finds them
-- gone. Every shard, every few minutes. Parameters: $1 most integer.
DELETE FROM identity.quality_note
 WHERE note_id IN (SELECT note_id FROM identity.quality_note ORDER BY noted_at LIMIT $1)
RETURNING institution_id, noted_at, rules

-- name: count
-- By primary key, in its order, so that two who count never wait in a ring.
-- Parameters: $1 institution_ids uuid[], $2 months date[], $3 rules text[], $4 counts bigint[].
INSERT INTO identity.quality_tally AS known (institution_id, month, rule, count)
SELECT n.institution_id, n.month, n.rule, n.count
  FROM unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[]) AS n (institution_id, month, rule, count)
ON CONFLICT (institution_id, month, rule) DO UPDATE
   SET count = known.count + excluded.count

-- name: tally
-- Every shard unless one institution is meant; a few rows a month each. Parameters: $1 since date, the
-- first of a month, $2 institution_id uuid or null.
SELECT institution_id, rule, sum(count)::bigint AS count
  FROM identity.quality_tally
 WHERE month >= $1 AND ($2::uuid IS NULL OR institution_id = $2)
 GROUP BY institution_id, rule

-- name: waiting_notes
-- What is not counted yet: some minutes' worth. Parameters: $1 since date, $2 institution_id uuid or
-- null.
SELECT institution_id, noted_at, rules
  FROM identity.quality_note
 WHERE noted_at >= $1::date AND ($2::uuid IS NULL OR institution_id = $2)
