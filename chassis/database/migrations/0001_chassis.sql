-- What every service's database has: what it is still to say, what it has heard, and who its people are.

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    headers bytea NOT NULL,
    payload bytea,
    compacted boolean NOT NULL,
    at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE TABLE inbox (
    message_id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('done', 'waiting', 'dead', 'discarded')),
    at timestamptz NOT NULL
) WITH (fillfactor = 90);
CREATE INDEX inbox_done_at ON inbox USING brin (at);

-- A record that cannot be handled yet: it waits for a thing, is dead, or stands behind one of those (`behind`), untried.
CREATE TABLE held (
    message_id uuid PRIMARY KEY REFERENCES inbox,
    state text NOT NULL CHECK (state IN ('waiting', 'dead')),
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    timestamp bigint NOT NULL,
    key text NOT NULL,
    raw_key bytea,
    headers bytea NOT NULL,
    payload bytea,
    waits_for text,
    behind boolean NOT NULL,
    error text NOT NULL,
    attempts integer NOT NULL,
    asked text CHECK (asked IN ('redrive', 'discard')),
    at timestamptz NOT NULL,
    CHECK ((state = 'waiting' AND NOT behind) = (waits_for IS NOT NULL))
);
CREATE INDEX held_key ON held (topic, key, "offset");
CREATE INDEX held_waits_for ON held (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX held_waiting_at ON held (at) WHERE waits_for IS NOT NULL;
CREATE INDEX held_asked ON held (asked) WHERE asked IS NOT NULL;

CREATE TABLE positions (
    consumer text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
) WITH (fillfactor = 50);

-- Types that this build does not know: an alert, and where to find them again.
CREATE TABLE unknown_records (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    type text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition, "offset")
);

-- One row a consumer: whether it stopped itself, and under which build.
CREATE TABLE brakes (
    consumer text PRIMARY KEY,
    dead_in_a_row integer NOT NULL DEFAULT 0,
    stopped_at timestamptz,
    stopped_build text
);

CREATE TABLE idempotency_keys (
    who text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer,
    headers jsonb,
    body jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (who, key)
);
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);

-- The projection of intake.people (in intake's own database: the original). Erased people leave only their id.
CREATE TABLE people (
    person_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    erased boolean NOT NULL DEFAULT false,
    kind text NOT NULL DEFAULT 'account',
    name text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    institution text NOT NULL DEFAULT '',
    roles text[] NOT NULL DEFAULT '{}',
    language text NOT NULL DEFAULT 'en',
    time_zone text NOT NULL DEFAULT 'UTC',
    sessions_valid_from timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00'
);
