-- What the program's staff did about a fee, and why: waived it, or gave its payment back.
CREATE TABLE staff_acts (
    act_id uuid PRIMARY KEY,
    fee_id uuid NOT NULL REFERENCES fees,
    kind text NOT NULL CHECK (kind IN ('waiver', 'refund')),
    actor uuid NOT NULL,
    at timestamptz NOT NULL,
    reason text NOT NULL
);
CREATE INDEX staff_acts_fee ON staff_acts (fee_id, at);

-- `given_back_at`: when staff decided to give the payment back.
ALTER TABLE fees ADD COLUMN given_back_at timestamptz,
    DROP CONSTRAINT fees_state_check,
    ADD CONSTRAINT fees_state_check
        CHECK (state IN ('due', 'paid', 'waived', 'mispaid', 'cancelled', 'refunding', 'refunded')),
    ADD CONSTRAINT fees_given_back CHECK (state <> 'refunding' OR given_back_at IS NOT NULL);
ALTER TABLE ledger DROP CONSTRAINT ledger_kind_check,
    ADD CONSTRAINT ledger_kind_check
        CHECK (kind IN ('fee_due', 'payment', 'stripe_fee', 'refund', 'credit_note', 'waiver'));
