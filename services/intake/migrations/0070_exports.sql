-- What people took out of their data: asked for, being made, ready until it expires, or failed. One at a time a person. `file` is a claim.
CREATE TABLE exports (
    export_id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people,
    state text NOT NULL CHECK (state IN ('asked', 'making', 'ready', 'failed', 'expired')),
    attempts integer NOT NULL DEFAULT 0,
    done integer NOT NULL DEFAULT 0,
    files integer,
    asked_at timestamptz NOT NULL,
    made_at timestamptz,
    expires_at timestamptz,
    file jsonb,
    CHECK ((state = 'ready') = (file IS NOT NULL)),
    CHECK ((file IS NULL) OR (expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX exports_one_a_person ON exports (person_id);
CREATE INDEX exports_to_make ON exports (asked_at) WHERE state IN ('asked', 'making');
CREATE INDEX exports_ready ON exports (expires_at) WHERE state = 'ready';
CREATE INDEX exports_file ON exports ((file ->> 'name')) WHERE file IS NOT NULL;
