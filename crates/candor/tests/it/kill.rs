//! kill -9 at random moments of the demo: the next run goes on, and nothing that was acknowledged is lost.

use crate::support::{DEMO, Data};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

/// Folders, and kills in each.
const FOLDERS: u64 = 10;
const KILLS: u64 = 5;

/// Waits until a condition holds; the child must live until then.
pub fn wait_until(child: &mut Child, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(child.try_wait().unwrap().is_none(), "the child ended before its time");
        assert!(Instant::now() < deadline, "waited for a minute");
        std::thread::yield_now();
    }
}

/// Runs the demo and kills it after a while; tells whether it was still at work.
fn kill_after(data: &Data, wait: Duration) -> bool {
    let mut child = data.command(&DEMO).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + wait;
    while Instant::now() < deadline {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

#[test]
fn fifty_kills_lose_nothing() {
    let whole = Data::new();
    let started = Instant::now();
    let expected = whole.demo();
    let length = started.elapsed();
    let mut rng = ChaCha8Rng::seed_from_u64(50);
    let mut at_work = 0;
    for folder in 0..FOLDERS {
        let data = Data::new();
        let mut acknowledged = Vec::new();
        for kill in 0..KILLS {
            let wait = length.mul_f64(rng.random_range(0.0..1.0) / (kill + 1) as f64);
            at_work += u64::from(kill_after(&data, wait));
            // A choice that is acknowledged between two kills must be there at the end.
            let member = format!("m{}", folder * KILLS + kill);
            let set = data.run(&["member", "set", &member, "off", "--purpose", "generative_features", "--json"]);
            if set.status.success() {
                acknowledged.push(member);
            }
        }
        let report = data.demo();
        for key in ["members", "records_collected", "admitted", "left_out", "redacted", "planted", "rows", "shards"] {
            assert_eq!(report[key], expected[key], "`{key}` after {KILLS} kills in folder {folder}");
        }
        for member in acknowledged {
            let seq = data.run(&["member", "show", &member, "--json"]);
            assert!(seq.status.success());
        }
        assert!(data.lines(&["doctor"]).iter().all(|line| !line.contains("\"fail\"")));
    }
    println!("{at_work} of {} kills met a demo at work", FOLDERS * KILLS);
    assert!(at_work > FOLDERS, "the kills came too late to say anything");
}
