-- Cohorts, their sessions, and who has a place in them or waits for one. `version` counts every change, of places and sessions too: whoever
-- gives a place has read all the places there are.
CREATE TABLE cohorts (
    cohort_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'open', 'running', 'finished', 'cancelled')),
    name text NOT NULL,
    description text NOT NULL,
    credentials text[] NOT NULL,
    capacity integer NOT NULL CHECK (capacity > 0),
    facilitators jsonb NOT NULL,
    time_zone text NOT NULL,
    joining_opens timestamptz,
    joining_closes timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX cohorts_created ON cohorts (created_at, cohort_id);
CREATE INDEX cohorts_open ON cohorts USING gin (credentials) WHERE state = 'open';
CREATE INDEX cohorts_facilitators ON cohorts USING gin (facilitators jsonb_path_ops);

CREATE TABLE cohort_sessions (
    session_id uuid PRIMARY KEY,
    cohort_id uuid NOT NULL REFERENCES cohorts,
    starts_at timestamptz NOT NULL,
    minutes integer NOT NULL CHECK (minutes > 0),
    title text NOT NULL,
    link text NOT NULL,
    sequence integer NOT NULL,
    cancelled boolean NOT NULL
);
CREATE INDEX cohort_sessions_cohort ON cohort_sessions (cohort_id, starts_at);

-- A place that ended stays, so that staff see what became of it; who comes again gets another number. `reason` is what staff wrote to the person.
CREATE TABLE cohort_places (
    cohort_id uuid NOT NULL REFERENCES cohorts,
    number integer NOT NULL,
    application_id uuid NOT NULL REFERENCES applications,
    person_id uuid NOT NULL REFERENCES people,
    state text NOT NULL CHECK (state IN ('member', 'waiting', 'left', 'removed', 'moved', 'application_ended', 'cohort_ended')),
    reason text NOT NULL DEFAULT '',
    since timestamptz NOT NULL,
    PRIMARY KEY (cohort_id, number)
);
CREATE UNIQUE INDEX cohort_places_one_of_application ON cohort_places (application_id) WHERE state IN ('member', 'waiting');
CREATE UNIQUE INDEX cohort_places_one_of_person ON cohort_places (cohort_id, person_id) WHERE state IN ('member', 'waiting');
CREATE INDEX cohort_places_application ON cohort_places (application_id, since);
CREATE INDEX cohort_places_person ON cohort_places (person_id);
