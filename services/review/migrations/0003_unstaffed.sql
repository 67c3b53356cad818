-- The missing roles of a case of which it was said that nobody can be found for them, one entry for each seat.
ALTER TABLE cases ADD COLUMN told text[] NOT NULL DEFAULT '{}';
