-- What Candor keeps in SQL. Times are microseconds since 1970-01-01T00:00:00Z; JSON stands as TEXT.
-- The twin of ../sqlite of the same number: same tables, same columns. Numbers are BIGINT and bytes BYTEA; the database's
-- own collation is set aside, so that identifiers sort by their bytes here too.

-- The log. `payload`, `opening` and `member` are emptied when the member is erased; seq, t, kind and leaf stay for ever.
CREATE TABLE log_entry (
    seq BIGINT PRIMARY KEY,
    t_us BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    member TEXT COLLATE "C",
    payload TEXT COLLATE "C",
    opening BYTEA,
    leaf BYTEA NOT NULL
);
CREATE INDEX log_entry_member ON log_entry (member) WHERE member IS NOT NULL;

-- Hashes of the log's RFC 6962 tree, by their number.
CREATE TABLE tree_hash (number BIGINT PRIMARY KEY, hash BYTEA NOT NULL);

-- The same key answers the first receipt.
CREATE TABLE idempotency_key (
    key TEXT COLLATE "C" PRIMARY KEY,
    digest BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    size BIGINT NOT NULL,
    member TEXT COLLATE "C"
);
CREATE INDEX idempotency_key_member ON idempotency_key (member) WHERE member IS NOT NULL;

-- SHA-256 of the identifiers that were erased, so that a second import does not bring them back.
CREATE TABLE suppressed (hash BYTEA PRIMARY KEY);

-- One row from an erasure's commit until its deleted bytes are cleared out of the pages.
CREATE TABLE scrub_due (one BIGINT PRIMARY KEY);

CREATE TABLE rule_book (hash TEXT COLLATE "C" PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, json TEXT COLLATE "C" NOT NULL);

-- The directory.
CREATE TABLE member (
    id TEXT COLLATE "C" PRIMARY KEY,
    handle TEXT COLLATE "C",
    name TEXT COLLATE "C" NOT NULL,
    profile_url TEXT COLLATE "C",
    registered_us BIGINT NOT NULL,
    residence TEXT COLLATE "C",
    birth_date TEXT COLLATE "C",
    account TEXT COLLATE "C" NOT NULL
);
CREATE INDEX member_handle ON member (handle) WHERE handle IS NOT NULL;

-- Every record that is known: whose it is, where it lies, how new it is.
CREATE TABLE record_index (
    record TEXT COLLATE "C" PRIMARY KEY,
    member TEXT COLLATE "C" NOT NULL,
    bucket BIGINT NOT NULL,
    edited_us BIGINT NOT NULL
);
CREATE INDEX record_index_member ON record_index (member);

-- Records that are not yet in a bucket's file.
CREATE TABLE record_inbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- a replaced row gets a higher id
    record TEXT COLLATE "C" NOT NULL UNIQUE,
    member TEXT COLLATE "C" NOT NULL,
    bucket BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    edited_us BIGINT NOT NULL,
    visibility TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    thread TEXT COLLATE "C",
    language TEXT COLLATE "C",
    license TEXT COLLATE "C",
    title TEXT COLLATE "C",
    text TEXT COLLATE "C" NOT NULL
);
CREATE INDEX record_inbox_bucket ON record_inbox (bucket, id);
CREATE INDEX record_inbox_member ON record_inbox (member);

CREATE TABLE record_deleted (record TEXT COLLATE "C" PRIMARY KEY, member TEXT COLLATE "C" NOT NULL, bucket BIGINT NOT NULL, t_valid_us BIGINT NOT NULL);
CREATE INDEX record_deleted_bucket ON record_deleted (bucket);
CREATE INDEX record_deleted_member ON record_deleted (member);

-- The live file of a bucket: its BLAKE3 hash is its name.
CREATE TABLE record_file (bucket BIGINT PRIMARY KEY, hash TEXT COLLATE "C" NOT NULL, records BIGINT NOT NULL, bytes BIGINT NOT NULL);

CREATE TABLE snapshot (
    id TEXT COLLATE "C" PRIMARY KEY,
    parent TEXT COLLATE "C",
    as_of BIGINT NOT NULL,
    sealed_seq BIGINT,
    purpose TEXT COLLATE "C" NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    rule_book TEXT COLLATE "C" NOT NULL,
    manifest TEXT COLLATE "C" NOT NULL,
    records BIGINT NOT NULL,
    members BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    shards BIGINT NOT NULL,
    slices BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    withdrawn BOOLEAN NOT NULL
);

CREATE TABLE snapshot_member (
    snapshot TEXT COLLATE "C" NOT NULL REFERENCES snapshot (id),
    member TEXT COLLATE "C" NOT NULL,
    pseudonym TEXT COLLATE "C" NOT NULL,
    shard BIGINT NOT NULL,
    slice BIGINT NOT NULL,
    records BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    PRIMARY KEY (snapshot, member)
);
CREATE INDEX snapshot_member_member ON snapshot_member (member);

-- What the gate said of each record for a snapshot: mask 0 allows.
CREATE TABLE decision (
    snapshot TEXT COLLATE "C" NOT NULL REFERENCES snapshot (id),
    record TEXT COLLATE "C" NOT NULL,
    member TEXT COLLATE "C" NOT NULL,
    mask BIGINT NOT NULL,
    PRIMARY KEY (snapshot, record)
);
CREATE INDEX decision_member ON decision (member);

CREATE TABLE release (
    id TEXT COLLATE "C" PRIMARY KEY,
    snapshot TEXT COLLATE "C" NOT NULL REFERENCES snapshot (id),
    base TEXT COLLATE "C" NOT NULL,
    recipe TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    adapters TEXT COLLATE "C",
    metrics TEXT COLLATE "C" NOT NULL
);

CREATE TABLE release_shard (
    release TEXT COLLATE "C" NOT NULL REFERENCES release (id),
    shard BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    adapter TEXT COLLATE "C",
    PRIMARY KEY (release, shard)
);

CREATE TABLE job (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    payload TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    owner TEXT COLLATE "C",
    lease_until_us BIGINT,
    not_before_us BIGINT NOT NULL,
    progress TEXT COLLATE "C",
    error TEXT COLLATE "C",
    created_us BIGINT NOT NULL,
    finished_us BIGINT
);
CREATE INDEX job_open ON job (id) WHERE state IN ('queued', 'running');

-- The identifier itself is with the browser only.
CREATE TABLE session (
    hash BYTEA PRIMARY KEY,
    member TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    created_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL
);
CREATE INDEX session_member ON session (member) WHERE member IS NOT NULL;

CREATE TABLE document (key TEXT COLLATE "C" PRIMARY KEY, json TEXT COLLATE "C" NOT NULL);

-- PostgreSQL only. Whoever writes holds this row from its first statement to its COMMIT, so the order of the commits is
-- the order of `seq`. SQLite has one writer by itself (BEGIN IMMEDIATE).
CREATE TABLE sequencer (one BIGINT PRIMARY KEY CHECK (one = 1));
INSERT INTO sequencer (one) VALUES (1);

-- ANALYZE copies frequent values of a column into the catalog, where an erasure would not reach them.
ALTER TABLE log_entry ALTER COLUMN payload SET STATISTICS 0, ALTER COLUMN opening SET STATISTICS 0;
ALTER TABLE member ALTER COLUMN handle SET STATISTICS 0, ALTER COLUMN name SET STATISTICS 0,
    ALTER COLUMN profile_url SET STATISTICS 0, ALTER COLUMN residence SET STATISTICS 0,
    ALTER COLUMN birth_date SET STATISTICS 0;
ALTER TABLE record_inbox ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN text SET STATISTICS 0;
