-- Members' secrets; a row goes with its member.
CREATE TABLE member_secret (member TEXT COLLATE "C" PRIMARY KEY, secret BYTEA NOT NULL);

-- Events that were refused, without what they said. `member` is the suppression hash in hex.
CREATE TABLE refused (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    t_us BIGINT NOT NULL,
    member TEXT COLLATE "C"
);
