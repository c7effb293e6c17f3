//! All chores.
fn main() {}
