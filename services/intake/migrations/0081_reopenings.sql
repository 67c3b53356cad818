-- Requirements that staff let an applicant hand in anew after the submission, until a time. `reason` is for the applicant.
CREATE TABLE reopenings (
    reopening_id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    requirements text[] NOT NULL,
    reason text NOT NULL,
    actor uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    until timestamptz NOT NULL
);
CREATE INDEX reopenings_application ON reopenings (application_id, opened_at);
