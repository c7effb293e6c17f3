-- Only an erasure asks for a member's entries and keys, and it rewrites the whole database anyway. An index by member wrote
-- another page for every choice, in no order.
DROP INDEX log_entry_member;
DROP INDEX idempotency_key_seq;
