-- What is told to everybody who has a role. Whoever becomes known as having it within a day is told too, for topics have no order between them.
CREATE TABLE notices (
    event_id uuid PRIMARY KEY,
    role text NOT NULL,
    template text NOT NULL,
    application_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    credential text NOT NULL,
    credential_version integer NOT NULL,
    facts jsonb NOT NULL,
    at timestamptz NOT NULL
);

-- `role`: of a notice, what its person must still be when it is sent. `identity`: drawn for the Message-ID, which leaves the house and must not be
-- computable from ids that somebody else sees; null for a mail from before, whose Message-ID is made of its event's id.
ALTER TABLE mails ADD COLUMN role text, ADD COLUMN identity uuid;
ALTER TABLE mails ALTER COLUMN identity SET DEFAULT gen_random_uuid();
