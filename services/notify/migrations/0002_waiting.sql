-- A mail waits in its own row for its person (in this version at least) and for the catalog entry that its text names.
-- A mail from before has its credential's name among its facts, and its person is here.

ALTER TABLE mails
    ADD COLUMN person_version bigint NOT NULL DEFAULT 1,
    ADD COLUMN credential text,
    ADD COLUMN credential_version integer;
