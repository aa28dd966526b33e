-- Whether residents were sent to institutions around these moments, by an order or an appointment: asked by
-- the search key the entry would have. Turns to each resident and back again, as above.
CREATE FUNCTION access.referred(resident_ids uuid[], keys bytea[], moments timestamptz[])
RETURNS TABLE (is_referred boolean)
STABLE LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    place integer;
    turned_to text;
    turned_back text;
BEGIN
    FOR place IN 1 .. coalesce(array_length(resident_ids, 1), 0) LOOP
        turned_to := ohc.turn_to(resident_ids[place]);
        is_referred := EXISTS (
            SELECT FROM record.entry e
             WHERE e.resident_id = resident_ids[place] AND e.is_current
               AND e.type IN ('ServiceRequest', 'Appointment')
               AND e.day >= (moments[place] - interval '90 days')::date
               AND e.day <= (moments[place] + interval '90 days')::date
               AND keys[place] = ANY (e.tokens));
        RETURN NEXT;
        turned_back := set_config('ohc.resident_id', turned_to, true);
    END LOOP;
END
$$;
