-- What was handed in after the submission, beside its place in `materials`: [{requirement, artifact_id, at, late}]. `late`: the case was
-- decided by then.
ALTER TABLE cases ADD COLUMN supplements jsonb NOT NULL DEFAULT '[]';
