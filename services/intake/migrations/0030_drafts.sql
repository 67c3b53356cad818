-- Texts that applicants write and have not handed in yet. They need not meet the limits; they are objects like other texts.
-- `based_on` names what was handed in when the draft was saved last (empty: nothing).
CREATE TABLE drafts (
    application_id uuid NOT NULL REFERENCES applications,
    requirement text NOT NULL,
    content jsonb NOT NULL,
    words integer NOT NULL,
    items text[] NOT NULL,
    based_on text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, requirement)
);

-- The sweep asks which objects no row names.
CREATE INDEX drafts_content ON drafts ((content ->> 'name'));
