-- Indexes of the search over certificates. Its order is (issued_at, issuer, serial), newest first, which no later insert
-- and no update changes for rows that are there: a cursor into it stays right.

CREATE INDEX certificates_by_issue ON certificates (issued_at, issuer, serial);
CREATE INDEX certificates_by_station ON certificates (created_by, issued_at, issuer, serial);
CREATE INDEX certificates_by_vehicle ON certificates (vin_hash) WHERE vin_hash IS NOT NULL;
CREATE INDEX certificates_revoked_by_issue ON certificates (issued_at, issuer, serial) WHERE status = 'REVOKED';
CREATE INDEX certificates_of_services ON certificates (type, issued_at, issuer, serial) WHERE type <> 'vehicle';
COMMENT ON INDEX certificates_of_services IS 'A few hundred among millions of vehicles';
