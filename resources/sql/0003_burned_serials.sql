-- Another CA may take over a request whose signing failed; the serial that may have been signed is burned.

CREATE TABLE burned_serials (
    issuer      text        NOT NULL,
    serial      text        NOT NULL CHECK (serial ~ '^[0-9A-F]{2}(:[0-9A-F]{2}){0,19}$'),
    request_key text        NOT NULL REFERENCES certificate_requests (request_key),
    burned_at   timestamptz NOT NULL,
    cause       text        NOT NULL,
    PRIMARY KEY (issuer, serial)
);
COMMENT ON TABLE burned_serials IS 'Serials of requests that another CA took over: perhaps signed, never handed out, never used again';
COMMENT ON COLUMN burned_serials.cause IS 'Why the signing failed or is in doubt: signer-timeout, signer-closed, signer-unreachable, ...';

CREATE FUNCTION guard_reassignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'intent' OR NOT EXISTS (
        SELECT FROM burned_serials WHERE issuer = OLD.issuer AND serial = OLD.serial AND request_key = OLD.request_key
    ) THEN
        RAISE EXCEPTION 'only an intent whose serial is burned can be given another one' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER reassignment_is_guarded BEFORE UPDATE OF issuer, serial, tbs_der ON certificate_requests
    FOR EACH ROW WHEN ((OLD.issuer, OLD.serial, OLD.tbs_der) IS DISTINCT FROM (NEW.issuer, NEW.serial, NEW.tbs_der))
    EXECUTE FUNCTION guard_reassignment();

CREATE FUNCTION refuse_burned_serial() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM burned_serials WHERE issuer = NEW.issuer AND serial = NEW.serial) THEN
        RAISE EXCEPTION 'the serial is burned' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER burned_serial_is_refused BEFORE INSERT ON certificates
    FOR EACH ROW EXECUTE FUNCTION refuse_burned_serial();

REVOKE ALL ON burned_serials FROM PUBLIC;
GRANT SELECT, INSERT ON burned_serials TO {gateway_role};
GRANT UPDATE (issuer, serial, tbs_der) ON certificate_requests TO {gateway_role};
GRANT SELECT ON burned_serials TO {readonly_role};
