-- What went over every topic, the dead letters of all consumers, and what operators asked for.

-- One row for each record of each topic. Of intake.people: where it lies, when, its type and id, nothing else.
CREATE TABLE journal (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    time timestamptz NOT NULL,
    type text,
    id uuid,
    correlation_id uuid,
    causation_id uuid,
    journey_id uuid,
    key text,
    value bytea,
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX journal_journey ON journal (journey_id) WHERE journey_id IS NOT NULL;
CREATE INDEX journal_time ON journal USING brin (time);

CREATE TABLE letters (
    id uuid PRIMARY KEY,
    consumer text NOT NULL,
    message_id uuid NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key text NOT NULL,
    type text,
    error text NOT NULL,
    attempts integer NOT NULL,
    behind boolean NOT NULL,
    at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('filed', 'redriven', 'discarded')),
    asked text CHECK (asked IS NULL OR (asked IN ('redrive', 'discard') AND state = 'filed')),
    UNIQUE (consumer, message_id)
);
CREATE INDEX letters_at ON letters (at, id);
CREATE INDEX letters_filed ON letters (consumer, topic, key, "offset") WHERE state = 'filed';

-- The rows whose lock orders what is said about one key.
CREATE TABLE request_keys (key text PRIMARY KEY);

-- Who asked for what, and why. The reason stays here.
CREATE TABLE requests (
    request_id uuid PRIMARY KEY,
    kind text NOT NULL,
    consumer text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    message_ids uuid[] NOT NULL,
    asked_by uuid NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);
