-- access: whose records somebody was shown, found in the log across residents.

-- name: size
-- By the index of leaves, from its end.
SELECT coalesce(max(leaf_index) + 1, 0) FROM audit.leaf

-- name: looks_in_stretch
-- A range of the index of leaves, each event by primary key. Parameters: $1 first_leaf, $2 end_leaf,
-- $3 agent_id uuid, $4 since, $5 until; the agent is a practitioner, a system or an institution.
SELECT max(e.recorded_at) AS newest,
       coalesce(array_agg(e.resident_id ORDER BY e.recorded_at) FILTER (WHERE matches.it), '{}')
           AS residents,
       coalesce(array_agg(e.number ORDER BY e.recorded_at) FILTER (WHERE matches.it), '{}')
           AS numbers
  FROM audit.leaf l
  JOIN audit.event e ON e.resident_id = l.resident_id AND e.number = l.number
 CROSS JOIN LATERAL (SELECT (e.agent_id = $3 OR e.institution_id = $3)
                            AND e.agent_kind IN ('practitioner', 'system') AND e.outcome = 'done'
                            AND e.recorded_at >= $4 AND e.recorded_at < $5
                            AND e.action IN ('record.disclose', 'record.copy', 'resident.identify',
                                             'resident.match', 'identity.read', 'identity.compare',
                                             'emergency-contact.show', 'log.show') AS it) AS matches
 WHERE l.leaf_index >= $1 AND l.leaf_index < $2

-- name: categories
-- Of one resident, by primary key's first columns. Parameters: $1 resident_id, $2 entry_ids.
SELECT DISTINCT category_token
  FROM record.entry
 WHERE resident_id = $1 AND entry_id = ANY ($2::uuid[])
