-- Requirements that were handed in anew after the submission, each with when; what the panel reads is what came last.
ALTER TABLE cases ADD COLUMN amended jsonb NOT NULL DEFAULT '{}';
