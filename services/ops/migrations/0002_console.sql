-- What the console's page tells of the last hour.

-- When Kafka took the record, by the clock of whoever published it. NULL for what was kept before this column.
ALTER TABLE journal ADD COLUMN published_at timestamptz;
CREATE INDEX journal_published_at ON journal USING brin (published_at);

-- How far consumers were at some moments of the last quarter of an hour: one row for each consumer and topic.
CREATE TABLE lag_samples (
    at timestamptz NOT NULL,
    consumer text NOT NULL,
    topic text NOT NULL,
    position bigint NOT NULL,
    records bigint NOT NULL,
    PRIMARY KEY (at, consumer, topic)
);

CREATE INDEX letters_type ON letters (type) WHERE state = 'filed';
CREATE INDEX requests_message_ids ON requests USING gin (message_ids);
