-- The last mail to a referee: the id of the event that asked for it; when it could not be delivered, and why. Of a mail from before the id is not
-- known, so what becomes of it changes nothing.
ALTER TABLE letter_requests
    ADD COLUMN mail_id uuid,
    ADD COLUMN undelivered_at timestamptz,
    ADD COLUMN undelivered_because text,
    ADD CHECK ((undelivered_at IS NULL) = (undelivered_because IS NULL));
CREATE INDEX letter_requests_mail ON letter_requests (mail_id) WHERE mail_id IS NOT NULL;
