-- Both transactions of an issuance as one statement each, for one request or a group of them; limits by EK, unit swaps,
-- overrides and quarantine.

ALTER TABLE certificate_requests
    ADD COLUMN ordinal bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN ek_sha256 bytea CHECK (length(ek_sha256) = 32),
    ADD COLUMN swap_reason text,
    DROP CONSTRAINT certificate_requests_check,
    ADD CONSTRAINT renewal_replaces CHECK (kind <> 'renewal' OR replaces IS NOT NULL),
    ADD CONSTRAINT swap_replaces CHECK ((swap_reason IS NOT NULL) = (kind = 'factory' AND replaces IS NOT NULL));
COMMENT ON COLUMN certificate_requests.ordinal IS 'Rises with time: two of them tell at once how many requests at most lie between';
COMMENT ON COLUMN certificate_requests.ek_sha256 IS 'Over the SubjectPublicKeyInfo of the unit''s TPM endorsement key; null without evidence';
COMMENT ON COLUMN certificate_requests.swap_reason IS 'Why the unit was replaced; the certificate in replaces is revoked when this one is stored';
COMMENT ON COLUMN certificate_requests.tcu_serial IS 'ECU serial number, for a renewal that of the unit''s first request. One certificate per TCU and day counts by it and by ek_sha256';
COMMENT ON COLUMN certificate_requests.replaces IS 'Renewal: serial of the old certificate. Unit swap: serial of the old unit''s certificate';
CREATE INDEX certificate_requests_by_ek ON certificate_requests (ek_sha256, requested_at) WHERE ek_sha256 IS NOT NULL;

CREATE TABLE issuing_overrides (
    statement_sha256 bytea       PRIMARY KEY CHECK (length(statement_sha256) = 32),
    request_key      text        NOT NULL UNIQUE REFERENCES certificate_requests (request_key),
    reason           text        NOT NULL,
    expires_at       timestamptz NOT NULL,
    signers          jsonb       NOT NULL,
    used_at          timestamptz NOT NULL
);
COMMENT ON TABLE issuing_overrides IS 'Technicians'' signed permissions for a second certificate of a unit within a day, each used once';
COMMENT ON COLUMN issuing_overrides.signers IS 'Common name and serial of each technician''s certificate';

CREATE TABLE quarantine (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind             text        NOT NULL CHECK (kind IN ('key', 'ek')),
    value_sha256     bytea       NOT NULL CHECK (length(value_sha256) = 32),
    first_request    text        NOT NULL REFERENCES certificate_requests (request_key),
    first_device_id  text        NOT NULL,
    first_tcu_serial text        NOT NULL,
    first_serial     text        NOT NULL,
    second_request   text        NOT NULL,
    second_device_id text        NOT NULL,
    second_tcu_serial text       NOT NULL,
    second_serial    text,
    found_by         text        NOT NULL,
    found_at         timestamptz NOT NULL,
    released_by      text,
    released_at      timestamptz,
    release_reason   text,
    CHECK ((released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (release_reason IS NULL))
);
COMMENT ON TABLE quarantine IS 'Keys and endorsement keys that two vehicles or units have shown: one of them is a clone';
COMMENT ON COLUMN quarantine.value_sha256 IS 'Over SubjectPublicKeyInfo';
COMMENT ON COLUMN quarantine.first_serial IS 'Certificate of the party that came first, or the serial reserved for it';
COMMENT ON COLUMN quarantine.second_serial IS 'Live certificate of the refused party''s vehicle, when it has one';
CREATE UNIQUE INDEX quarantine_once ON quarantine
    (kind, value_sha256, first_device_id, first_tcu_serial, second_device_id, second_tcu_serial);

-- Not LANGUAGE sql, which is parsed and planned anew at each call.
CREATE FUNCTION append_audit(event jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit (timestamp, event_type, actor, subject, result, metadata, trace_id) VALUES
        (to_timestamp((event ->> 'timestamp')::bigint), event ->> 'event_type', event ->> 'actor', event -> 'subject',
         event ->> 'result', event -> 'metadata', coalesce(nullif(event ->> 'trace_id', '')::uuid, gen_random_uuid()));
END
$$;

-- In a group nobody waits for a lock: who would have to is told so (lock_not_available) and comes again alone.
CREATE FUNCTION take_lock(lock_name text, may_wait boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF may_wait THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(lock_name, 0));
    ELSIF NOT pg_try_advisory_xact_lock(hashtextextended(lock_name, 0)) THEN
        RAISE lock_not_available;
    END IF;
END
$$;

CREATE FUNCTION lock_certificate(of_issuer text, of_serial text, may_wait boolean) RETURNS certificates
LANGUAGE plpgsql AS $$
DECLARE
    found_row certificates;
BEGIN
    IF may_wait THEN
        SELECT * INTO found_row FROM certificates WHERE issuer = of_issuer AND serial = of_serial FOR UPDATE;
    ELSE
        SELECT * INTO found_row FROM certificates WHERE issuer = of_issuer AND serial = of_serial FOR UPDATE NOWAIT;
    END IF;
    RETURN found_row;
END
$$;

-- The refusal of a renewal whose old certificate cannot be replaced; null when it can.
CREATE FUNCTION renewal_refusal(old certificates) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE
        WHEN old.serial IS NULL THEN jsonb_build_object('refused', 'serial-unknown')
        WHEN old.status <> 'ACTIVE' THEN jsonb_build_object('refused', 'certificate-revoked', 'status', old.status)
        WHEN old.replaced_by IS NOT NULL THEN jsonb_build_object('refused', 'already-replaced')
    END
$$;

-- Puts a key or EK that two parties have shown into quarantine. Null when an administrator has released this pair.
CREATE FUNCTION quarantine_refusal(of_kind text, of_value bytea, earlier certificate_requests, of_unit text, request jsonb)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    refusal constant jsonb := jsonb_build_object('refused', of_kind || '-quarantined');
    device  constant text := request ->> 'device_id';
    pair    quarantine;
    live    text;
BEGIN
    SELECT * INTO pair FROM quarantine
        WHERE kind = of_kind AND value_sha256 = of_value AND first_device_id = earlier.device_id
          AND first_tcu_serial = earlier.tcu_serial AND second_device_id = device AND second_tcu_serial = of_unit;
    IF FOUND THEN
        RETURN CASE WHEN pair.released_at IS NULL THEN refusal END;
    END IF;
    SELECT serial INTO live FROM certificates
        WHERE device_id = device AND type = 'vehicle' AND status = 'ACTIVE' AND replaced_by IS NULL;
    INSERT INTO quarantine (kind, value_sha256, first_request, first_device_id, first_tcu_serial, first_serial,
                            second_request, second_device_id, second_tcu_serial, second_serial, found_by, found_at)
        VALUES (of_kind, of_value, earlier.request_key, earlier.device_id, earlier.tcu_serial, earlier.serial,
                request ->> 'request_key', device, of_unit, live, request ->> 'requested_by',
                to_timestamp((request ->> 'requested_at')::bigint));
    PERFORM append_audit(request -> 'audit' || jsonb_build_object(
        'event_type', of_kind || '_quarantined', 'result', 'failure',
        'metadata', jsonb_build_object(
            of_kind || '_sha256', encode(of_value, 'hex'),
            'first_device_id', earlier.device_id, 'first_tcu_serial', earlier.tcu_serial, 'first_serial', earlier.serial,
            'second_device_id', device, 'second_tcu_serial', of_unit, 'second_serial', live)));
    RETURN refusal;
END
$$;

CREATE FUNCTION is_quarantined(of_kind text, of_value bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM quarantine WHERE kind = of_kind AND value_sha256 = of_value AND released_at IS NULL)
$$;

-- The refusal of a key or EK that was seen before; null when there is nothing against them.
CREATE FUNCTION identity_refusal(request jsonb, of_unit text, of_ek bytea) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    device  constant text := request ->> 'device_id';
    key     constant bytea := decode(request ->> 'public_key_sha256', 'hex');
    earlier certificate_requests;
    refusal jsonb;
BEGIN
    IF is_quarantined('key', key) THEN
        RETURN jsonb_build_object('refused', 'key-quarantined');
    END IF;
    IF of_ek IS NOT NULL AND is_quarantined('ek', of_ek) THEN
        RETURN jsonb_build_object('refused', 'ek-quarantined');
    END IF;
    IF EXISTS (SELECT FROM certificates WHERE public_key_sha256 = key AND status = 'REVOKED') THEN
        RETURN jsonb_build_object('refused', 'csr-key-revoked');
    END IF;
    SELECT * INTO earlier FROM certificate_requests WHERE public_key_sha256 = key;
    IF FOUND AND (earlier.device_id <> device OR earlier.tcu_serial <> of_unit) THEN
        refusal := quarantine_refusal('key', key, earlier, of_unit, request);
        IF refusal IS NOT NULL THEN
            RETURN refusal;
        END IF;
    END IF;
    IF of_ek IS NOT NULL THEN
        -- One EK is one unit for ever; another vehicle may have the unit once the certificate it had there is dead.
        FOR earlier IN
            SELECT r.* FROM certificate_requests r LEFT JOIN certificates c ON c.request_key = r.request_key
                WHERE r.ek_sha256 = of_ek AND r.state IN ('intent', 'issued')
                  AND (r.tcu_serial <> of_unit
                       OR (r.device_id <> device
                           AND ((r.state = 'intent' AND r.kind = 'factory')
                                OR (c.status = 'ACTIVE' AND c.expires_at > to_timestamp((request ->> 'requested_at')::bigint)))))
                ORDER BY r.requested_at
        LOOP
            refusal := quarantine_refusal('ek', of_ek, earlier, of_unit, request);
            IF refusal IS NOT NULL THEN
                RETURN refusal;
            END IF;
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION issuer_limit_refusal(of_issuer text, at timestamptz, per_hour integer, may_wait boolean) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    -- More than all gateways together have uncommitted at a time.
    in_flight constant bigint := 1024;
    since     constant timestamptz := at - interval '1 hour';
    oldest    bigint;
    newest    bigint;
    latest    record;
BEGIN
    -- Far from the limit two look-ups will do. Requests of one second have no order among them, hence twice.
    SELECT ordinal INTO oldest FROM certificate_requests
        WHERE kind = 'factory' AND issuer = of_issuer AND requested_at > since ORDER BY requested_at LIMIT 1;
    SELECT ordinal INTO newest FROM certificate_requests
        WHERE kind = 'factory' AND issuer = of_issuer AND requested_at > since ORDER BY requested_at DESC LIMIT 1;
    IF 2 * coalesce(newest - oldest + 1, 0) + in_flight < per_hour THEN
        RETURN NULL;
    END IF;
    PERFORM take_lock('issuer:' || of_issuer, may_wait);
    SELECT count(*) AS number, extract(epoch FROM min(requested_at))::bigint AS first INTO latest FROM (
        SELECT requested_at FROM certificate_requests
            WHERE kind = 'factory' AND issuer = of_issuer AND requested_at > since
            ORDER BY requested_at DESC LIMIT per_hour) counted;
    IF latest.number < per_hour THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('refused', 'rate-limit-issuer', 'number', latest.number, 'at', latest.first);
END
$$;

-- Transaction 1 of a request. Answers {"known": true} (there already, nothing was done), {"stored": {...}} or
-- {"refused": type, ...}.
CREATE FUNCTION begin_request(request jsonb, may_wait boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    request_id constant text := request ->> 'request_key';
    is_factory constant boolean := request ->> 'kind' = 'factory';
    device     constant text := request ->> 'device_id';
    at         constant timestamptz := to_timestamp((request ->> 'requested_at')::bigint);
    since      constant timestamptz := at - make_interval(secs => (request ->> 'per_unit_s')::double precision);
    permission constant jsonb := nullif(request -> 'override', 'null');
    unit       text := request ->> 'tcu_serial';
    ek         bytea := decode(request ->> 'ek_sha256', 'hex');
    old_issuer text := request ->> 'replaces_issuer';
    old        certificates;
    origin     certificate_requests;
    refusal    jsonb;
    last_issue timestamptz;
    live       text;
BEGIN
    -- Always in this order, one of each kind: two requests cannot wait for each other in a circle.
    PERFORM take_lock('request:' || request_id, may_wait);
    IF EXISTS (SELECT FROM certificate_requests WHERE request_key = request_id) THEN
        RETURN jsonb_build_object('known', true);
    END IF;
    IF is_factory THEN
        PERFORM take_lock('unit:' || unit, may_wait);
        IF ek IS NOT NULL THEN
            PERFORM take_lock('ek:' || encode(ek, 'hex'), may_wait);
        END IF;
    END IF;
    PERFORM take_lock('device:' || device, may_wait);
    PERFORM take_lock('key:' || (request ->> 'public_key_sha256'), may_wait);

    IF NOT is_factory THEN
        old := lock_certificate(old_issuer, request ->> 'replaces', may_wait);
        refusal := renewal_refusal(old);
        IF refusal IS NOT NULL THEN
            RETURN refusal;
        END IF;
        -- The certificate changes, the unit stays.
        SELECT * INTO origin FROM certificate_requests WHERE request_key = old.request_key;
        unit := coalesce(origin.tcu_serial, '');
        ek := origin.ek_sha256;
        IF is_quarantined('key', old.public_key_sha256) THEN
            RETURN jsonb_build_object('refused', 'key-quarantined');
        END IF;
        IF ek IS NOT NULL AND is_quarantined('ek', ek) THEN
            RETURN jsonb_build_object('refused', 'ek-quarantined');
        END IF;
        refusal := identity_refusal(request, unit, NULL);
    ELSE
        refusal := identity_refusal(request, unit, ek);
    END IF;
    IF refusal IS NOT NULL THEN
        RETURN refusal;
    END IF;

    IF is_factory THEN
        -- The order and the limit say which index is meant, whatever the statistics.
        last_issue := greatest(
            (SELECT requested_at FROM certificate_requests
                WHERE kind = 'factory' AND state IN ('intent', 'issued') AND tcu_serial = unit AND requested_at > since
                ORDER BY requested_at DESC LIMIT 1),
            (SELECT requested_at FROM certificate_requests
                WHERE kind = 'factory' AND state IN ('intent', 'issued') AND ek_sha256 = ek AND requested_at > since
                ORDER BY requested_at DESC LIMIT 1));
        IF last_issue IS NOT NULL AND permission IS NULL THEN
            RETURN jsonb_build_object('refused', 'rate-limit-tcu', 'at', extract(epoch FROM last_issue)::bigint);
        END IF;
        IF last_issue IS NOT NULL AND EXISTS (SELECT FROM issuing_overrides
                                              WHERE statement_sha256 = decode(permission ->> 'statement_sha256', 'hex')) THEN
            RETURN jsonb_build_object('refused', 'override-used');
        END IF;
        refusal := issuer_limit_refusal(request ->> 'issuer', at, (request ->> 'per_issuer_and_hour')::integer, may_wait);
        IF refusal IS NOT NULL THEN
            RETURN refusal;
        END IF;
    END IF;

    IF EXISTS (SELECT FROM certificate_requests WHERE public_key_sha256 = decode(request ->> 'public_key_sha256', 'hex')) OR
       EXISTS (SELECT FROM certificates WHERE public_key_sha256 = decode(request ->> 'public_key_sha256', 'hex')) THEN
        RETURN jsonb_build_object('refused', 'duplicate-key');
    END IF;

    IF is_factory AND request ->> 'replaces' IS NOT NULL THEN
        SELECT * INTO old FROM certificates WHERE serial = request ->> 'replaces' AND type = 'vehicle'
            ORDER BY device_id = device DESC LIMIT 1;
        IF NOT FOUND THEN
            RETURN jsonb_build_object('refused', 'replaced-unknown');
        END IF;
        IF old.device_id <> device THEN
            RETURN jsonb_build_object('refused', 'replaced-other-vehicle');
        END IF;
        SELECT * INTO origin FROM certificate_requests WHERE request_key = old.request_key;
        IF origin.tcu_serial = unit OR origin.ek_sha256 = ek THEN
            RETURN jsonb_build_object('refused', 'replaced-same-unit');
        END IF;
        old_issuer := old.issuer;
    END IF;
    IF is_factory THEN
        SELECT serial INTO live FROM certificates
            WHERE device_id = device AND type = 'vehicle' AND status = 'ACTIVE' AND replaced_by IS NULL
              AND expires_at > at AND (issuer, serial) IS DISTINCT FROM (old.issuer, old.serial);
        IF FOUND THEN
            RETURN jsonb_build_object('refused', 'already-provisioned', 'serial', live);
        END IF;
    END IF;

    INSERT INTO certificate_requests (request_key, kind, requested_by, requested_at, tcu_serial, ek_sha256, csr_sha256,
                                      public_key_sha256, device_id, vin_hash, issuer, serial, profile, tbs_der, replaces,
                                      replaces_issuer, swap_reason)
        VALUES (request_id, request ->> 'kind', request ->> 'requested_by', at, unit, ek,
                decode(request ->> 'csr_sha256', 'hex'), decode(request ->> 'public_key_sha256', 'hex'), device,
                request ->> 'vin_hash', request ->> 'issuer', request ->> 'serial', request ->> 'profile',
                decode(request ->> 'tbs_der', 'base64'), request ->> 'replaces', old_issuer, request ->> 'swap_reason');
    PERFORM append_audit(request -> 'audit');
    IF last_issue IS NOT NULL THEN
        INSERT INTO issuing_overrides (statement_sha256, request_key, reason, expires_at, signers, used_at)
            VALUES (decode(permission ->> 'statement_sha256', 'hex'), request_id, permission ->> 'reason',
                    to_timestamp((permission ->> 'expires_at')::bigint), permission -> 'signers', at);
        PERFORM append_audit(request -> 'audit' || jsonb_build_object(
            'event_type', 'override_used',
            'metadata', jsonb_build_object('limit', 'rate-limit-tcu', 'reason', permission ->> 'reason',
                                           'signers', (permission -> 'signers')::text, 'tcu_serial', unit)));
    END IF;
    RETURN jsonb_build_object('stored', jsonb_build_object('tcu_serial', unit, 'replaces_issuer', old_issuer));
END
$$;

-- The old unit's certificates, in the transaction that stores the new unit's.
CREATE FUNCTION revoke_replaced_unit(request certificate_requests, new_serial text, audit_event jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    old certificates;
    at  constant timestamptz := to_timestamp((audit_event ->> 'timestamp')::bigint);
BEGIN
    FOR old IN
        UPDATE certificates SET status = 'REVOKED', revoked_at = at, reason = 'CESSATION_OF_OPERATION'
            WHERE device_id = request.device_id AND type = 'vehicle' AND status = 'ACTIVE' RETURNING *
    LOOP
        PERFORM append_audit(audit_event || jsonb_build_object(
            'event_type', event_type, 'subject', audit_event -> 'subject' || jsonb_build_object('serial', old.serial),
            'metadata', jsonb_build_object('reason', 'CESSATION_OF_OPERATION', 'replaced_by', new_serial,
                                           'notes', request.swap_reason, 'tcu_serial', request.tcu_serial)))
            FROM unnest(ARRAY['unit_replaced', 'certificate_revoked']) event_type;
        INSERT INTO outbox (created_at, event_type, payload) VALUES (at, 'certificate_revoked', jsonb_build_object(
            'issuer', old.issuer, 'serial', old.serial, 'type', old.type, 'device_id', old.device_id,
            'expires_at', extract(epoch FROM old.expires_at)::bigint, 'revoked_at', extract(epoch FROM at)::bigint,
            'reason', old.reason));
        PERFORM pg_notify('v2c_revocation', '');
    END LOOP;
END
$$;

-- Transaction 2 of a request. Answers {"stored": true}, {"known": true} (issued before), {"burned": type, ...} (another
-- certificate was first; recorded) or {"refused": type, ...}.
CREATE FUNCTION complete_request(item jsonb, may_wait boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    request_id  constant text := item ->> 'request_key';
    device      constant text := item ->> 'device_id';
    audit_event constant jsonb := item -> 'audit';
    at          constant timestamptz := to_timestamp((audit_event ->> 'timestamp')::bigint);
    request     certificate_requests;
    refusal     jsonb;
BEGIN
    -- Before any row: whoever holds the device waits for nobody who wants it.
    PERFORM take_lock('device:' || device, may_wait);
    IF may_wait THEN
        SELECT * INTO request FROM certificate_requests WHERE request_key = request_id FOR UPDATE;
    ELSE
        SELECT * INTO request FROM certificate_requests WHERE request_key = request_id FOR UPDATE NOWAIT;
    END IF;
    IF request.request_key IS NULL THEN
        RETURN jsonb_build_object('refused', 'request-unknown');
    ELSIF request.state = 'issued' THEN
        RETURN jsonb_build_object('known', true);
    ELSIF request.state = 'burned' THEN
        RETURN jsonb_build_object('refused', 'request-burned');
    ELSIF request.serial <> item ->> 'serial' OR request.issuer <> item ->> 'issuer' THEN
        RETURN jsonb_build_object('refused', 'request-reassigned', 'serial', request.serial);
    END IF;

    IF request.kind = 'renewal' THEN
        refusal := renewal_refusal(lock_certificate(request.replaces_issuer, request.replaces, may_wait));
        IF refusal ->> 'refused' = 'serial-unknown' THEN
            RETURN refusal;
        END IF;
    ELSE
        -- An expired certificate is not live, but the index that allows one live certificate cannot see the clock.
        UPDATE certificates SET status = 'EXPIRED'
            WHERE device_id = device AND type = 'vehicle' AND status = 'ACTIVE' AND replaced_by IS NULL AND expires_at <= at;
        PERFORM 1 FROM certificates
            WHERE device_id = device AND type = 'vehicle' AND status = 'ACTIVE' AND replaced_by IS NULL
              AND (issuer, serial) IS DISTINCT FROM (request.replaces_issuer, request.replaces);
        IF FOUND THEN
            refusal := jsonb_build_object('refused', 'already-provisioned');
        END IF;
    END IF;
    IF refusal IS NOT NULL THEN
        PERFORM append_audit(audit_event || jsonb_build_object(
            'event_type', 'certificate_burned', 'result', 'failure',
            'metadata', audit_event -> 'metadata' || jsonb_build_object('cause', refusal ->> 'refused')));
        UPDATE certificate_requests SET state = 'burned', finished_at = at WHERE request_key = request_id;
        RETURN refusal - 'refused' || jsonb_build_object('burned', refusal ->> 'refused');
    END IF;

    IF request.kind = 'renewal' THEN
        UPDATE certificates SET replaced_by = request.serial, replaced_at = at
            WHERE issuer = request.replaces_issuer AND serial = request.replaces;
    ELSIF request.replaces IS NOT NULL THEN
        PERFORM revoke_replaced_unit(request, request.serial, audit_event);
    END IF;
    INSERT INTO certificates (issuer, serial, type, subject, device_id, vin_hash, status, issued_at, expires_at,
                              public_key_sha256, certificate_der, request_key, created_by)
        VALUES (request.issuer, request.serial, item ->> 'type', item ->> 'subject', device, item ->> 'vin_hash', 'ACTIVE',
                to_timestamp((item ->> 'issued_at')::bigint), to_timestamp((item ->> 'expires_at')::bigint),
                request.public_key_sha256, decode(item ->> 'certificate_der', 'base64'), request_id, item ->> 'created_by');
    UPDATE certificate_requests SET state = 'issued', finished_at = at WHERE request_key = request_id;
    PERFORM append_audit(audit_event);
    INSERT INTO outbox (created_at, event_type, payload) VALUES (at, audit_event ->> 'event_type', item -> 'event');
    RETURN jsonb_build_object('stored', true);
END
$$;

-- Groups: a savepoint for each item, so that one that fails hurts no other. A failed one is answered with null and
-- comes again alone, which tells why.
-- A plan is kept as long as the statistics are: one made while the tables were nearly empty would read them from end to end once they have
-- grown. All that is looked for here has an index.
CREATE FUNCTION begin_requests(items jsonb) RETURNS jsonb LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    item    jsonb;
    answers jsonb[] := '{}';
BEGIN
    FOR item IN SELECT e.value FROM jsonb_array_elements(items) WITH ORDINALITY AS e(value, place) ORDER BY place LOOP
        BEGIN
            answers := array_append(answers, begin_request(item, false));
        EXCEPTION
            WHEN OTHERS THEN answers := array_append(answers, 'null'::jsonb);
        END;
    END LOOP;
    RETURN to_jsonb(answers);
END
$$;

CREATE FUNCTION complete_requests(items jsonb) RETURNS jsonb LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    item    jsonb;
    answers jsonb[] := '{}';
BEGIN
    FOR item IN SELECT e.value FROM jsonb_array_elements(items) WITH ORDINALITY AS e(value, place) ORDER BY place LOOP
        BEGIN
            answers := array_append(answers, complete_request(item, false));
        EXCEPTION
            WHEN OTHERS THEN answers := array_append(answers, 'null'::jsonb);
        END;
    END LOOP;
    RETURN to_jsonb(answers);
END
$$;

REVOKE ALL ON issuing_overrides, quarantine FROM PUBLIC;
GRANT SELECT, INSERT ON issuing_overrides, quarantine TO {gateway_role};
GRANT SELECT ON issuing_overrides, quarantine TO {readonly_role};
