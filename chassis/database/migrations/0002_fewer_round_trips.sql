-- What a consumer does first in every transaction, in one round trip. In PL/pgSQL each statement sees what was committed before it; a single
-- statement would see what was there before it waited for a lock.

-- Locks and advances the positions of some places (given in the order of topic and partition), and enters the ids of records that are not behind
-- them into the inbox. `_of` is the number (from 1) of the place where a record lies. Returns rows of three kinds:
--   'position': a place, and its next offset as it was;   'known': an id that was in the inbox already;
--   'held': a topic and key of these records that is held, and in which state.
CREATE FUNCTION take_records(
    _consumer text, _at timestamptz, _topics text[], _partitions integer[], _ends bigint[], _ids uuid[], _of integer[], _offsets bigint[], _keys text[]
) RETURNS TABLE (what text, topic text, partition integer, before bigint, id uuid, key text, state text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    _before bigint[];
BEGIN
    LOOP
        SELECT array_agg(locked.next_offset) INTO _before FROM (
            SELECT p.next_offset FROM unnest(_topics, _partitions) AS n (topic, partition)
            JOIN positions p ON p.consumer = _consumer AND p.topic = n.topic AND p.partition = n.partition
            ORDER BY p.topic, p.partition FOR UPDATE OF p
        ) locked;
        EXIT WHEN cardinality(_before) = cardinality(_topics);
        INSERT INTO positions SELECT _consumer, n.topic, n.partition, 0 FROM unnest(_topics, _partitions) AS n (topic, partition)
        ON CONFLICT DO NOTHING;
    END LOOP;
    UPDATE positions p SET next_offset = n.next_offset
    FROM unnest(_topics, _partitions, _ends) AS n (topic, partition, next_offset)
    WHERE p.consumer = _consumer AND p.topic = n.topic AND p.partition = n.partition AND p.next_offset < n.next_offset;

    RETURN QUERY SELECT 'position', n.topic, n.partition, n.before, NULL::uuid, NULL, NULL
        FROM unnest(_topics, _partitions, _before) AS n (topic, partition, before);
    RETURN QUERY
        WITH fresh AS (
            SELECT r.id FROM unnest(_ids, _of, _offsets) AS r (id, place, "offset") WHERE r."offset" >= _before[r.place]
        ), entered AS (
            INSERT INTO inbox (message_id, status, at) SELECT DISTINCT fresh.id, 'done', _at FROM fresh ORDER BY fresh.id
            ON CONFLICT DO NOTHING RETURNING message_id
        )
        SELECT 'known', NULL, NULL::integer, NULL::bigint, fresh.id, NULL, NULL FROM fresh WHERE fresh.id NOT IN (SELECT message_id FROM entered);
    IF EXISTS (SELECT FROM held) THEN
        RETURN QUERY
            SELECT 'held', h.topic, NULL::integer, NULL::bigint, NULL::uuid, h.key, h.state FROM held h
            WHERE NOT h.behind AND (h.topic, h.key) IN (SELECT _topics[r.place], r.key FROM unnest(_of, _keys) AS r (place, key));
    END IF;
END $$;

-- The records that wait for these things (sorted). The locks serialise with those who are about to wait, so that none is missed.
CREATE FUNCTION records_waiting_for(_things text[]) RETURNS SETOF held
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(thing, 7)) FROM unnest(_things) AS thing;
    RETURN QUERY SELECT * FROM held WHERE waits_for = ANY(_things) ORDER BY topic, partition, "offset" FOR UPDATE;
END $$;

-- The relay's second lane finds its rows without reading those of the first.
CREATE INDEX outbox_compacted ON outbox (id) WHERE compacted;
