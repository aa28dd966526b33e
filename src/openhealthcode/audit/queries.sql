-- audit: every statement of the log.

-- name: open_chain
-- One row by primary key, once in a resident's life. Parameters: $1 resident_id uuid,
-- $2 head bytea, of an empty chain.
INSERT INTO audit.chain (resident_id, next_number, head, consent_version)
VALUES ($1, 1, $2, 0)
ON CONFLICT (resident_id) DO NOTHING

-- name: now
-- The time that events are written with.
SELECT clock_timestamp()

-- name: begin_chains
-- Chains of new residents, moved past their first event. Parameters: $1 resident_ids uuid[],
-- $2 heads bytea[].
INSERT INTO audit.chain (resident_id, next_number, head, consent_version)
SELECT begun.resident_id, 2, begun.head, 0
  FROM unnest($1::uuid[], $2::bytea[]) AS begun (resident_id, head)

-- name: begin_events
-- Their first events. Parameters: one array per column, in the order of the table.
INSERT INTO audit.event (resident_id, number, recorded_at, action, outcome, purpose, scene,
                         agent_kind, agent_id, institution_id, detail, salt, commitment, link)
SELECT begun.resident_id, begun.number, begun.recorded_at, begun.action, begun.outcome,
       begun.purpose, begun.scene, begun.agent_kind, begun.agent_id, begun.institution_id,
       begun.detail, begun.salt, begun.commitment, begun.link
  FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
              $7::text[], $8::text[], $9::uuid[], $10::uuid[], $11::bytea[], $12::bytea[],
              $13::bytea[], $14::bytea[])
       AS begun (resident_id, number, recorded_at, action, outcome, purpose, scene, agent_kind,
                 agent_id, institution_id, detail, salt, commitment, link)

-- name: begin_pending
-- Their place in the queue. Parameters: $1 resident_ids uuid[], $2 commitments bytea[].
INSERT INTO audit.pending (resident_id, number, commitment)
SELECT begun.resident_id, 1, begun.commitment
  FROM unnest($1::uuid[], $2::bytea[]) AS begun (resident_id, commitment)

-- name: chain
-- One row by primary key, one shard. Parameters: $1 resident_id uuid.
SELECT next_number, head, consent_version, statement_timestamp() AS at
  FROM audit.chain
 WHERE resident_id = $1

-- name: chains
-- As chain for several residents, in their order; see the function in schema.sql.
-- Parameters: $1 resident_ids uuid[].
SELECT next_number, head, consent_version, at FROM audit.chains($1)

-- name: hold
-- As chain, and nobody else moves it until this transaction ends; one row by primary key, one
-- shard. The time is taken after whatever wait there was. Parameters: $1 resident_id uuid.
SELECT next_number, head, consent_version, clock_timestamp() AS at
  FROM audit.chain
 WHERE resident_id = $1
   FOR UPDATE

-- name: close_chain
-- By primary key, once in a resident's life. Parameters: $1 resident_id uuid, $2 closed_at.
UPDATE audit.chain SET closed_at = $2 WHERE resident_id = $1 AND closed_at IS NULL

-- name: mark_linked
-- By primary key, when entries are merged or separated. Parameters: $1 resident_id, $2 is_linked.
UPDATE audit.chain SET is_linked = $2 WHERE resident_id = $1

-- name: note_destruction
-- By primary key. Parameters: $1 resident_id uuid, $2 destroyed_at timestamptz.
UPDATE audit.chain SET destroyed_at = $2 WHERE resident_id = $1 AND closed_at IS NOT NULL

-- name: chains_to_destroy
-- The partial index, on every shard; nearly always empty. Parameters: $1 limit integer.
SELECT resident_id
  FROM audit.chain
 WHERE closed_at IS NOT NULL AND destroyed_at IS NULL
 LIMIT $1

-- name: chains_after
-- Open accounts in the order of their ids, from one on; primary key, on every shard.
-- Parameters: $1 resident_id uuid, $2 limit integer.
SELECT resident_id
  FROM audit.chain
 WHERE resident_id > $1 AND closed_at IS NULL
 ORDER BY resident_id
 LIMIT $2

-- name: leaf_of
-- By primary key, one shard. Parameters: $1 resident_id uuid, $2 number bigint.
SELECT leaf_index FROM audit.leaf WHERE resident_id = $1 AND number = $2

-- name: commitment_of
-- By primary key, one shard. Parameters: $1 resident_id uuid, $2 number bigint.
SELECT commitment FROM audit.event WHERE resident_id = $1 AND number = $2

-- name: read_by_systems
-- What institutions' systems were given, of one resident; primary key, one shard.
-- Parameters: $1 resident_id uuid.
SELECT number, recorded_at, institution_id, detail
  FROM audit.event
 WHERE resident_id = $1 AND action = 'record.disclose' AND outcome = 'done'
   AND agent_kind = 'system' AND institution_id IS NOT NULL

-- name: shown_since
-- What anybody but the resident was shown after some event; primary key, one shard.
-- Parameters: $1 resident_id uuid, $2 number bigint.
SELECT number, recorded_at, institution_id, detail
  FROM audit.event
 WHERE resident_id = $1 AND number > $2 AND action = 'record.disclose' AND outcome = 'done'
   AND agent_kind <> 'resident'

-- name: last_number
-- Primary key, one shard. Parameters: $1 resident_id uuid.
SELECT max(number) FROM audit.event WHERE resident_id = $1

-- name: write
-- Move the chain if it is still where it was read, and add the event; see the function in
-- schema.sql. Answers whether it moved; if not, start again. For several events the call is
-- repeated in one statement.
-- Parameters: $1 resident_id uuid, $2 number bigint, $3 recorded_at timestamptz, $4 action text,
-- $5 outcome text, $6 purpose text, $7 scene text, $8 agent_kind text, $9 agent_id uuid,
-- $10 institution_id uuid, $11 detail bytea, $12 salt bytea, $13 commitment bytea, $14 link bytea,
-- $15 consent_version bigint as read, $16 consent_version bigint to leave behind.
SELECT audit.write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: own_events
-- A page of a resident's events, newest first; primary key backwards, one shard.
-- Parameters: $1 resident_id uuid, $2 before bigint (numbers below it), $3 limit integer.
SELECT e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene, e.agent_kind,
       e.agent_id, e.institution_id, e.detail, e.salt, e.commitment, l.leaf_index
  FROM audit.event e
  LEFT JOIN audit.leaf l ON l.resident_id = e.resident_id AND l.number = e.number
 WHERE e.resident_id = $1 AND e.number < $2
 ORDER BY e.number DESC
 LIMIT $3

-- name: whole_log
-- Everything one resident's log says, oldest first; primary key, one shard.
-- Parameters: $1 resident_id uuid.
SELECT e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene, e.agent_kind,
       e.agent_id, e.institution_id, e.detail, e.salt, l.leaf_index
  FROM audit.event e
  LEFT JOIN audit.leaf l ON l.resident_id = e.resident_id AND l.number = e.number
 WHERE e.resident_id = $1
 ORDER BY e.number

-- name: events_of_actions
-- The few events of one resident of some rare kinds, in order; primary key, one shard.
-- Parameters: $1 resident_id uuid, $2 actions text[].
SELECT e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene, e.agent_kind,
       e.agent_id, e.institution_id, e.detail, e.salt, e.commitment, NULL::bigint AS leaf_index
  FROM audit.event e
 WHERE e.resident_id = $1 AND e.action = ANY ($2)
 ORDER BY e.number

-- name: events_numbered
-- A few events of one resident; primary key, one shard. Parameters: $1 resident_id uuid,
-- $2 numbers bigint[].
SELECT e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene, e.agent_kind,
       e.agent_id, e.institution_id, e.detail, e.salt, e.commitment, l.leaf_index
  FROM audit.event e
  LEFT JOIN audit.leaf l ON l.resident_id = e.resident_id AND l.number = e.number
 WHERE e.resident_id = $1 AND e.number = ANY ($2)
 ORDER BY e.number

-- name: is_free_to_sequence
-- Only one sequencer at a time, until its transaction ends. Parameters: $1 lock number bigint.
SELECT pg_try_advisory_xact_lock($1)

-- name: sequenced_size
-- How many leaves the database knows, or knows to be lost; the index's last row, on every shard.
SELECT greatest((SELECT coalesce(max(leaf_index) + 1, 0) FROM audit.leaf),
                (SELECT coalesce(max(end_leaf), 0) FROM audit.gap))

-- name: time_from_leaf
-- The next row of the index of leaves, and its event by primary key. Parameters: $1 leaf_index bigint.
SELECT e.recorded_at
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 WHERE l.leaf_index >= $1
 ORDER BY l.leaf_index
 LIMIT 1

-- name: counts_of_leaves
-- How often what happened in a stretch of the log, by week in China; a range of the index of leaves,
-- each event by primary key. Parameters: $1 first_leaf bigint, $2 end_leaf bigint.
SELECT date_trunc('week', e.recorded_at AT TIME ZONE 'Asia/Shanghai')::date AS week,
       e.action, e.outcome, e.agent_kind, e.institution_id, count(*) AS times
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 WHERE l.leaf_index >= $1 AND l.leaf_index < $2
 GROUP BY 1, 2, 3, 4, 5

-- name: acts_of_leaves
-- Which staff and systems did something in a stretch of the log, and with whose record; a range of the
-- index of leaves, each event by primary key. Parameters: $1 first_leaf bigint, $2 end_leaf bigint,
-- $3 actions text[].
SELECT l.leaf_index, e.resident_id, e.agent_kind
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 WHERE l.leaf_index >= $1 AND l.leaf_index < $2 AND e.action = ANY ($3::text[])
   AND e.agent_kind IN ('practitioner', 'system') AND e.institution_id IS NOT NULL
 ORDER BY l.leaf_index

-- name: accesses_at_leaves
-- What was done there, and what came before it on the same chain: each by the index of leaves and
-- primary key, and of its chain the last few hundred. Parameters: $1 leaf_indexes bigint[].
SELECT l.leaf_index, e.resident_id, e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene,
       e.agent_kind, e.agent_id, e.institution_id, e.detail,
       EXISTS (SELECT FROM audit.event p
                WHERE p.resident_id = e.resident_id AND p.number < e.number
                  AND p.number >= e.number - 300 AND p.action = 'resident.identify'
                  AND p.outcome = 'done' AND p.agent_id = e.agent_id
                  AND p.recorded_at > e.recorded_at - interval '1 day') AS has_code,
       e.outcome = 'refused'
       AND EXISTS (SELECT FROM audit.event p
                    WHERE p.resident_id = e.resident_id AND p.number < e.number
                      AND p.number >= e.number - 300 AND p.action = 'consent.withdraw')
       AND EXISTS (SELECT FROM audit.event p
                    WHERE p.resident_id = e.resident_id AND p.number < e.number
                      AND p.number >= e.number - 300 AND p.action = 'record.disclose'
                      AND p.outcome = 'done' AND p.agent_id = e.agent_id) AS was_withdrawn
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 WHERE l.leaf_index = ANY ($1::bigint[])
 ORDER BY l.leaf_index

-- name: note_gap
-- Leaves whose events a restored database lacks; once in an installation's life, if ever.
-- Parameters: $1 first_leaf bigint, $2 end_leaf bigint, $3 recorded_at timestamptz.
INSERT INTO audit.gap (first_leaf, end_leaf, recorded_at) VALUES ($1, $2, $3)

-- name: gaps
-- All of them, in order; nearly always none.
SELECT first_leaf, end_leaf FROM audit.gap ORDER BY first_leaf

-- name: pending
-- The queue's front; a scan of a table that is nearly empty, on every shard. What is no commitment
-- would damage the files; it stays where it is. Parameters: $1 limit integer, $2 resident_id uuid, under
-- which a daily map waits.
SELECT resident_id, number, commitment FROM audit.pending
 WHERE octet_length(commitment) = 32 AND resident_id <> $2
 LIMIT $1

-- name: pending_map
-- The daily map that waits, nearly always none; primary key, one shard. Parameters: $1 resident_id uuid.
SELECT resident_id, number, commitment FROM audit.pending WHERE resident_id = $1 ORDER BY number

-- name: enqueue_map
-- A daily map takes its place in the queue. Parameters: $1 resident_id uuid, $2 numbers bigint[],
-- $3 commitments bytea[].
INSERT INTO audit.pending (resident_id, number, commitment)
SELECT $1, waiting.number, waiting.commitment
  FROM unnest($2::bigint[], $3::bytea[]) AS waiting (number, commitment)

-- name: last_numbers
-- How many events each log has, a page in the order of ids, with the salt of the first: primary keys, on
-- every shard. Parameters: $1 resident_id uuid, $2 limit integer.
SELECT c.resident_id, c.next_number - 1 AS number, e.salt
  FROM (SELECT resident_id, next_number FROM audit.chain
         WHERE resident_id > $1
         ORDER BY resident_id
         LIMIT $2) c
  LEFT JOIN audit.event e ON e.resident_id = c.resident_id AND e.number = 1
 ORDER BY c.resident_id

-- name: waiting
-- For the monitor; a scan of a table that is nearly empty, on every shard.
SELECT count(*) FROM audit.pending

-- name: pending_of
-- Which waiting events already have their leaf in the tree; after a crash only.
-- Parameters: $1 commitments bytea[].
SELECT resident_id, number, commitment FROM audit.pending WHERE commitment = ANY ($1)

-- name: place
-- A batch of new leaves. Parameters: $1 resident_ids uuid[], $2 numbers bigint[],
-- $3 leaf_indexes bigint[].
INSERT INTO audit.leaf (resident_id, number, leaf_index)
SELECT placed.resident_id, placed.number, placed.leaf_index
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS placed (resident_id, number, leaf_index)

-- name: finish
-- A batch leaves the queue, by primary key. Parameters: $1 resident_ids uuid[], $2 numbers bigint[].
DELETE FROM audit.pending p
 USING unnest($1::uuid[], $2::bigint[]) AS done (resident_id, number)
 WHERE p.resident_id = done.resident_id AND p.number = done.number

-- name: one_snapshot
-- First in a verification: everything is seen as of one moment, while the service goes on.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY

-- name: moment
-- The database's time; takes the snapshot.
SELECT statement_timestamp()

-- name: every_event
-- The whole log in order; a scan on every shard, by cursor.
SELECT e.resident_id, e.number, e.recorded_at, e.action, e.outcome, e.purpose, e.scene,
       e.agent_kind, e.agent_id, e.institution_id, e.detail, e.salt, e.commitment, e.link,
       l.leaf_index, c.next_number, c.head
  FROM audit.event e
  LEFT JOIN audit.leaf l ON l.resident_id = e.resident_id AND l.number = e.number
  LEFT JOIN audit.chain c ON c.resident_id = e.resident_id
 ORDER BY e.resident_id, e.number

-- name: chains_without_events
-- Residents to whom something happened and of whom no event is left; an anti-join on every shard.
SELECT c.resident_id, c.next_number
  FROM audit.chain c
 WHERE c.next_number > 1
   AND NOT EXISTS (SELECT 1 FROM audit.event e WHERE e.resident_id = c.resident_id)

-- name: leaves_without_events
-- Places in the tree whose event is gone; an anti-join on every shard.
SELECT l.resident_id, l.number, l.leaf_index
  FROM audit.leaf l
 WHERE NOT EXISTS (SELECT 1 FROM audit.event e
                    WHERE e.resident_id = l.resident_id AND e.number = l.number)

-- name: every_pending
-- The whole queue, nearly empty.
SELECT resident_id, number, commitment FROM audit.pending
