-- The audit in partitions, so that rows whose retention has ended go by dropping a table. How long a row is kept follows
-- from its event type, here and not in the program: {gateway_role} can neither choose it nor delete anything. What it
-- may call drops whole partitions, never before the specification's time.

CREATE FUNCTION audit_class(event_type text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN event_type IN ('certificate_revoked', 'certificate_rejected', 'certificate_superseded', 'certificate_released')
            THEN 'revocation'
        WHEN event_type = 'ocsp_responses' THEN 'ocsp'
        WHEN event_type = 'access' THEN 'access'
        ELSE 'issuance'
    END
$$;
COMMENT ON FUNCTION audit_class IS 'Retention class of an event; what is not known here is kept as long as issuance';

CREATE TABLE audit_retention (
    class     text    PRIMARY KEY,
    period    text    NOT NULL CHECK (period IN ('year', 'month')),
    keep_days integer NOT NULL,
    CHECK (keep_days >= CASE class WHEN 'issuance' THEN 2557 WHEN 'access' THEN 366 WHEN 'ocsp' THEN 90 END),
    CHECK (class IN ('issuance', 'access', 'ocsp'))
);
COMMENT ON TABLE audit_retention IS 'Shortest retention; class revocation is not here: it is kept for ever';
COMMENT ON COLUMN audit_retention.period IS 'Length of a partition: rows are kept up to that much longer';
INSERT INTO audit_retention VALUES ('issuance', 'year', 2557), ('access', 'month', 366), ('ocsp', 'month', 90);

CREATE TABLE audit_partitions (
    name       text        PRIMARY KEY,
    class      text        NOT NULL REFERENCES audit_retention,
    starts     timestamptz NOT NULL,
    ends       timestamptz NOT NULL CHECK (ends > starts),
    dropped_at timestamptz
);
COMMENT ON TABLE audit_partitions IS 'Every partition there has been, also the dropped ones';

ALTER TABLE audit RENAME TO audit_whole;
CREATE TABLE audit (LIKE audit_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING COMMENTS)
    PARTITION BY LIST (audit_class(event_type));
COMMENT ON TABLE audit IS 'Append-only; the columns are the specification''s Required Log Fields';
CREATE TABLE audit_revocation PARTITION OF audit FOR VALUES IN ('revocation');
CREATE TABLE audit_issuance PARTITION OF audit FOR VALUES IN ('issuance') PARTITION BY RANGE (timestamp);
CREATE TABLE audit_access PARTITION OF audit FOR VALUES IN ('access') PARTITION BY RANGE (timestamp);
CREATE TABLE audit_ocsp PARTITION OF audit FOR VALUES IN ('ocsp') PARTITION BY RANGE (timestamp);
CREATE TABLE audit_issuance_other PARTITION OF audit_issuance DEFAULT;
CREATE TABLE audit_access_other PARTITION OF audit_access DEFAULT;
CREATE TABLE audit_ocsp_other PARTITION OF audit_ocsp DEFAULT;
COMMENT ON TABLE audit_issuance_other IS 'Takes what has no partition yet: no insert fails for want of one';

INSERT INTO audit OVERRIDING SYSTEM VALUE SELECT * FROM audit_whole;
DROP TABLE audit_whole;
DO $$
DECLARE
    ids text := pg_get_serial_sequence('audit', 'id');
BEGIN
    PERFORM setval(ids, (SELECT coalesce(max(id), 0) + 1 FROM audit), false);
    IF ids <> 'public.audit_id_seq' THEN
        EXECUTE format('ALTER SEQUENCE %s RENAME TO audit_id_seq', ids);
    END IF;
END
$$;
CREATE INDEX audit_by_id ON audit (id);
CREATE INDEX audit_by_time ON audit (timestamp);
CREATE INDEX audit_by_serial ON audit ((subject ->> 'serial'));
CREATE INDEX audit_by_trace ON audit (trace_id);
CREATE INDEX audit_by_transaction ON audit (transaction, id);

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_revocation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_issuance_other
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_access_other
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_ocsp_other
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION make_audit_partitions() RETURNS integer LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    kind   audit_retention;
    other  text;
    starts timestamptz[];
    start  timestamptz;
    stop   timestamptz;
    part   text;
    made   integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit-partitions', 0));
    FOR kind IN SELECT * FROM audit_retention ORDER BY class LOOP
        other := format('audit_%s_other', kind.class);
        EXECUTE format(
            'SELECT array_agg(s) FROM (SELECT date_trunc($1, now()) AS s UNION SELECT date_trunc($1, now()) + $2 UNION '
            'SELECT date_trunc($1, timestamp) FROM %I WHERE timestamp BETWEEN now() - interval ''20 years'' AND now() + $2) t', other)
            INTO starts USING kind.period, ('1 ' || kind.period)::interval;
        FOREACH start IN ARRAY starts LOOP
            stop := start + ('1 ' || kind.period)::interval;
            part := format('audit_%s_', kind.class) || to_char(start, CASE kind.period WHEN 'year' THEN 'YYYY' ELSE 'YYYY_MM' END);
            -- One that is dropped stays dropped: a row this old that comes late remains in "other".
            CONTINUE WHEN EXISTS (SELECT FROM audit_partitions WHERE name = part);
            EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', other);
            EXECUTE format('CREATE TABLE %I (LIKE audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
            EXECUTE format('ALTER TABLE %I DISABLE TRIGGER audit_is_append_only', other);
            EXECUTE format('WITH moved AS (DELETE FROM %I WHERE timestamp >= $1 AND timestamp < $2 RETURNING *) '
                           'INSERT INTO %I SELECT * FROM moved', other, part) USING start, stop;
            EXECUTE format('ALTER TABLE %I ENABLE TRIGGER audit_is_append_only', other);
            EXECUTE format('ALTER TABLE audit_%s ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', kind.class, part, start, stop);
            EXECUTE format('CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                           'FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()', part);
            INSERT INTO audit_partitions (name, class, starts, ends) VALUES (part, kind.class, start, stop);
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION make_audit_partitions IS 'Makes the partitions of now, of the next period, and of what lies in "other" (not of times that only a wrong clock gives); returns how many';

CREATE FUNCTION drop_expired_audit(of_class text, keep integer, at timestamptz) RETURNS integer LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
    shortest integer;
    part     audit_partitions;
    unsealed boolean;
    held     bigint;
    dropped  integer := 0;
BEGIN
    SELECT keep_days INTO shortest FROM audit_retention WHERE class = of_class;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'audit rows of class % are kept for ever', of_class USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF keep IS NULL OR keep < shortest THEN
        RAISE EXCEPTION 'audit rows of class % are kept for at least % days', of_class, shortest
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit-partitions', 0));
    -- Two clocks must agree that the time is over: one that runs ahead deletes nothing.
    FOR part IN SELECT * FROM audit_partitions WHERE class = of_class AND dropped_at IS NULL
                AND ends <= least(now(), at) - make_interval(days => keep) ORDER BY starts LOOP
        EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', part.name);
        -- The leaf hash has to be there before the row goes, else nothing could be proved any more.
        EXECUTE format('SELECT EXISTS (SELECT FROM %I a WHERE NOT EXISTS (SELECT FROM audit_leaves l WHERE l.audit_id = a.id))',
                       part.name) INTO unsealed;
        CONTINUE WHEN unsealed;
        EXECUTE format('SELECT count(*) FROM %I', part.name) INTO held;
        EXECUTE format('DROP TABLE %I', part.name);
        UPDATE audit_partitions SET dropped_at = now() WHERE name = part.name;
        INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, trace_id) VALUES
            (date_trunc('second', now()), 'audit_expired', session_user, '{}', 'success',
             jsonb_build_object('class', part.class, 'partition', part.name, 'rows', held::text, 'keep_days', keep::text),
             gen_random_uuid());
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_expired_audit IS 'Drops the partitions of a class whose last row is older than that many days and whose rows are all in the tree; an audit row tells of each';

SELECT make_audit_partitions();

REVOKE ALL ON FUNCTION make_audit_partitions(), drop_expired_audit(text, integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_audit_partitions(), drop_expired_audit(text, integer, timestamptz) TO {gateway_role};
REVOKE ALL ON audit, audit_retention, audit_partitions FROM PUBLIC;
GRANT SELECT, INSERT ON audit TO {gateway_role};
GRANT SELECT ON audit_retention, audit_partitions TO {gateway_role}, {readonly_role};
GRANT SELECT ON audit TO {readonly_role};
