-- intake owns the people: the address by which somebody signs in, compared without upper and lower case.
ALTER TABLE people ADD COLUMN email_key text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX people_email_key ON people (email_key) WHERE email_key <> '';

-- Links with a secret: only its hash is here.
CREATE TABLE links (
    token_hash bytea PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people,
    purpose text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX links_expires_at ON links (expires_at);

-- Every version of every credential; `published` grows with each change of what is published under one version.
CREATE TABLE credentials (
    slug text NOT NULL,
    version integer NOT NULL,
    published bigint NOT NULL,
    state text NOT NULL,
    definition jsonb NOT NULL,
    PRIMARY KEY (slug, version)
);

CREATE TABLE applications (
    application_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people,
    credential text NOT NULL,
    credential_version integer NOT NULL,
    attempt integer NOT NULL CHECK (attempt >= 1),
    state text NOT NULL
        CHECK (state IN ('started', 'fee_due', 'open', 'submitted', 'in_review', 'awarded', 'not_yet', 'withdrawn', 'lapsed')),
    version bigint NOT NULL,
    fee jsonb NOT NULL,
    basic jsonb,
    agreement_version text,
    agreement_accepted_at timestamptz,
    path text,
    path_answer text,
    ratings jsonb,
    carried_forward jsonb NOT NULL,
    on_hold text,
    decision jsonb,
    badge_url text,
    withdrawal_note jsonb,
    timeline jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    FOREIGN KEY (credential, credential_version) REFERENCES credentials (slug, version),
    CHECK ((agreement_version IS NULL) = (agreement_accepted_at IS NULL)),
    CHECK (state <> 'started' OR basic IS NULL OR agreement_version IS NULL),
    CHECK ((state IN ('awarded', 'not_yet')) <= (decision IS NOT NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX applications_one_live ON applications (person_id, credential)
    WHERE state IN ('started', 'fee_due', 'open', 'submitted', 'in_review');
CREATE INDEX applications_person ON applications (person_id, started_at, application_id);

-- What was handed in, as claims. Written under the lock of the application's row.
CREATE TABLE materials (
    application_id uuid NOT NULL REFERENCES applications,
    requirement text NOT NULL,
    artifact_id uuid,
    kind text NOT NULL,
    content jsonb NOT NULL,
    annotation jsonb,
    items text[] NOT NULL,
    words integer,
    minutes double precision,
    handed_in_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (application_id, requirement, artifact_id)
);

-- The sweep asks which objects no row names.
CREATE INDEX materials_content ON materials ((content ->> 'name'));
CREATE INDEX materials_annotation ON materials ((annotation ->> 'name')) WHERE annotation IS NOT NULL;
CREATE INDEX applications_withdrawal_note ON applications ((withdrawal_note ->> 'name')) WHERE withdrawal_note IS NOT NULL;
