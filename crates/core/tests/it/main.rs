//! The integration tests of the rules.

mod histories;
mod properties;
mod regret;
mod scenarios;
