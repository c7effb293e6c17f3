//! The gate beside Cedar and regorus on the same five rules, in one run: `cargo xtask bench gate`.
//!
//! It measures the engine's own files (`crates/dataset/src/gate`), compiled here without what the stage needs for Arrow.
//! Prints Markdown. Times are CPU time of one thread, medians; the change of a rule is wall time, because it uses every core.

mod gate;
#[cfg(feature = "peers")]
mod peers;
mod platform;

use anyhow::{Result, ensure};
use candor_core::Logged;
use cpu_time::{ProcessTime, ThreadTime};
use gate::{columns::Columns, engine::Engine, word::Code};
use platform::{Draw, Facts, choice, frame, member, record};
use std::{hint::black_box, time::Instant};

const ROUNDS: usize = 7;
#[cfg(feature = "peers")]
const SAMPLE: usize = 20_000;

fn main() -> Result<()> {
    let members = std::env::args().nth(1).map_or(Ok(5_000_000), |text| text.parse())?;
    let per_s = whole(members)?;
    println!("| every decision beside the others | decisions/s a core | ours is |\n|---|---:|---:|");
    println!("| the gate | {:.1} M | |", per_s / 1e6);
    #[cfg(feature = "peers")]
    beside(per_s)?;
    Ok(())
}

/// The middle of some measurements, in seconds.
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// The CPU time of one thread, in the middle of some rounds.
fn cpu_s(rounds: usize, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = ThreadTime::now();
        work();
        start.elapsed().as_secs_f64()
    };
    median((0..rounds).map(once).collect())
}

/// A platform of many members with ten records each; tells the decisions a second.
fn whole(members: usize) -> Result<f64> {
    let mut draw = Draw(88_172_645_463_325_252);
    let mut engine = Engine::empty(frame(None, 18, 0)?);
    let all: Vec<Facts> = (0..members).map(|_| Facts::draw(&mut draw, true)).collect();
    let start = Instant::now();
    for (n, facts) in all.iter().enumerate() {
        let member = member(n);
        engine.set(&member, facts.events(&member).iter());
    }
    let made = start.elapsed().as_secs_f64();
    let mut columns = Columns::default();
    for n in 0..members {
        let mut facts = record(member(n), &mut draw);
        for _ in 0..10 {
            columns.push(&mut engine, &facts);
            let next = record(facts.member, &mut draw);
            // One record in a hundred was edited after it was written.
            let edited =
                if draw.next() % 100 == 0 { jiff::Timestamp::from_second(1_715_000_000)? } else { next.edited };
            facts = candor_core::RecordFacts { edited: edited.max(next.created), ..next };
        }
    }
    let mut codes = Vec::new();
    engine.decide_all(&mut columns, &mut codes);
    let records = columns.len() as f64;
    let decide = cpu_s(ROUNDS, || {
        engine.decide_all(&mut columns, &mut codes);
        black_box(&codes);
    });
    let allowed = codes.iter().filter(|code| code.allows()).count();
    let (known, classes) = engine.len();
    println!("{known} members in {classes} classes, {records} records, {allowed} allowed; made in {made:.1} s.\n");
    println!("| | measured | limit |\n|---|---:|---:|");
    println!("| full decisions, clustered, one core | {:.0} M/s | 500 M/s |", records / decide / 1e6);
    println!("| all records decided again | {:.3} s | 0.1 s for 50 M |", decide);
    println!("| bytes a member, without the name | {:.1} | |", engine.bytes() as f64 / known as f64);
    println!("| bytes a record | {:.1} | |", columns.bytes() as f64 / records);
    rule_change(&mut engine, &mut columns, &mut codes)?;
    moved_instants(&mut engine, &mut columns, &mut codes)?;
    one_member(&mut engine, &all)?;
    println!();
    Ok(records / decide)
}

/// A country is paused tonight, and opened again.
fn rule_change(engine: &mut Engine, columns: &mut Columns, codes: &mut Vec<Code>) -> Result<()> {
    let (mut wall, mut cpu, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..2 * ROUNDS {
        let paused = (round % 2 == 0).then_some("US");
        let (start, used) = (Instant::now(), ProcessTime::now());
        let folded = engine.take(frame(paused, 18, 0)?);
        wall.push(start.elapsed().as_secs_f64());
        cpu.push(used.elapsed().as_secs_f64());
        ensure!(!folded, "the members' instants changed");
        first.push(cpu_s(1, || engine.decide_all(columns, codes)));
    }
    println!("| a country paused, visible for every member (wall) | {:.1} ms | 50 ms |", median(wall) * 1e3);
    println!("| the same, CPU time of all cores | {:.1} ms | |", median(cpu) * 1e3);
    println!("| all records decided for the first time after it | {:.3} s | |", median(first));
    Ok(())
}

/// The age rises and the window opens, and back: the instants of all members are others.
fn moved_instants(engine: &mut Engine, columns: &mut Columns, codes: &mut Vec<Code>) -> Result<()> {
    let (mut taken, mut asked, mut first) = (Vec::new(), Vec::new(), Vec::new());
    for (min_age, window_days) in [(21, 0), (21, 7), (18, 0)] {
        let start = Instant::now();
        ensure!(!engine.take(frame(None, min_age, window_days)?), "the question changed");
        taken.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        black_box(engine.decision(columns, columns.len() as u32 / 2));
        asked.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        engine.decide_all(columns, codes);
        first.push(start.elapsed().as_secs_f64());
    }
    println!(
        "| an age or a window changed, in force for every member who is asked about (wall) | {:.1} ms | 50 ms |",
        median(taken) * 1e3
    );
    println!("| the first such member | {:.2} ms | |", median(asked) * 1e3);
    println!(
        "| all members compiled and all records decided for the first time after it (wall) | {:.2} s | |",
        median(first)
    );
    Ok(())
}

/// One member turns it off or on.
fn one_member(engine: &mut Engine, all: &[Facts]) -> Result<()> {
    let mut draw = Draw(42);
    let mut times = Vec::new();
    for round in 0..20_000_usize {
        let n = (draw.next() % all.len() as u64) as usize;
        let member = member(n);
        let mut events = all[n].events(&member);
        let event = choice(&member, round % 2 == 0, None);
        let t = jiff::Timestamp::from_microsecond(1_719_000_000_000_000 + (draw.next() % 1_000_000_000) as i64)?;
        events.push(Logged { seq: candor_core::Seq(2), t, t_valid: None, event });
        let start = ThreadTime::now();
        engine.set(&member, events.iter());
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(times.len() as f64 * share) as usize] * 1e6;
    println!("| one member's event, median | {:.1} µs | 10 µs |", at(0.5));
    println!("| one member's event, 99th of 100 | {:.1} µs | |", at(0.99));
    Ok(())
}

/// The same sample asked of all, and what each needs for it.
#[cfg(feature = "peers")]
fn beside(ours_per_s: f64) -> Result<()> {
    let mut draw = Draw(2024);
    let mut engine = Engine::empty(frame(None, 18, 0)?);
    let mut columns = Columns::default();
    let mut sample = Vec::new();
    for n in 0..SAMPLE {
        let facts = Facts::draw(&mut draw, false);
        let name = member(n);
        engine.set(&name, facts.events(&name).iter());
        let written = record(name, &mut draw);
        columns.push(&mut engine, &written);
        sample.push((facts, written.created.as_microsecond()));
    }
    let mut codes = Vec::new();
    engine.decide_all(&mut columns, &mut codes);
    let ours: Vec<bool> = codes.iter().map(|code| code.allows()).collect();
    let limits = [("Cedar", 3_000.0, peers::cedar(&sample)?), ("regorus' VM", 700.0, peers::regorus(&sample)?)];
    for (name, limit, (seconds, answers)) in limits {
        ensure!(answers == ours, "{name} answers otherwise");
        let per_s = SAMPLE as f64 / seconds;
        println!("| {name} | {:.3} M | {:.0} times as fast (limit {limit}) |", per_s / 1e6, ours_per_s / per_s);
    }
    let allowed = ours.iter().filter(|allowed| **allowed).count();
    println!("\nAll three give the same answer for each of {SAMPLE} records; {allowed} are allowed.");
    Ok(())
}
