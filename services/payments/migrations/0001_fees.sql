-- Fees, the pages they are paid on, the payments that arrived, the books, and what Stripe told us.

CREATE TABLE fees (
    application_id uuid PRIMARY KEY,
    person_id uuid NOT NULL,
    credential text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
    state text NOT NULL CHECK (state IN ('due', 'paid', 'mispaid', 'cancelled', 'refunded')),
    paid_at timestamptz CHECK (state <> 'paid' OR paid_at IS NOT NULL),
    withdrawn_at timestamptz CHECK (state <> 'cancelled' OR withdrawn_at IS NOT NULL),
    version bigint NOT NULL DEFAULT 0,
    correlation_id uuid NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX fees_person ON fees (person_id);

CREATE TABLE checkouts (
    application_id uuid NOT NULL REFERENCES fees,
    attempt integer NOT NULL CHECK (attempt > 0),
    state text NOT NULL CHECK (state IN ('opening', 'open', 'paid', 'closed')),
    session_id text UNIQUE,
    url text,
    expires_at timestamptz,
    asked_at timestamptz NOT NULL,
    ask_again_at timestamptz NOT NULL,
    PRIMARY KEY (application_id, attempt),
    CHECK (state <> 'open' OR (session_id IS NOT NULL AND expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX checkouts_one_open ON checkouts (application_id) WHERE state IN ('opening', 'open');
CREATE INDEX checkouts_unsettled ON checkouts (ask_again_at) WHERE state IN ('opening', 'open');

-- `moved_at`: when `state` last changed. `ask_again_at`: when to ask Stripe what it took (`stripe_fee_minor`, null until then);
-- `refund_again_at`: when to ask for the refund, under the key that `refund_attempt` is part of.
CREATE TABLE payments (
    payment_intent text PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES fees,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL,
    state text NOT NULL CHECK (state IN ('kept', 'held', 'returning', 'returned', 'stuck')),
    arrived_at timestamptz NOT NULL,
    moved_at timestamptz NOT NULL,
    stripe_fee_minor bigint,
    receipt_url text,
    ask_again_at timestamptz NOT NULL,
    refund_id text,
    refund_attempt integer NOT NULL DEFAULT 1,
    refund_again_at timestamptz NOT NULL
);
CREATE INDEX payments_application ON payments (application_id);
CREATE UNIQUE INDEX payments_one_kept ON payments (application_id) WHERE state = 'kept';
CREATE INDEX payments_without_fee ON payments (ask_again_at) WHERE stripe_fee_minor IS NULL;
CREATE INDEX payments_returning ON payments (refund_again_at) WHERE state = 'returning';
CREATE INDEX payments_for_a_person ON payments (application_id) WHERE state IN ('held', 'stuck');

CREATE FUNCTION sums_to_zero(lines jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT count(*) > 1 AND sum((line ->> 'debit_minor')::bigint) = sum((line ->> 'credit_minor')::bigint) FROM jsonb_array_elements(lines) AS line
$$;

-- Rows are only ever added.
CREATE TABLE ledger (
    entry_id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    application_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('fee_due', 'payment', 'stripe_fee', 'refund', 'credit_note')),
    currency text NOT NULL,
    lines jsonb NOT NULL CHECK (sums_to_zero(lines))
);
CREATE INDEX ledger_at ON ledger (at, entry_id);

-- What Stripe told us, once an event; only what we need of it, nothing personal. `waiting`: its application is not known here (yet).
CREATE TABLE stripe_events (
    event_id text PRIMARY KEY,
    type text NOT NULL,
    application_id uuid NOT NULL,
    report jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'waiting', 'done', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL,
    try_at timestamptz NOT NULL,
    error text NOT NULL DEFAULT ''
);
CREATE INDEX stripe_events_open ON stripe_events (try_at) WHERE state IN ('received', 'waiting');
CREATE INDEX stripe_events_for_a_person ON stripe_events (received_at) WHERE state IN ('waiting', 'failed');
