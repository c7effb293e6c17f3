-- What was answered to a whole commit under a key; none for the key of one event.
ALTER TABLE idempotency_key ADD COLUMN answer TEXT COLLATE "C";
