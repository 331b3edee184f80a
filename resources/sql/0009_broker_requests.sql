-- Certificates of MQTT brokers: what was to be issued, stored before it was signed, as certificate_requests is for vehicles.
CREATE TABLE broker_requests (
    request_key       text        PRIMARY KEY CHECK (request_key ~ '^[0-9a-f]{32}$'),
    region            text        NOT NULL,
    requested_by      text        NOT NULL,
    requested_at      timestamptz NOT NULL,
    csr_sha256        bytea       NOT NULL CHECK (length(csr_sha256) = 32),
    public_key_sha256 bytea       NOT NULL UNIQUE CHECK (length(public_key_sha256) = 32),
    issuer            text        NOT NULL,
    serial            text        NOT NULL,
    profile           text        NOT NULL,
    tbs_der           bytea       NOT NULL,
    finished_at       timestamptz,
    UNIQUE (issuer, serial)
);
COMMENT ON TABLE broker_requests IS 'The base of exactly-once for brokers';
COMMENT ON COLUMN broker_requests.finished_at IS 'When its certificate was stored; null: may be signed by whoever repeats the request';
CREATE INDEX broker_requests_by_issuer ON broker_requests (issuer, requested_at);

REVOKE ALL ON broker_requests FROM PUBLIC;
GRANT SELECT, INSERT ON broker_requests TO {gateway_role};
GRANT UPDATE (finished_at) ON broker_requests TO {gateway_role};
GRANT SELECT ON broker_requests TO {readonly_role};
