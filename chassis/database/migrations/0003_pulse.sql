-- The row whose lock orders the pulses that this service says (see chassis/kafka/pulse.py).
CREATE TABLE pulse (service text PRIMARY KEY, at timestamptz NOT NULL);
