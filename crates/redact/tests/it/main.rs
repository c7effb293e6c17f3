//! Tests of the crate as a whole, from outside: properties that hold for any text, speed on texts made to be difficult, and recall on a
//! labeled set of other authors.

mod holds;
mod names;
mod presidio;
mod properties;
#[expect(dead_code, reason = "the benchmark reads more sets")]
mod sets;
