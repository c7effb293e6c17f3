//! The only place where stages and the store meet. Each job has one form: read from the store → call one stage → one
//! transaction that writes the result, the log entry and the next job. Each is idempotent: run twice, it does once.

pub mod build_snapshot;
pub mod certify_forgetting;
pub mod choose;
pub mod collected;
pub mod derive_snapshot;
pub mod erase_member;
pub mod forget_member;
pub mod import_records;
pub mod leave_serving;
pub mod leaving;
pub mod meet_obligations;
pub mod populate_demo;
pub mod train_release;
pub mod verify_forgetting;
