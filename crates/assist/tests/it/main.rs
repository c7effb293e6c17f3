//! The assistant as its callers see it, over a provider that says what the test wrote.

mod draft;
mod remote;
