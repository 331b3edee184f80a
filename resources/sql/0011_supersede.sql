-- What the worker looks for every few seconds: replaced certificates whose grace may be over.
CREATE INDEX certificates_to_supersede ON certificates (replaced_at) WHERE status = 'ACTIVE' AND replaced_at IS NOT NULL;
