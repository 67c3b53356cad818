-- Counts in one round trip. It returns the rows to insert: one for each limit, or none if a limit is full. The locks last until the end of the
-- transaction, and each statement of a volatile function sees what was committed before it. So nobody is counted beside another. The first look
-- takes no lock: a person who asks far too often should not wait, nor make others wait.
CREATE FUNCTION times_with_room(whos bytea[], amounts bigint[], spans interval[], moment timestamptz)
    RETURNS TABLE (who bytea, until timestamptz) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (SELECT FROM full_limits(whos, amounts, spans, moment)) THEN
        RETURN;
    END IF;
    -- All take several locks in one order.
    PERFORM pg_advisory_xact_lock(number) FROM (
        SELECT DISTINCT hashtextextended(encode(one, 'hex'), 20) AS number FROM unnest(whos) AS one ORDER BY number OFFSET 0
    ) AS locks;
    IF EXISTS (SELECT FROM full_limits(whos, amounts, spans, moment)) THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT one.who, moment + one.span FROM unnest(whos, spans) AS one (who, span);
END
$$;

-- For each full limit, the time when it has room again: all but `amount` - 1 of its times have left the window by then. Times that lie in the
-- future, because a clock went back, are ignored.
CREATE FUNCTION full_limits(whos bytea[], amounts bigint[], spans interval[], moment timestamptz)
    RETURNS TABLE (until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT found.until FROM unnest(whos, amounts, spans) AS l (who, amount, span)
    CROSS JOIN LATERAL (
        SELECT c.until FROM sign_in_counts c WHERE c.who = l.who AND c.until > moment AND c.until <= moment + 2 * l.span
        ORDER BY c.until DESC OFFSET l.amount - 1 LIMIT 1
    ) AS found
$$;
