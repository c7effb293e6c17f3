-- Members' secrets; a row goes with its member.
CREATE TABLE member_secret (member TEXT PRIMARY KEY, secret BLOB NOT NULL);

-- Events that were refused, without what they said. `member` is the suppression hash in hex.
CREATE TABLE refused (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- SQLite's word; an id is never given twice
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    t_us BIGINT NOT NULL,
    member TEXT
);
