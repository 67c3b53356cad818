-- One mail for an event and a person; how far it is; and the rows whose lock orders what is said about one Kafka key.

CREATE TABLE mails (
    event_id uuid NOT NULL,
    person_id uuid NOT NULL,
    application_id uuid,
    template text NOT NULL,
    facts jsonb NOT NULL,
    sealed text,
    expires_at timestamptz,
    correlation_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('due', 'sent', 'failed', 'dropped')),
    reason text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, person_id),
    CONSTRAINT no_secret_outlives_its_mail CHECK (sealed IS NULL OR state = 'due')
) WITH (fillfactor = 70);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE state = 'due';
CREATE INDEX mails_due_of_person ON mails (person_id) WHERE state = 'due';

CREATE TABLE delivery_keys (key uuid PRIMARY KEY);

-- The catalog as far as mails need it: what a version of a credential is called. `published` is the version of that description.
CREATE TABLE credentials (
    slug text NOT NULL,
    version integer NOT NULL,
    published bigint NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (slug, version)
);
