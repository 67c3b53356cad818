-- What the panel decided has a table of its own, for there may be several decisions of one application (an appeal), each with a letter that
-- its applicant was sent. The application names the one that counts.
CREATE TABLE decisions (
    decision_id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    outcome text NOT NULL,
    items jsonb NOT NULL,
    letter jsonb NOT NULL,
    feedback jsonb NOT NULL,
    decided_at timestamptz NOT NULL
);
CREATE INDEX decisions_application ON decisions (application_id, decided_at);

-- When a decision was made, the last line about it in the timeline says.
INSERT INTO decisions (decision_id, application_id, outcome, items, letter, feedback, decided_at)
SELECT (a.decision ->> 'decision_id')::uuid, a.application_id, a.decision ->> 'outcome', a.decision -> 'items', a.decision -> 'letter',
    a.decision -> 'feedback', coalesce(
        (SELECT max((line ->> 'at')::timestamptz) FROM jsonb_array_elements(a.timeline) AS line
            WHERE line ->> 'what' = a.decision ->> 'outcome'), a.started_at)
FROM applications a WHERE a.decision IS NOT NULL;

ALTER TABLE applications ADD COLUMN decision_id uuid REFERENCES decisions;
UPDATE applications SET decision_id = (decision ->> 'decision_id')::uuid WHERE decision IS NOT NULL;
ALTER TABLE applications DROP COLUMN decision, ADD CHECK ((state IN ('awarded', 'not_yet')) <= (decision_id IS NOT NULL));
