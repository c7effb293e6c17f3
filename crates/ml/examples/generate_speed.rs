//! Speed of drafts on one core: `generate_speed [BASE]`, by default the base in `models/`. Prints tokens per second of reading a
//! prompt and of writing, and a sample.

#![expect(clippy::disallowed_methods, reason = "an example is a command, and measures")]

use candor_ml::base::Base;
use candor_ml::generate::{Sampling, generate};
use candor_ml::merge::Served;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> anyhow::Result<()> {
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/candor-base-2m"));
    let base = Base::load(&std::env::args_os().nth(1).map_or(shipped, PathBuf::from))?;
    let start = Instant::now();
    let served = Served::new(&base, &[], None)?;
    println!("weights placed in {:.1} ms", start.elapsed().as_secs_f64() * 1e3);

    let prompt = base.tokenizer().encode("I am glad to say that after many years")?;
    let long: Vec<u32> = prompt.iter().copied().cycle().take(200).collect();
    let start = Instant::now();
    served.decoder().read(&mut served.decoder().cache(256), &long)?;
    println!("reads {:.0} tokens/s", long.len() as f64 / start.elapsed().as_secs_f64());

    let mut best = 0f64;
    for seed in 0..5 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut text = String::new();
        let start = Instant::now();
        let sampling = Sampling { max_tokens: 200, ..Sampling::default() };
        let written = generate(&served, &prompt, &sampling, &mut rng, &mut |piece| {
            text.push_str(piece);
            ControlFlow::Continue(())
        })?;
        best = best.max(written.tokens.len() as f64 / start.elapsed().as_secs_f64());
        println!("{seed}: {} tokens, {:?}: …{}", written.tokens.len(), written.finish, text.replace('\n', " "));
    }
    println!("writes {best:.0} tokens/s (best of 5)");
    Ok(())
}
