//! The integration tests of the rules.

mod scenarios;
