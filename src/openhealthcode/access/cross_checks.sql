-- access: what the log and the rest of the database must say alike. Each statement answers the
-- rows that should not be, as resident and event number; `ohc verify` runs them under the task
-- `verification`. Joins on resident_id and an event's primary key: shard by shard.

-- name: entry_without_event
-- Versions of entries that no filing names. Entries without a resident's event cannot come in.
SELECT DISTINCT r.resident_id, r.filed_number AS number
  FROM record.entry r
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = r.resident_id AND e.number = r.filed_number
                      AND e.action IN ('record.file', 'record.delete', 'resident.register',
                                       'record.expire'))

-- name: filing_without_entry
-- Filings and deletions of which nothing is left, though its time was not over.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action IN ('record.file', 'record.delete') AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM record.entry r
                    WHERE r.resident_id = e.resident_id AND r.filed_number = e.number)
   AND NOT EXISTS (SELECT FROM collection.destroyed d
                    WHERE d.resident_id = e.resident_id AND d.filed_number = e.number)

-- name: destruction_without_event
-- Versions said to be destroyed because their time was over, of which the log does not say so.
SELECT DISTINCT d.resident_id, d.event_number AS number
  FROM collection.destroyed d
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = d.resident_id AND e.number = d.event_number
                      AND e.action = 'record.expire')

-- name: destroyed_still_there
-- Versions that were destroyed and have come back.
SELECT d.resident_id, d.event_number AS number
  FROM collection.destroyed d
  JOIN record.entry r ON r.resident_id = d.resident_id AND r.entry_id = d.entry_id
                     AND r.version = d.version

-- name: consent_without_event
-- Consents and overrides nobody was logged to have given.
SELECT c.resident_id, c.event_number AS number
  FROM consent.consent c
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = c.resident_id AND e.number = c.event_number
                      AND e.action = CASE WHEN c.is_override THEN 'access.break-glass'
                                          WHEN c.kind = 'restriction' THEN 'consent.restrict'
                                          WHEN c.kind = 'seal' THEN 'record.seal'
                                          ELSE 'consent.grant' END)

-- name: grant_without_consent
-- Logged consents and overrides that are gone.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action IN ('consent.grant', 'consent.restrict', 'record.seal', 'access.break-glass')
   AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM consent.consent c
                    WHERE c.resident_id = e.resident_id AND c.event_number = e.number)

-- name: withdrawal_without_event
-- Consents marked as withdrawn that the resident did not withdraw. What opens something again ends
-- what was allowed at visits.
SELECT c.resident_id, c.withdrawn_number AS number
  FROM consent.consent c
 WHERE c.withdrawn_number IS NOT NULL
   AND NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = c.resident_id AND e.number = c.withdrawn_number
                      AND e.action IN ('consent.withdraw', 'consent.lift', 'record.reveal',
                                       'record.unseal'))

-- name: withdrawal_undone
-- Withdrawals after which no consent is withdrawn.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action IN ('consent.withdraw', 'consent.lift', 'record.unseal') AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM consent.consent c
                    WHERE c.resident_id = e.resident_id AND c.withdrawn_number = e.number)

-- name: refusal_without_lines
-- Refusals in force of which a line is gone or revoked: one for each purpose others may have, the
-- emergency's perhaps apart. Permissions without lines open nothing and are not looked for.
SELECT c.resident_id, c.event_number AS number
  FROM consent.consent c
 WHERE c.kind IN ('restriction', 'seal') AND c.withdrawn_at IS NULL
   AND EXISTS (SELECT FROM unnest(ARRAY['TREAT', 'HPAYMT', 'PUBHLTH']) AS purpose
                WHERE NOT EXISTS (SELECT FROM consent.provision p
                                   WHERE p.resident_id = c.resident_id
                                     AND p.consent_id = c.consent_id AND p.purpose = purpose
                                     AND p.rule = 'deny' AND p.revoked_at IS NULL))

-- name: use_without_event
-- Uses of a consent that belong to no look.
SELECT u.resident_id, u.event_number AS number
  FROM consent.use u
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = u.resident_id AND e.number = u.event_number
                      AND e.action = 'record.disclose')

-- name: request_without_event
-- Requests that nobody was logged to have made.
SELECT q.resident_id, q.event_number AS number
  FROM consent.request q
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = q.resident_id AND e.number = q.event_number
                      AND e.action = 'consent.ask')

-- name: choice_without_event
-- Advance choices for emergencies that nobody was logged to have made.
SELECT a.resident_id, a.event_number AS number
  FROM consent.advance_choice a
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = a.resident_id AND e.number = a.event_number
                      AND e.action = 'emergency.choose')

-- name: event_without_choice
-- Logged advance choices that are gone; what was chosen before would hold again.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'emergency.choose' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM consent.advance_choice a
                    WHERE a.resident_id = e.resident_id AND a.event_number = e.number)

-- name: override_without_case
-- Overrides that nobody will review.
SELECT c.resident_id, c.event_number AS number
  FROM consent.consent c
 WHERE c.is_override
   AND NOT EXISTS (SELECT FROM consent.override_case o
                    WHERE o.resident_id = c.resident_id AND o.consent_id = c.consent_id)

-- name: judgement_without_event
-- Judgements on overrides that nobody was logged to have made.
SELECT r.resident_id, r.event_number AS number
  FROM consent.override_review r
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = r.resident_id AND e.number = r.event_number
                      AND e.action = 'override.review')

-- name: event_without_judgement
-- Logged judgements on overrides that are gone.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'override.review' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM consent.override_review r
                    WHERE r.resident_id = e.resident_id AND r.event_number = e.number)

-- name: representation_without_event
-- Appointments, and ends of them, that nobody was logged to have made.
SELECT r.resident_id, r.event_number AS number
  FROM representation.representation r
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = r.resident_id AND e.number = r.event_number
                      AND e.action = 'representation.appoint')
    OR (r.revoked_number IS NOT NULL
        AND NOT EXISTS (SELECT FROM audit.event e
                         WHERE e.resident_id = r.resident_id AND e.number = r.revoked_number
                           AND e.action = 'representation.revoke'))

-- name: revocation_undone
-- Logged ends of appointments after which none has ended.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'representation.revoke' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM representation.representation r
                    WHERE r.resident_id = e.resident_id AND r.revoked_number = e.number)

-- name: death_without_event
-- Deaths that nobody was logged to have registered, or to have taken back.
SELECT d.resident_id, d.event_number AS number
  FROM representation.death d
 WHERE NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = d.resident_id AND e.number = d.event_number
                      AND e.action = 'death.register')
    OR (d.taken_back_number IS NOT NULL
        AND NOT EXISTS (SELECT FROM audit.event e
                         WHERE e.resident_id = d.resident_id AND e.number = d.taken_back_number
                           AND e.action = 'death.take-back'))

-- name: event_without_death
-- Logged deaths that are gone.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'death.register' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM representation.death d
                    WHERE d.resident_id = e.resident_id AND d.event_number = e.number)

-- name: event_without_wishes
-- Logged wishes that are gone; what was wished before would hold again.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'representation.wish' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM representation.wishes w
                    WHERE w.resident_id = e.resident_id AND w.event_number = e.number)

-- name: attestation_without_event
-- Attestations that copies are erased that nobody was logged to have given.
SELECT a.resident_id, a.answered_number AS number
  FROM consent.erasure a
 WHERE a.answered_number IS NOT NULL
   AND NOT EXISTS (SELECT FROM audit.event e
                    WHERE e.resident_id = a.resident_id AND e.number = a.answered_number
                      AND e.action = 'erasure.attest')

-- name: event_without_attestation
-- Logged attestations of which neither they nor a later one is left.
SELECT e.resident_id, e.number
  FROM audit.event e
 WHERE e.action = 'erasure.attest' AND e.outcome = 'done'
   AND NOT EXISTS (SELECT FROM consent.erasure a
                    WHERE a.resident_id = e.resident_id AND a.answered_number >= e.number)
