-- consent.seal: records sealed by order. One resident, one shard, but where it is said.

-- name: insert_consent
-- Parameters: $1 resident_id, $2 consent_id, $3 practitioner_id, $4 institution_id, $5 purpose,
-- $6 event_number, $7 granted_at, $8 end_at.
INSERT INTO consent.consent
    (resident_id, consent_id, is_override, practitioner_id, institution_id, purpose, event_number,
     granted_at, end_at, kind)
VALUES ($1, $2, false, $3, $4, $5, $6, $7, $8, 'seal')

-- name: insert_seal
-- Parameters: the columns in order.
INSERT INTO consent.record_seal (resident_id, consent_id, order_id, sealed)
VALUES ($1, $2, $3, $4)

-- name: consent_of
-- By the unique key. Parameters: $1 resident_id, $2 order_id.
SELECT consent_id FROM consent.record_seal WHERE resident_id = $1 AND order_id = $2

-- name: is_sealed
-- By the first column of the primary key. Parameters: $1 resident_id.
SELECT EXISTS (SELECT FROM consent.consent
                WHERE resident_id = $1 AND kind = 'seal' AND withdrawn_at IS NULL
                  AND end_at > statement_timestamp())

-- name: note_lifting
-- Parameters: $1 resident_id, $2 consent_id, $3 withdrawn_at, $4 withdrawn_number.
UPDATE consent.consent
   SET withdrawn_at = $3, withdrawn_number = $4
 WHERE resident_id = $1 AND consent_id = $2 AND withdrawn_at IS NULL AND kind = 'seal'

-- name: seals
-- Newest first. Parameters: $1 resident_id.
SELECT s.consent_id, s.order_id, s.sealed, c.granted_at, c.withdrawn_at
  FROM consent.record_seal s
  JOIN consent.consent c ON c.resident_id = $1 AND c.consent_id = s.consent_id
 WHERE s.resident_id = $1
 ORDER BY c.granted_at DESC

-- name: residents_sealed
-- Under the task supervision: by its index, on every shard. Parameters: $1 order_id.
SELECT resident_id FROM consent.record_seal WHERE order_id = $1 ORDER BY resident_id
