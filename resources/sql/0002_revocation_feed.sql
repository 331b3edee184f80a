-- What brokers, OCSP replicas, the CRL builder and the Redis writer read: who is revoked, what has changed since, and how far
-- each of them has come. {feed_role} sees nothing else of this database.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {feed_role_text}) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', {feed_role_text});
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was first
        END;
    END IF;
END
$$;

ALTER TABLE outbox ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();
COMMENT ON COLUMN outbox.recorded_at IS 'Wall clock of the statement, for the propagation time; created_at is the event''s own time in seconds';
CREATE INDEX outbox_by_transaction ON outbox (transaction);

CREATE VIEW revocations AS
    SELECT issuer, serial, status, coalesce(reason, 'SUPERSEDED') AS reason,
           extract(epoch FROM coalesce(revoked_at, replaced_at + interval '7 days'))::bigint AS since,
           extract(epoch FROM expires_at)::bigint AS expires_at
    FROM certificates WHERE status IN ('REVOKED', 'SUPERSEDED');
COMMENT ON VIEW revocations IS 'Every certificate that is not to be accepted, with the reason and the moment, in seconds since 1970';
CREATE INDEX certificates_not_accepted ON certificates (expires_at) WHERE status IN ('REVOKED', 'SUPERSEDED');

CREATE VIEW revocation_events AS
    SELECT id, transaction, event_type, payload, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_ms
    FROM outbox WHERE event_type IN ('certificate_revoked', 'certificate_superseded', 'certificate_released');
COMMENT ON VIEW revocation_events IS 'The changes of revocations';

CREATE TABLE feed_positions (
    consumer        text        PRIMARY KEY CHECK (length(consumer) BETWEEN 1 AND 200),
    watermark       xid8        NOT NULL,
    acknowledged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE feed_positions IS 'Everything of older transactions has been applied by that consumer';

CREATE TABLE feed_dead_letters (
    consumer  text        NOT NULL,
    event_id  bigint      NOT NULL,
    error     text        NOT NULL,
    failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, event_id)
);
COMMENT ON TABLE feed_dead_letters IS 'Events that a consumer could not apply after ten tries; it went on with the next one';

REVOKE ALL ON revocations, revocation_events, feed_positions, feed_dead_letters FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {feed_role};
GRANT SELECT ON revocations, revocation_events TO {feed_role}, {gateway_role}, {readonly_role};
GRANT SELECT, INSERT ON feed_positions, feed_dead_letters TO {feed_role}, {gateway_role};
GRANT UPDATE (watermark, acknowledged_at) ON feed_positions TO {feed_role}, {gateway_role};
GRANT DELETE ON feed_positions TO {gateway_role};
GRANT SELECT ON feed_positions, feed_dead_letters TO {readonly_role};
