-- The last mail to a person, which tells them that they are erased, goes to an address that nobody else knows any more: it stands in the mail's
-- own row (`email`, `name`, `language`, `time_zone`) until the relay took the mail or its short time is over.
ALTER TABLE mails ADD COLUMN farewell jsonb;
ALTER TABLE mails ADD CONSTRAINT no_address_outlives_its_mail CHECK (farewell IS NULL OR state = 'due');
