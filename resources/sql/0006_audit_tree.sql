-- The audit as a Merkle tree (RFC 9162): which row is which leaf, the nodes that proofs are made of, and the signed heads.

ALTER TABLE audit ADD COLUMN transaction xid8 NOT NULL DEFAULT pg_current_xact_id();
COMMENT ON COLUMN audit.transaction IS 'Rows enter the tree in the order of (transaction, id), once all older transactions have ended: the order of ids is not the order of commits';
CREATE INDEX audit_by_transaction ON audit (transaction, id);

CREATE TABLE audit_leaves (
    leaf_index bigint PRIMARY KEY CHECK (leaf_index >= 0),
    audit_id   bigint NOT NULL UNIQUE,
    hash       bytea  NOT NULL CHECK (length(hash) = 32)
);
COMMENT ON TABLE audit_leaves IS 'Stay when the rows of a retention class are dropped, so that the tree stays provable';

CREATE TABLE audit_nodes (
    level      smallint NOT NULL CHECK (level > 0 AND level % 8 = 0),
    node_index bigint   NOT NULL CHECK (node_index >= 0),
    hash       bytea    NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (level, node_index)
);
COMMENT ON TABLE audit_nodes IS 'Roots of the perfect subtrees of 256, 65536, ... leaves: a proof reads a few hundred rows at any size';

CREATE TABLE audit_heads (
    size             bigint      PRIMARY KEY CHECK (size > 0),
    head             text        NOT NULL,
    signature        bytea       NOT NULL,
    peaks            bytea       NOT NULL CHECK (length(peaks) % 32 = 0),
    last_transaction xid8        NOT NULL,
    last_id          bigint      NOT NULL,
    sealed_at        timestamptz NOT NULL
);
COMMENT ON TABLE audit_heads IS 'What was signed; each tree begins with the one before';
COMMENT ON COLUMN audit_heads.peaks IS 'Roots of the perfect subtrees, the largest first: all that appending needs';
COMMENT ON COLUMN audit_heads.last_id IS 'With last_transaction: the last row in the tree';

CREATE TRIGGER audit_leaves_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_heads_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_heads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

REVOKE ALL ON audit_leaves, audit_nodes, audit_heads FROM PUBLIC;
GRANT SELECT, INSERT ON audit_leaves, audit_nodes, audit_heads TO {gateway_role};
GRANT SELECT ON audit_leaves, audit_nodes, audit_heads TO {readonly_role};
