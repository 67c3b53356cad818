-- Who was erased: what this service has of them is deleted at once, and looked for again until no object about them was found for a day
-- (`empty_since`), for a request that was under way may have written something.
CREATE TABLE erased_people (
    person_id uuid PRIMARY KEY,
    marked_at timestamptz NOT NULL,
    looks integer NOT NULL DEFAULT 0,
    look_at timestamptz NOT NULL,
    empty_since timestamptz,
    finished boolean NOT NULL DEFAULT false
);
CREATE INDEX erased_people_unfinished ON erased_people (look_at) WHERE NOT finished;
