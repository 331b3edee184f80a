-- The VIN vault: a database of its own, which no other program than the gateway and the look-up of VINs can reach. VINs stand
-- in it sealed only (AES-256-GCM under data keys that are wrapped by a key in the HSM). See docs/vault.md.

DO $$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY[{vault_writer_role_text}, {vault_reader_role_text}] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = missing) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', missing);
            EXCEPTION
                WHEN duplicate_object OR unique_violation THEN NULL; -- another database's migration was first
            END;
        END IF;
    END LOOP;
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I', current_database(), {vault_writer_role_text}, {vault_reader_role_text});
END
$$;

CREATE TABLE data_keys (
    id           bytea       PRIMARY KEY CHECK (length(id) = 16),
    wrapping_key text        NOT NULL CHECK (length(wrapping_key) BETWEEN 1 AND 100),
    wrapped      bytea       NOT NULL CHECK (length(wrapped) = 61),
    created_at   timestamptz NOT NULL DEFAULT now(),
    rewrapped_at timestamptz
);
COMMENT ON TABLE data_keys IS 'AES-256 keys, each for a limited number of rows; only wrapped';
COMMENT ON COLUMN data_keys.wrapping_key IS 'Label of the key in the HSM';
COMMENT ON COLUMN data_keys.wrapped IS 'Version, IV, AES-256-GCM ciphertext and tag; the id is bound to it';

CREATE TABLE vehicles (
    device_id  text        PRIMARY KEY CHECK (device_id ~ '^[0-9A-F]{32}$'),
    vin_index  bytea       NOT NULL UNIQUE CHECK (length(vin_index) = 32),
    data_key   bytea       NOT NULL REFERENCES data_keys (id),
    nonce      bytea       NOT NULL CHECK (length(nonce) = 12),
    ciphertext bytea       NOT NULL CHECK (length(ciphertext) = 33),
    stored_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vehicles IS 'Which vehicle a device_id stands for; rows are never changed nor deleted';
COMMENT ON COLUMN vehicles.vin_index IS 'HMAC-SHA-256 of the VIN under a key of its own';
COMMENT ON COLUMN vehicles.ciphertext IS 'The VIN and the tag; device_id, vin_index and data_key are bound to it';

CREATE TABLE access_log (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    db_role   text        NOT NULL DEFAULT session_user,
    actor     text        NOT NULL,
    method    text        NOT NULL CHECK (method IN ('vin', 'device-id', 'check')),
    device_id text,
    vin_index bytea,
    reason    text        NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    trace_id  uuid        NOT NULL,
    CHECK ((method = 'vin') = (vin_index IS NOT NULL)),
    CHECK ((method = 'device-id') = (device_id IS NOT NULL))
);
COMMENT ON TABLE access_log IS 'Who looked for whom and why, stored before the answer; append-only';
COMMENT ON COLUMN access_log.trace_id IS 'The same as of the row in the gateway''s audit';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER access_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER vehicles_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON vehicles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {vault_writer_role}, {vault_reader_role};
-- The writer can see that a mapping is there, and not what it says.
GRANT INSERT ON data_keys, vehicles TO {vault_writer_role};
GRANT SELECT (device_id, vin_index) ON vehicles TO {vault_writer_role};
GRANT SELECT ON data_keys, vehicles TO {vault_reader_role};
GRANT INSERT (actor, method, device_id, vin_index, reason, trace_id) ON access_log TO {vault_reader_role};
