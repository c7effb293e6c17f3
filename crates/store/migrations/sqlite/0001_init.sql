-- What Candor keeps in SQL. Times are microseconds since 1970-01-01T00:00:00Z; JSON stands as TEXT.
-- The text is the dialect that SQLite and PostgreSQL share, except where a comment says so.

-- The log. `payload`, `opening` and `member` are emptied when the member is erased; seq, t, kind and leaf stay for ever.
CREATE TABLE log_entry (
    seq INTEGER PRIMARY KEY,
    t_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    member TEXT,
    payload TEXT,
    opening BLOB,
    leaf BLOB NOT NULL
);
CREATE INDEX log_entry_member ON log_entry (member) WHERE member IS NOT NULL;

-- Hashes of the log's RFC 6962 tree, by their number.
CREATE TABLE tree_hash (number INTEGER PRIMARY KEY, hash BLOB NOT NULL);

-- The same key answers the first receipt.
CREATE TABLE idempotency_key (
    key TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    seq BIGINT NOT NULL,
    size BIGINT NOT NULL,
    member TEXT
);
CREATE INDEX idempotency_key_member ON idempotency_key (member) WHERE member IS NOT NULL;

-- SHA-256 of the identifiers that were erased, so that a second import does not bring them back.
CREATE TABLE suppressed (hash BLOB PRIMARY KEY);

-- One row from an erasure's commit until its deleted bytes are cleared out of the pages.
CREATE TABLE scrub_due (one INTEGER PRIMARY KEY);

CREATE TABLE rule_book (hash TEXT PRIMARY KEY, name TEXT NOT NULL, json TEXT NOT NULL);

-- The directory.
CREATE TABLE member (
    id TEXT PRIMARY KEY,
    handle TEXT,
    name TEXT NOT NULL,
    profile_url TEXT,
    registered_us BIGINT NOT NULL,
    residence TEXT,
    birth_date TEXT,
    account TEXT NOT NULL
);
CREATE INDEX member_handle ON member (handle) WHERE handle IS NOT NULL;

-- Every record that is known: whose it is, where it lies, how new it is.
CREATE TABLE record_index (
    record TEXT PRIMARY KEY,
    member TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    edited_us BIGINT NOT NULL
);
CREATE INDEX record_index_member ON record_index (member);

-- Records that are not yet in a bucket's file.
CREATE TABLE record_inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- SQLite's word; a replaced row gets a higher id
    record TEXT NOT NULL UNIQUE,
    member TEXT NOT NULL,
    bucket INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    edited_us BIGINT NOT NULL,
    visibility TEXT NOT NULL,
    source TEXT NOT NULL,
    thread TEXT,
    language TEXT,
    license TEXT,
    title TEXT,
    text TEXT NOT NULL
);
CREATE INDEX record_inbox_bucket ON record_inbox (bucket, id);
CREATE INDEX record_inbox_member ON record_inbox (member);

CREATE TABLE record_deleted (record TEXT PRIMARY KEY, member TEXT NOT NULL, bucket INTEGER NOT NULL, t_valid_us BIGINT NOT NULL);
CREATE INDEX record_deleted_bucket ON record_deleted (bucket);
CREATE INDEX record_deleted_member ON record_deleted (member);

-- The live file of a bucket: its BLAKE3 hash is its name.
CREATE TABLE record_file (bucket INTEGER PRIMARY KEY, hash TEXT NOT NULL, records BIGINT NOT NULL, bytes BIGINT NOT NULL);

CREATE TABLE snapshot (
    id TEXT PRIMARY KEY,
    parent TEXT,
    as_of BIGINT NOT NULL,
    sealed_seq BIGINT,
    purpose TEXT NOT NULL,
    recipient TEXT NOT NULL,
    rule_book TEXT NOT NULL,
    manifest TEXT NOT NULL,
    records BIGINT NOT NULL,
    members BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    shards INTEGER NOT NULL,
    slices INTEGER NOT NULL,
    created_us BIGINT NOT NULL,
    withdrawn BOOLEAN NOT NULL
);

CREATE TABLE snapshot_member (
    snapshot TEXT NOT NULL REFERENCES snapshot (id),
    member TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    shard INTEGER NOT NULL,
    slice INTEGER NOT NULL,
    records BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    PRIMARY KEY (snapshot, member)
);
CREATE INDEX snapshot_member_member ON snapshot_member (member);

-- What the gate said of each record for a snapshot: mask 0 allows.
CREATE TABLE decision (
    snapshot TEXT NOT NULL REFERENCES snapshot (id),
    record TEXT NOT NULL,
    member TEXT NOT NULL,
    mask BIGINT NOT NULL,
    PRIMARY KEY (snapshot, record)
);
CREATE INDEX decision_member ON decision (member);

CREATE TABLE release (
    id TEXT PRIMARY KEY,
    snapshot TEXT NOT NULL REFERENCES snapshot (id),
    base TEXT NOT NULL,
    recipe TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    adapters TEXT,
    metrics TEXT NOT NULL
);

CREATE TABLE release_shard (
    release TEXT NOT NULL REFERENCES release (id),
    shard INTEGER NOT NULL,
    state TEXT NOT NULL,
    adapter TEXT,
    PRIMARY KEY (release, shard)
);

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    owner TEXT,
    lease_until_us BIGINT,
    not_before_us BIGINT NOT NULL,
    progress TEXT,
    error TEXT,
    created_us BIGINT NOT NULL,
    finished_us BIGINT
);
CREATE INDEX job_open ON job (id) WHERE state IN ('queued', 'running');

-- The identifier itself is with the browser only.
CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    member TEXT,
    role TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL
);
CREATE INDEX session_member ON session (member) WHERE member IS NOT NULL;

CREATE TABLE document (key TEXT PRIMARY KEY, json TEXT NOT NULL);
