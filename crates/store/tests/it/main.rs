//! The store on real folders and real databases: the conformance suite on both, and what a kill leaves behind.

mod changes;
mod crash;
mod custody;
mod disk;
mod durability;
mod held;
mod history;
mod model;
mod races;
mod random;
mod restart;
mod schema;
mod speed;

pub(crate) use candor_store::testing::{at, book, choice, files, id, member, record, registered, verify, verify_log};

/// A store on a folder with SQLite.
pub(crate) async fn open(dir: &std::path::Path) -> candor_store::Store {
    candor_store::Store::open(dir, candor_store::testing::book()).await.unwrap()
}

mod sqlite {
    candor_store::conformance!(sqlite);
}

mod postgres {
    candor_store::conformance!(postgres);
}
