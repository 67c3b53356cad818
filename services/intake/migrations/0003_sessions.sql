-- A link remembers where the person wanted to go before they were asked to sign in: a path of ours, or nothing.
ALTER TABLE links ADD COLUMN next text NOT NULL DEFAULT '';

-- Where somebody is signed in: each session that was begun, with the browser and the system as far as the browser tells. No address of a
-- network is kept. A row goes when its session has run out or is void.
CREATE TABLE sessions (
    session_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people,
    began_at timestamptz NOT NULL,
    browser text NOT NULL,
    system text NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id, began_at);
CREATE INDEX sessions_began_at ON sessions (began_at);
