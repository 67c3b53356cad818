-- What the catalog says of one version of a credential, as far as reviewing needs it. `published` is the version of that description.
CREATE TABLE credentials (
    slug text NOT NULL,
    version integer NOT NULL,
    published bigint NOT NULL,
    state text NOT NULL,
    name text NOT NULL,
    items jsonb NOT NULL,
    levels jsonb NOT NULL,
    requirements jsonb NOT NULL,
    reviewers integer NOT NULL,
    business_days integer NOT NULL,
    agreement_version text NOT NULL,
    agreement_text text NOT NULL,
    PRIMARY KEY (slug, version)
);

-- `opened_at` is null for an application whose withdrawal was heard before its submission: no case for anybody.
CREATE TABLE cases (
    case_id uuid PRIMARY KEY,
    application_id uuid NOT NULL UNIQUE,
    person_id uuid NOT NULL,
    submission_number text NOT NULL UNIQUE,
    credential text NOT NULL,
    credential_version integer NOT NULL,
    attempt integer NOT NULL,
    state text NOT NULL CHECK (state IN ('assigning', 'scoring', 'deciding', 'decided', 'closed')),
    reviewers integer NOT NULL,
    materials jsonb NOT NULL,
    carried jsonb NOT NULL,
    opened_at timestamptz,
    due_at timestamptz,
    correlation_id uuid NOT NULL,
    version bigint NOT NULL,
    CHECK (state = 'closed' OR opened_at IS NOT NULL),
    CHECK ((opened_at IS NULL) = (due_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX cases_opened ON cases (opened_at, case_id) WHERE opened_at IS NOT NULL;
CREATE INDEX cases_assigning ON cases (opened_at, case_id) WHERE state = 'assigning';
CREATE INDEX cases_undecided ON cases (due_at, case_id) WHERE state IN ('assigning', 'scoring', 'deciding');

-- One person's part in a case. `levels`: item to level, a draft until submitted. `notes`, `reason`: claims of free text.
CREATE TABLE seats (
    case_id uuid NOT NULL REFERENCES cases,
    person_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('reviewer', 'chair')),
    state text NOT NULL CHECK (state IN ('assigned', 'declared_clear', 'draft', 'submitted', 'conflicted', 'released')),
    levels jsonb NOT NULL,
    notes jsonb,
    reason jsonb,
    assigned_at timestamptz NOT NULL,
    number integer NOT NULL,
    PRIMARY KEY (case_id, person_id),
    UNIQUE (case_id, number),
    CHECK (role = 'reviewer' OR state <> 'draft')
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX seats_one_chair ON seats (case_id) WHERE role = 'chair' AND state NOT IN ('conflicted', 'released');
CREATE INDEX seats_working ON seats (person_id) WHERE state IN ('assigned', 'declared_clear', 'draft');
CREATE INDEX seats_person ON seats (person_id);

-- `letter`, `feedback` and the reasons of levels that the chair set (`reasons`) are claims.
CREATE TABLE decisions (
    case_id uuid PRIMARY KEY REFERENCES cases,
    decision_id uuid NOT NULL UNIQUE,
    outcome text NOT NULL CHECK (outcome IN ('awarded', 'not_yet')),
    results jsonb NOT NULL,
    letter jsonb NOT NULL,
    feedback jsonb NOT NULL,
    reasons jsonb,
    decided_by uuid NOT NULL,
    decided_at timestamptz NOT NULL
);

CREATE TABLE reviewers (
    person_id uuid PRIMARY KEY,
    credentials text[] NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0),
    institution text NOT NULL
);

CREATE TABLE reviewer_agreements (
    person_id uuid NOT NULL,
    version text NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, version)
);

CREATE INDEX people_of_panels ON people (person_id) WHERE roles && '{reviewer,chair}'::text[] AND NOT erased;

-- People who were erased: their objects are deleted until none was found for a day (`empty_since`), for a request in flight may have put one.
CREATE TABLE erasures (
    person_id uuid PRIMARY KEY,
    marked_at timestamptz NOT NULL,
    empty_since timestamptz,
    settled boolean NOT NULL DEFAULT false
);
CREATE INDEX erasures_open ON erasures (person_id) WHERE NOT settled;
