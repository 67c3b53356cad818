-- Of a mail that somebody asks for (a letter by a third party): whom its text names. It waits for them, in this version at least.
ALTER TABLE mails ADD COLUMN asker_id uuid, ADD COLUMN asker_version bigint;
