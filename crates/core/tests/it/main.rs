//! The integration tests of the rules.

mod properties;
mod scenarios;
