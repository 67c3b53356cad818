-- A decision is final, and the record of decisions only grows. An erasure may empty the chair's reasons, which are about
-- the erased applicant; nothing else of a decision ever changes.
CREATE FUNCTION refuse_to_change_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.reasons IS NULL AND to_jsonb(NEW) - 'reasons' = to_jsonb(OLD) - 'reasons' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'a decision is never changed';
END $$;
CREATE TRIGGER decisions_are_never_changed BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_decisions();
CREATE TRIGGER decisions_are_never_emptied BEFORE TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_decisions();
