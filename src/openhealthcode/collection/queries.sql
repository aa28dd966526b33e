-- collection: choices of one resident, deliveries of one institution; each by its primary key or index.

-- name: choices
-- One shard, by the front of the primary key. Parameters: $1 resident_id uuid, $2 scene.
SELECT element, is_agreed FROM collection.choice WHERE resident_id = $1 AND scene = $2

-- name: choose
-- One shard. Parameters: $1 resident_id uuid, $2 scene, $3 elements text[], $4 is_agreed boolean[],
-- $5 decided_at timestamptz.
INSERT INTO collection.choice AS known (resident_id, scene, element, is_agreed, decided_at)
SELECT $1, $2, element, is_agreed, $5
  FROM unnest($3::text[], $4::boolean[]) AS chosen (element, is_agreed)
ON CONFLICT (resident_id, scene, element) DO UPDATE
   SET is_agreed = excluded.is_agreed, decided_at = excluded.decided_at

-- name: refusals
-- A count by index; every shard, task supervision. Parameters: $1 scene, $2 element.
SELECT count(*) FROM collection.choice WHERE scene = $1 AND element = $2 AND NOT is_agreed

-- name: note_delivery
-- One shard, one row added. Parameters: $1 institution_id uuid, $2 delivery_id uuid,
-- $3 delivered_at timestamptz, $4 rule, $5 is_refused boolean, $6 elements text[],
-- $7 verdicts text[], $8 kept integer[].
INSERT INTO collection.delivery
       (institution_id, delivery_id, delivered_at, rule, is_refused, elements, verdicts, kept)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: take_deliveries
-- Takes deliveries out of the queue, the oldest first; who takes at the same moment waits and finds
-- them gone. Every shard, every few minutes. Parameters: $1 most integer.
DELETE FROM collection.delivery
 WHERE delivery_id IN (SELECT delivery_id FROM collection.delivery ORDER BY delivered_at LIMIT $1)
RETURNING institution_id, delivered_at, rule, is_refused, elements, verdicts, kept

-- name: count
-- By primary key, in its order, so that two who count never wait in a ring.
-- Parameters: $1 institution_ids uuid[], $2 months date[], $3 rules text[], $4 elements text[],
-- $5 fates text[], $6 counts bigint[].
INSERT INTO collection.tally AS known (institution_id, month, rule, element, fate, count)
SELECT n.institution_id, n.month, n.rule, n.element, n.fate, n.count
  FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::text[], $6::bigint[])
       AS n (institution_id, month, rule, element, fate, count)
ON CONFLICT (institution_id, month, rule, element, fate) DO UPDATE
   SET count = known.count + excluded.count

-- name: is_lenient
-- By primary key. Parameters: $1 institution_id uuid, $2 at timestamptz.
SELECT coalesce((SELECT until > $2
                   FROM collection.lenient_sender
                  WHERE institution_id = $1
                  ORDER BY allowed_at DESC
                  LIMIT 1), false)

-- name: set_lenient
-- One row added. Parameters: $1 institution_id uuid, $2 until timestamptz, $3 allowed_by uuid.
INSERT INTO collection.lenient_sender (institution_id, allowed_at, until, allowed_by)
VALUES ($1, clock_timestamp(), $2, $3)

-- name: lenient_senders
-- A few rows in all. No parameters.
SELECT newest.institution_id, newest.allowed_at, newest.until
  FROM (SELECT DISTINCT ON (institution_id) institution_id, allowed_at, until
          FROM collection.lenient_sender
         ORDER BY institution_id, allowed_at DESC) AS newest
 WHERE newest.until > now()
 ORDER BY newest.until, newest.institution_id

-- name: tally_of
-- One shard, by the front of the primary key. Parameters: $1 institution_id uuid, $2 since date,
-- the first of a month.
SELECT rule, element, fate, sum(count)::bigint AS count
  FROM collection.tally
 WHERE institution_id = $1 AND month >= $2
 GROUP BY rule, element, fate

-- name: deliveries_of
-- What is not counted yet: some minutes' worth, one shard, by index. Parameters: $1 institution_id
-- uuid, $2 since date.
SELECT institution_id, delivered_at, rule, is_refused, elements, verdicts, kept
  FROM collection.delivery
 WHERE institution_id = $1 AND delivered_at >= $2::date

-- name: reporting
-- Every shard, on the supervisor's page only. Parameters: $1 since date, the first of a month.
SELECT institution_id FROM collection.tally WHERE month >= $1
 UNION
SELECT institution_id FROM collection.delivery WHERE delivered_at >= $1::date
 ORDER BY institution_id

-- name: asked_by
-- By the tally's index of elements; every shard. Parameters: $1 the rule's name up to its version,
-- $2 element, $3 since date, the first of a month.
SELECT institution_id,
       coalesce(sum(count) FILTER (WHERE fate = 'asked'), 0)::bigint AS asked,
       coalesce(sum(count) FILTER (WHERE fate = 'refused-by-residents'), 0)::bigint
           AS refused_by_residents
  FROM collection.tally
 WHERE element = $2 AND month >= $3 AND starts_with(rule, $1) AND fate IN ('asked', 'refused-by-residents')
 GROUP BY institution_id
 ORDER BY asked DESC, institution_id

-- name: newest_reread
-- The run that goes on or went last; primary key, a reference table.
SELECT run, reading, edition, reached, started_at, finished_at, residents, closed
  FROM collection.reread
 ORDER BY run DESC
 LIMIT 1

-- name: begin_reread
-- A run for a new reading; two processes at once begin one. Parameters: $1 run integer, $2 reading
-- bytea, $3 edition text, $4 at timestamptz.
INSERT INTO collection.reread
    (run, reading, edition, reached, leased_until, started_at, residents, closed)
VALUES ($1, $2, $3, '00000000-0000-0000-0000-000000000000', $4, $4, 0, 0)
ON CONFLICT DO NOTHING

-- name: lease_reread
-- The run for this process alone, for a while. Parameters: $1 run integer, $2 at timestamptz,
-- $3 until timestamptz.
UPDATE collection.reread
   SET leased_until = $3
 WHERE run = $1 AND finished_at IS NULL AND leased_until <= $2
RETURNING reached

-- name: advance_reread
-- How far it got; nothing if somebody else went on from the same place. Parameters: $1 run integer,
-- $2 from uuid, $3 reached uuid, $4 leased_until timestamptz, $5 finished_at timestamptz or null,
-- $6 residents integer, $7 closed integer.
UPDATE collection.reread
   SET reached = $3, leased_until = $4, finished_at = $5,
       residents = residents + $6, closed = closed + $7
 WHERE run = $1 AND reached = $2 AND finished_at IS NULL
RETURNING run

-- name: release_reread
-- For whoever comes next. Parameters: $1 run integer, $2 at timestamptz.
UPDATE collection.reread
   SET leased_until = $2
 WHERE run = $1 AND finished_at IS NULL

-- name: waits_already
-- Whether this very delivery waits; by its fingerprint. Parameters: $1 fingerprint bytea.
SELECT EXISTS (SELECT FROM collection.waiting WHERE fingerprint = $1 AND answer IS NULL)

-- name: count_waiting
-- How many deliveries of an institution wait; its index. Parameters: $1 institution_id uuid.
SELECT count(*) FROM collection.waiting WHERE institution_id = $1 AND answer IS NULL

-- name: let_wait
-- Parameters: $1 resident_id uuid, $2 institution_id uuid, $3 fingerprint bytea,
-- $4 received_at timestamptz, $5 sealed bytea.
INSERT INTO collection.waiting (resident_id, institution_id, fingerprint, received_at, sealed)
VALUES ($1, $2, $3, $4, $5)

-- name: waiting
-- What waits for an institution's registrars, and what others' left lying; a few hundred rows over
-- all shards. Parameters: $1 institution_id uuid, $2 left_before timestamptz, $3 at most integer.
SELECT resident_id, institution_id, received_at
  FROM collection.waiting
 WHERE answer IS NULL AND (institution_id = $1 OR received_at < $2)
 ORDER BY received_at
 LIMIT $3

-- name: hold_waiting
-- One that waits, held until it is answered; primary key. Parameters: $1 resident_id uuid.
SELECT institution_id, received_at, sealed
  FROM collection.waiting
 WHERE resident_id = $1 AND answer IS NULL
   FOR UPDATE

-- name: answer_waiting
-- Parameters: $1 resident_id uuid, $2 answer text, $3 answered_at timestamptz, $4 answered_by uuid.
UPDATE collection.waiting
   SET sealed = NULL, answer = $2, answered_at = $3, answered_by = $4
 WHERE resident_id = $1 AND answer IS NULL
