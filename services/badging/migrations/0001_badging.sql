-- Badges, what decisions led to, the definitions they rest on, and the status lists. Earners are rows of `people`.

CREATE TABLE credentials (
    slug text NOT NULL,
    version integer NOT NULL,
    change bigint NOT NULL,
    definition json NOT NULL,
    PRIMARY KEY (slug, version)
);

CREATE TABLE status_lists (
    number integer NOT NULL CHECK (number >= 1),
    purpose text NOT NULL CHECK (purpose IN ('revocation', 'suspension')),
    wanted bigint NOT NULL DEFAULT 1,    -- grows, under the row's lock, with every bit that changes
    published bigint NOT NULL DEFAULT 0, -- the `wanted` that `credential` shows
    version bigint NOT NULL DEFAULT 0,   -- grows with every publication
    signed_at timestamptz,
    signed_by text,                      -- the verification method
    credential bytea,
    PRIMARY KEY (number, purpose),
    CHECK (published <= wanted),
    CHECK ((version = 0) = (credential IS NULL) AND (version = 0) = (signed_at IS NULL) AND (version = 0) = (signed_by IS NULL))
);
INSERT INTO status_lists (number, purpose) VALUES (1, 'revocation'), (1, 'suspension');

CREATE TABLE badges (
    badge_id uuid PRIMARY KEY,
    decision_id uuid NOT NULL UNIQUE,
    person_id uuid NOT NULL REFERENCES people,
    application_id uuid NOT NULL,
    achievement text NOT NULL,
    credential_version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('unsigned', 'issued', 'abandoned')),
    version integer NOT NULL CHECK (version >= 1),
    awarded_at timestamptz NOT NULL,
    created timestamptz NOT NULL,
    list_number integer NOT NULL,
    list_index integer NOT NULL CHECK (list_index >= 0),
    document json,                       -- the credential without proof; json, not jsonb: it keeps the order of its members
    credential bytea,                    -- the signed bytes, as served
    UNIQUE (list_number, list_index),
    CHECK ((document IS NULL) = (state = 'abandoned')),
    CHECK ((credential IS NULL) = (state IN ('unsigned', 'abandoned')))
);
CREATE UNIQUE INDEX badges_one_live ON badges (person_id, achievement) WHERE state <> 'abandoned';
CREATE INDEX badges_unsigned ON badges (created) WHERE state = 'unsigned';
CREATE INDEX badges_of_person ON badges (person_id, awarded_at, badge_id);

-- Each awarding decision that was heard, once, and what it led to.
CREATE TABLE decisions (
    decision_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('badge', 'already_held', 'person_erased')),
    message_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    decided_at timestamptz NOT NULL,
    event json NOT NULL,
    heard_at timestamptz NOT NULL
);
ALTER TABLE badges ADD FOREIGN KEY (decision_id) REFERENCES decisions;
