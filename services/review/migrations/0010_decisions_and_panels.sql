-- A case may be decided more than once, as an appeal leads to a further decision. `number`: 1 is the first.
ALTER TABLE decisions ADD COLUMN number integer NOT NULL DEFAULT 1 CHECK (number > 0);
ALTER TABLE decisions ALTER COLUMN number DROP DEFAULT;
ALTER TABLE decisions DROP CONSTRAINT decisions_pkey, DROP CONSTRAINT decisions_decision_id_key;
ALTER TABLE decisions ADD PRIMARY KEY (decision_id), ADD UNIQUE (case_id, number);

-- Which roles a panel has, and how many seats each, is data. `panel`: one entry for each seat.
ALTER TABLE credentials ADD COLUMN panel text[];
UPDATE credentials SET panel = array_fill('chair'::text, ARRAY[1]) || array_fill('reviewer'::text, ARRAY[reviewers]);
ALTER TABLE credentials ALTER COLUMN panel SET NOT NULL, DROP COLUMN reviewers;

ALTER TABLE cases ADD COLUMN panel text[];
UPDATE cases SET panel = array_fill('chair'::text, ARRAY[1]) || array_fill('reviewer'::text, ARRAY[reviewers]);
ALTER TABLE cases ALTER COLUMN panel SET NOT NULL, DROP COLUMN reviewers;

-- What a role is for is told by the domain. That no role has more seats than its panel is told there, under the version
-- of the case.
ALTER TABLE seats DROP CONSTRAINT seats_role_check, DROP CONSTRAINT seats_check;
DROP INDEX seats_one_chair;

-- A word of its own: `settle` is what payments does with what it hears of Stripe.
ALTER TABLE erasures RENAME COLUMN settled TO finished;
