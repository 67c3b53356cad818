-- The newest pulse of a service is found without reading the others.
CREATE INDEX journal_pulses ON journal (key, published_at) WHERE type = 'ops.pulse.said.v1';
