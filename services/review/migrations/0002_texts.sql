-- The sweep asks which objects no row names.
CREATE INDEX seats_notes ON seats ((notes ->> 'name')) WHERE notes IS NOT NULL;
CREATE INDEX seats_reason ON seats ((reason ->> 'name')) WHERE reason IS NOT NULL;
CREATE INDEX decisions_letter ON decisions ((letter ->> 'name'));
CREATE INDEX decisions_feedback ON decisions ((feedback ->> 'name'));
CREATE INDEX decisions_reasons ON decisions ((reasons ->> 'name')) WHERE reasons IS NOT NULL;
