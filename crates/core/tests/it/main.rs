//! The integration tests of the rules.

mod cases;
mod histories;
mod properties;
mod regret;
mod scenarios;
