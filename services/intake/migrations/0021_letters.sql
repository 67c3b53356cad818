-- A letter that somebody was asked for. Name and address are kept only while it is waited for; afterwards there is a keyed hash of the address, by
-- which the same person is not asked twice. `contact_id` goes once that person is forgotten, or need not be.
CREATE TABLE letter_requests (
    request_id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    requirement text NOT NULL,
    state text NOT NULL CHECK (state IN ('asked', 'received', 'declined', 'withdrawn', 'closed')),
    contact_id uuid REFERENCES people,
    referee_name text,
    referee_email text,
    referee_hash bytea NOT NULL,
    asked_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    reminded_at timestamptz[] NOT NULL DEFAULT '{}',
    next_reminder_at timestamptz,
    settled_at timestamptz,
    CHECK ((state = 'asked') = (settled_at IS NULL)),
    CHECK ((state = 'asked') <= (contact_id IS NOT NULL)),
    CHECK ((state = 'asked') = (referee_name IS NOT NULL)),
    CHECK ((state = 'asked') = (referee_email IS NOT NULL)),
    CHECK (state = 'asked' OR next_reminder_at IS NULL)
);
CREATE INDEX letter_requests_application ON letter_requests (application_id, asked_at, request_id);
CREATE INDEX letter_requests_asked ON letter_requests (application_id) WHERE state = 'asked';
CREATE INDEX letter_requests_reminders ON letter_requests (next_reminder_at) WHERE next_reminder_at IS NOT NULL;
CREATE INDEX letter_requests_contact ON letter_requests (contact_id) WHERE contact_id IS NOT NULL;

-- The links that were mailed for a request: each reminder has its own, and all of them lead to it. Only the hash of a token is here.
CREATE TABLE letter_links (
    token_hash bytea PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES letter_requests ON DELETE CASCADE
);
CREATE INDEX letter_links_request ON letter_links (request_id);
