-- supervision.summaries: counts by week, and what of them is published. Under the task `supervision`.

-- name: take_turn
-- Whether this transaction is the one that counts; released with it.
SELECT pg_try_advisory_xact_lock(5346271)

-- name: next_leaf
-- By primary key.
SELECT next_leaf FROM supervision.counted WHERE name = 'summaries'

-- name: progress
-- By primary key.
SELECT next_leaf, counted_at FROM supervision.counted WHERE name = 'summaries'

-- name: went_on
-- Parameters: $1 next_leaf bigint.
INSERT INTO supervision.counted (name, next_leaf, counted_at)
VALUES ('summaries', $1, statement_timestamp())
ON CONFLICT (name) DO UPDATE SET next_leaf = excluded.next_leaf, counted_at = excluded.counted_at

-- name: add
-- By primary key. Parameters: $1 weeks date[], $2 institutions uuid[], $3 measures text[],
-- $4 times bigint[].
INSERT INTO supervision.tally AS t (week, measure, institution_id, times, is_published)
SELECT given.week, given.measure, given.institution_id, given.times, false
  FROM unnest($1::date[], $2::uuid[], $3::text[], $4::bigint[])
       AS given (week, institution_id, measure, times)
ON CONFLICT (week, measure, institution_id)
DO UPDATE SET times = t.times + excluded.times, is_published = false

-- name: changed
-- Every institution's counts of each week and measure of which one changed; a partial index finds
-- those, the primary key the others.
SELECT t.week, t.measure, t.institution_id, t.times
  FROM supervision.tally t
 WHERE (t.week, t.measure) IN (
        SELECT c.week, c.measure FROM supervision.tally c WHERE NOT c.is_published)

-- name: withdraw_changed
-- By the partial index of what changed and a prefix of the primary key.
DELETE FROM supervision.published p
 WHERE (p.week, p.measure) IN (
        SELECT c.week, c.measure FROM supervision.tally c WHERE NOT c.is_published)

-- name: all_published
-- By the partial index of what changed.
UPDATE supervision.tally SET is_published = true WHERE NOT is_published

-- name: publish
-- Parameters: $1 weeks date[], $2 measures text[], $3 divisions text[], $4 institutions uuid[],
-- $5 times bigint[].
INSERT INTO supervision.published (week, measure, division, institution_id, times)
SELECT given.week, given.measure, given.division, given.institution_id, given.times
  FROM unnest($1::date[], $2::text[], $3::text[], $4::uuid[], $5::bigint[])
       AS given (week, measure, division, institution_id, times)

-- name: by_week
-- A range of the primary key. Parameters: $1 first_week date, $2 end_week date, $3 division text, ''
-- for all, $4 institution_id uuid, null for all.
SELECT p.measure, p.week, sum(p.times)::bigint AS times
  FROM supervision.published p
 WHERE p.week >= $1 AND p.week < $2
   AND ($3::text = '' OR p.division = $3)
   AND ($4::uuid IS NULL OR p.institution_id = $4)
 GROUP BY p.measure, p.week

-- name: by_place
-- The same range: by division, or by institution within one. Parameters as for `by_week`.
SELECT p.measure, p.division, named.institution_id, sum(p.times)::bigint AS times
  FROM supervision.published p,
       LATERAL (SELECT CASE WHEN $3::text = '' THEN '00000000-0000-0000-0000-000000000000'::uuid
                            ELSE p.institution_id END) AS named (institution_id)
 WHERE p.week >= $1 AND p.week < $2
   AND ($3::text = '' OR p.division = $3)
   AND ($4::uuid IS NULL OR p.institution_id = $4)
 GROUP BY p.measure, p.division, named.institution_id

-- name: active
-- A range of the primary key. Parameters: $1 first_week date, $2 end_week date.
SELECT DISTINCT t.institution_id
  FROM supervision.tally t
 WHERE t.week >= $1 AND t.week < $2 AND t.institution_id <> '00000000-0000-0000-0000-000000000000'
