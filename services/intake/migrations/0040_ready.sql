-- Who begins again has given everything already that comes before the fee, and may still have to say that they are eligible.
ALTER TABLE applications DROP CONSTRAINT applications_check1;

-- The answer to the question of who may apply, as the applicant gave it. It is written with the application's row.
CREATE TABLE eligibility (
    application_id uuid PRIMARY KEY REFERENCES applications,
    answer text NOT NULL,
    answered_at timestamptz NOT NULL
);

-- Consent to research: each time that it was given or taken back. The last line of an application counts.
CREATE TABLE research_consents (
    consent_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    consented boolean NOT NULL,
    text_version text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX research_consents_application ON research_consents (application_id, consent_id);

-- Each self-assessment that was given; the last one is the application's.
CREATE TABLE assessments (
    assessment_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    ratings jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX assessments_application ON assessments (application_id, assessment_id);
INSERT INTO assessments (application_id, ratings, at)
SELECT a.application_id, a.ratings, m.handed_in_at
FROM applications a JOIN materials m ON m.application_id = a.application_id AND m.kind = 'self_assessment'
WHERE a.ratings IS NOT NULL;

-- What an applicant means to do to prepare, and what is done. Nobody but the applicant reads it.
CREATE TABLE study_plan (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id uuid NOT NULL UNIQUE,
    application_id uuid NOT NULL REFERENCES applications,
    title text NOT NULL,
    resource text,
    item text,
    by date,
    done boolean NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE INDEX study_plan_application ON study_plan (application_id, place);
