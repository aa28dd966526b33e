-- A leak's case may say that codes of those it concerns were taken back.
ALTER TABLE supervision.breach_step DROP CONSTRAINT breach_step_kind_check;

ALTER TABLE supervision.breach_step ADD CONSTRAINT breach_step_kind_check
    CHECK (kind IN ('contain', 'see', 'seal', 'take-back', 'notify', 'report', 'ask-close', 'close'));
