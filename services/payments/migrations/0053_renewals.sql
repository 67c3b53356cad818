-- The fee of being carried over to the next period is a fee of its own, beside the application's. Its row has an id of its own in
-- `application_id`, which is what pages, attempts and payments are kept by; `of_application` is its application. Null: the application's own fee.
ALTER TABLE fees ADD COLUMN of_application uuid REFERENCES fees;
CREATE INDEX fees_of_application ON fees (of_application) WHERE of_application IS NOT NULL;
