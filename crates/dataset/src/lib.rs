//! Columns in, snapshot out: import, gate, dedup, tokenise
