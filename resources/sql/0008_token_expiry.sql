ALTER TABLE api_tokens ADD COLUMN expires_at timestamptz;
COMMENT ON COLUMN api_tokens.expires_at IS 'From then on the token is as if unknown; null for one without end';
