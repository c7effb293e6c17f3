//! Columns in, snapshot out: import, gate, dedup, tokenise

mod html;
pub mod import;
