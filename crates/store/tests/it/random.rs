//! Random orders of batches and merges, on both databases.

use candor_store::testing::{Bed, records::any_order_of_batches_and_merges_keeps_the_latest};
use proptest::prelude::*;

fn steps() -> impl Strategy<Value = Vec<Vec<(u8, i64)>>> {
    prop::collection::vec(prop::collection::vec((0_u8..12, 0_i64..6), 0..8), 1..6)
}

fn run(bed: impl Future<Output = Option<Bed>>, steps: &[Vec<(u8, i64)>], merges: u8) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(bed) = bed.await else { return };
        any_order_of_batches_and_merges_keeps_the_latest(&bed, steps, merges).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn on_sqlite(steps in steps(), merges: u8) {
        run(Bed::sqlite(), &steps, merges);
    }

    #[test]
    fn on_postgres(steps in steps(), merges: u8) {
        run(Bed::postgres(), &steps, merges);
    }
}
