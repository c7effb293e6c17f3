//! The crate from outside: golden logits, training and forgetting byte for byte, making a base, audit, bad input.

mod auditing;
mod bad_bases;
mod forgetting;
mod golden;
mod making_a_base;
mod reproducible;
mod stopping;
mod support;
mod token_classification;
