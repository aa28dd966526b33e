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

-- name: note_delivery
-- One shard, one row added. Parameters: $1 institution_id uuid, $2 delivery_id uuid,
-- $3 delivered_at timestamptz, $4 rule, $5 is_refused boolean, $6 elements text[],
-- $7 verdicts text[].
INSERT INTO collection.delivery
       (institution_id, delivery_id, delivered_at, rule, is_refused, elements, verdicts)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: is_lenient
-- By primary key. Parameters: $1 institution_id uuid, $2 at timestamptz.
SELECT EXISTS (SELECT FROM collection.lenient_sender WHERE institution_id = $1 AND until > $2)

-- name: set_lenient
-- By primary key. Parameters: $1 institution_id uuid, $2 until timestamptz.
INSERT INTO collection.lenient_sender (institution_id, until) VALUES ($1, $2)
ON CONFLICT (institution_id) DO UPDATE SET until = excluded.until

-- name: over_collection
-- One shard, by the index of an institution's deliveries in time. Parameters: $1 institution_id
-- uuid, $2 since timestamptz.
SELECT split_part(d.rule, '@', 1) AS scene, found.element, count(*) AS asked,
       count(*) FILTER (WHERE found.verdict = 'permitted' AND NOT d.is_refused) AS taken,
       count(*) FILTER (WHERE found.verdict = 'beyond-rule' AND d.is_refused) AS refused_by_rule,
       count(*) FILTER (WHERE found.verdict = 'beyond-rule' AND NOT d.is_refused) AS set_aside,
       count(*) FILTER (WHERE found.verdict IN ('refused-by-resident', 'needs-separate-consent'))
           AS refused_by_residents
  FROM collection.delivery AS d, unnest(d.elements, d.verdicts) AS found (element, verdict)
 WHERE d.institution_id = $1 AND d.delivered_at >= $2
 GROUP BY 1, 2
 ORDER BY 1, 2
