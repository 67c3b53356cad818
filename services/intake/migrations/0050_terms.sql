-- Enrollment periods: whole days in the program's zone, none over another. `key` and `from_data`: what the program's data says of one, if it
-- says anything; staff may have changed it since.
CREATE TABLE periods (
    period_id uuid PRIMARY KEY,
    key text UNIQUE,
    name text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (first_day <= last_day),
    from_data jsonb,
    changed_at timestamptz NOT NULL,
    EXCLUDE USING gist (daterange(first_day, last_day, '[]') WITH &&)
);

-- By when an application has to be submitted; none for one that is rolling. Written under the version of the application's row, which every
-- change counts up. The last day is `extended_to`, else the period's; `due_at` is the first moment after it in the program's zone. `next_at`: when
-- the clock has to look at it next.
CREATE TABLE terms (
    application_id uuid PRIMARY KEY REFERENCES applications,
    period_id uuid REFERENCES periods,
    extended_to date,
    silent_since timestamptz,
    due_at timestamptz NOT NULL,
    warned_at timestamptz NOT NULL,
    renewal_id uuid,
    renewal_period_id uuid REFERENCES periods,
    renewal_fee jsonb,
    renewal_asked_at timestamptz,
    lapsed_at timestamptz,
    purged_at timestamptz,
    next_at timestamptz,
    CHECK (period_id IS NOT NULL OR extended_to IS NOT NULL),
    CHECK ((renewal_id IS NULL) = (renewal_period_id IS NULL) AND (renewal_id IS NULL) = (renewal_fee IS NULL)
        AND (renewal_id IS NULL) = (renewal_asked_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX terms_next ON terms (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX terms_period ON terms (period_id, application_id);
CREATE INDEX terms_renewal_period ON terms (renewal_period_id) WHERE renewal_period_id IS NOT NULL;

-- More time that staff gave an application, and why. The reason is shown to the applicant, and goes with what they wrote.
CREATE TABLE extensions (
    extension_id uuid PRIMARY KEY,
    application_id uuid NOT NULL REFERENCES applications,
    at timestamptz NOT NULL,
    last_day date NOT NULL,
    reason text
);
CREATE INDEX extensions_application ON extensions (application_id, at);

-- The rules (policy, zone) by which `next_at` was reckoned; when they change, all is reckoned anew.
CREATE TABLE term_rules (one boolean PRIMARY KEY DEFAULT true CHECK (one), rules jsonb NOT NULL);
