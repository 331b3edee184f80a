-- An export of old rows looks for the newest head that is old enough.
CREATE INDEX audit_heads_by_time ON audit_heads (sealed_at, size);
