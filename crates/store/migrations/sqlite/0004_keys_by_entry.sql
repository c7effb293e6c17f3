-- The keys of a member are found by their entries. An index by member would write another page for every choice, in no
-- order; this one grows at its end.
DROP INDEX idempotency_key_member;
CREATE INDEX idempotency_key_seq ON idempotency_key (seq);
