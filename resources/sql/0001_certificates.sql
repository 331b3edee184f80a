-- The gateway's database: certificates, the requests they came from, the audit, events, API tokens, CRL numbers.
-- {gateway_role} and {readonly_role} are replaced by quoted role names, {gateway_role_text} and {readonly_role_text} by
-- the same as text. No column holds a VIN.

DO $$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY[{gateway_role_text}, {readonly_role_text}] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = missing) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', missing);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was first
            END;
        END IF;
    END LOOP;
END
$$;

CREATE TABLE certificates (
    issuer            text        NOT NULL,
    serial            text        NOT NULL CHECK (serial ~ '^[0-9A-F]{2}(:[0-9A-F]{2}){0,19}$'),
    type              text        NOT NULL,
    subject           text        NOT NULL,
    device_id         text        CHECK (device_id ~ '^[0-9A-F]{32}$'),
    vin_hash          text        CHECK (vin_hash ~ '^[0-9a-f]{64}$'),
    status            text        NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'REVOKED', 'SUPERSEDED', 'EXPIRED')),
    issued_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL CHECK (expires_at > issued_at),
    provisioned       boolean     NOT NULL DEFAULT false,
    provisioned_at    timestamptz,
    revoked_at        timestamptz,
    reason            text,
    replaced_by       text,
    replaced_at       timestamptz,
    public_key_sha256 bytea       NOT NULL CHECK (length(public_key_sha256) = 32),
    certificate_der   bytea       NOT NULL,
    request_key       text        UNIQUE,
    created_by        text        NOT NULL,
    PRIMARY KEY (serial, issuer), -- this way round it also finds a serial of an unnamed issuer
    CHECK (provisioned = (provisioned_at IS NOT NULL)),
    CHECK ((status = 'REVOKED') = (revoked_at IS NOT NULL)),
    CHECK ((revoked_at IS NULL) = (reason IS NULL)),
    CHECK ((replaced_by IS NULL) = (replaced_at IS NULL)),
    CHECK (type <> 'vehicle' OR (device_id IS NOT NULL AND vin_hash IS NOT NULL))
);
COMMENT ON TABLE certificates IS 'Every certificate this deployment has issued or imported; rows are never deleted';
COMMENT ON COLUMN certificates.issuer IS 'The issuer''s subject, as OpenSSL prints it: serials are unique per issuer only';
COMMENT ON COLUMN certificates.serial IS 'Colon-separated upper-case hex';
COMMENT ON COLUMN certificates.type IS 'certificate_type of the profile: vehicle, station, gateway, broker, ocsp-signer, a CA, ...';
COMMENT ON COLUMN certificates.subject IS 'Distinguished name, as OpenSSL prints it';
COMMENT ON COLUMN certificates.device_id IS 'First 16 bytes of SHA-256(VIN || salt)';
COMMENT ON COLUMN certificates.vin_hash IS 'HMAC-SHA-256 of the VIN under a deployment secret';
COMMENT ON COLUMN certificates.issued_at IS 'notBefore';
COMMENT ON COLUMN certificates.expires_at IS 'notAfter';
COMMENT ON COLUMN certificates.provisioned IS 'The unit has installed the certificate and proved its key';
COMMENT ON COLUMN certificates.provisioned_at IS 'When the station saw it';
COMMENT ON COLUMN certificates.reason IS 'RFC 5280 CRLReason in upper snake case';
COMMENT ON COLUMN certificates.replaced_by IS 'Serial of the certificate that a renewal put in its place; this one stays valid for the grace';
COMMENT ON COLUMN certificates.replaced_at IS 'When it was replaced: the grace counts from here';
COMMENT ON COLUMN certificates.public_key_sha256 IS 'Over SubjectPublicKeyInfo';
COMMENT ON COLUMN certificates.request_key IS 'Idempotency key of the request; null for imported certificates';

CREATE UNIQUE INDEX certificates_one_live_per_device ON certificates (device_id)
    WHERE type = 'vehicle' AND status = 'ACTIVE' AND replaced_by IS NULL;
COMMENT ON INDEX certificates_one_live_per_device IS 'One live vehicle certificate per device; during a renewal''s grace the replaced one is a second';
CREATE UNIQUE INDEX certificates_one_per_vehicle_key ON certificates (public_key_sha256) WHERE type = 'vehicle';
CREATE INDEX certificates_by_device ON certificates (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX certificates_by_key ON certificates (public_key_sha256);
CREATE INDEX certificates_by_expiry ON certificates (expires_at);
CREATE INDEX certificates_revoked ON certificates (issuer, expires_at) WHERE status = 'REVOKED';
CREATE INDEX certificates_replaced ON certificates (issuer, replaced_at) WHERE replaced_at IS NOT NULL;

CREATE TABLE certificate_requests (
    request_key       text        PRIMARY KEY CHECK (request_key ~ '^[0-9a-f]{32}$'),
    kind              text        NOT NULL CHECK (kind IN ('factory', 'renewal')),
    state             text        NOT NULL DEFAULT 'intent' CHECK (state IN ('intent', 'issued', 'burned')),
    requested_by      text        NOT NULL,
    requested_at      timestamptz NOT NULL,
    tcu_serial        text        NOT NULL,
    csr_sha256        bytea       NOT NULL CHECK (length(csr_sha256) = 32),
    public_key_sha256 bytea       NOT NULL UNIQUE CHECK (length(public_key_sha256) = 32),
    device_id         text        NOT NULL CHECK (device_id ~ '^[0-9A-F]{32}$'),
    vin_hash          text        NOT NULL CHECK (vin_hash ~ '^[0-9a-f]{64}$'),
    issuer            text        NOT NULL,
    serial            text        NOT NULL,
    profile           text        NOT NULL,
    tbs_der           bytea       NOT NULL,
    replaces          text,
    replaces_issuer   text        NOT NULL,
    finished_at       timestamptz,
    UNIQUE (issuer, serial),
    CHECK ((kind = 'renewal') = (replaces IS NOT NULL)),
    CHECK ((state = 'intent') = (finished_at IS NULL))
);
COMMENT ON TABLE certificate_requests IS 'What was to be issued, stored before it was signed: the base of exactly-once';
COMMENT ON COLUMN certificate_requests.request_key IS 'The station''s or vehicle''s transaction id, sent as Idempotency-Key';
COMMENT ON COLUMN certificate_requests.state IS 'intent: may be signed by whoever repeats it; issued: in certificates; burned: lost against another certificate of the device, its serial is never used';
COMMENT ON COLUMN certificate_requests.tcu_serial IS 'ECU serial number; empty for a renewal. One certificate per TCU and day counts by it';
COMMENT ON COLUMN certificate_requests.tbs_der IS 'The linted TBSCertificate: every repeat signs these bytes';
COMMENT ON COLUMN certificate_requests.replaces IS 'Renewal: serial of the old certificate';
CREATE INDEX certificate_requests_by_unit ON certificate_requests (tcu_serial, requested_at) WHERE kind = 'factory';
CREATE INDEX certificate_requests_by_issuer ON certificate_requests (issuer, requested_at) WHERE kind = 'factory';

CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    timestamp  timestamptz NOT NULL,
    event_type text        NOT NULL,
    actor      text        NOT NULL,
    subject    jsonb       NOT NULL,
    result     text        NOT NULL CHECK (result IN ('success', 'failure')),
    metadata   jsonb       NOT NULL,
    trace_id   uuid        NOT NULL
);
COMMENT ON TABLE audit IS 'Append-only; the columns are the specification''s Required Log Fields';
COMMENT ON COLUMN audit.subject IS 'device_id, vin_hash, serial, as far as known';
CREATE INDEX audit_by_time ON audit (timestamp);
CREATE INDEX audit_by_serial ON audit ((subject ->> 'serial'));
CREATE INDEX audit_by_trace ON audit (trace_id);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction xid8        NOT NULL DEFAULT pg_current_xact_id(),
    created_at  timestamptz NOT NULL,
    event_type  text        NOT NULL,
    payload     jsonb       NOT NULL
);
COMMENT ON TABLE outbox IS 'Events, stored in the transaction that caused them';
COMMENT ON COLUMN outbox.transaction IS 'Read only rows below pg_snapshot_xmin(pg_current_snapshot()): the order of ids is not the order of commits';

CREATE TABLE api_tokens (
    name       text        PRIMARY KEY,
    sha256     bytea       NOT NULL UNIQUE CHECK (length(sha256) = 32),
    scopes     text[]      NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);
COMMENT ON TABLE api_tokens IS 'Bearer tokens of people and scripts; the token itself is stored nowhere';

CREATE TABLE crl_numbers (
    issuer      text        PRIMARY KEY,
    last_number bigint      NOT NULL CHECK (last_number > 0),
    reserved_at timestamptz NOT NULL
);
COMMENT ON TABLE crl_numbers IS 'The last cRLNumber given to a CRL of each issuer; strictly rising';

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {gateway_role}, {readonly_role};
GRANT SELECT, INSERT ON certificates, certificate_requests, audit, outbox, crl_numbers TO {gateway_role};
GRANT UPDATE (status, provisioned, provisioned_at, revoked_at, reason, replaced_by, replaced_at) ON certificates TO {gateway_role};
GRANT UPDATE (state, finished_at) ON certificate_requests TO {gateway_role};
GRANT UPDATE (last_number, reserved_at) ON crl_numbers TO {gateway_role};
GRANT SELECT ON api_tokens TO {gateway_role};
GRANT SELECT ON certificates, certificate_requests, audit, outbox, crl_numbers, schema_migrations TO {readonly_role};
GRANT SELECT ON schema_migrations TO {gateway_role};
