//! Trains the name model and writes it with its card into this crate's `data`. Started by `cargo xtask train-names`, which says where the
//! sets lie; it reads and writes nothing else.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use candor_redact::names::train::train;

fn main() -> ExitCode {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let Some(data) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("error: give the folder with the sets");
        return ExitCode::FAILURE;
    };
    let trained = match train(&data, &own.join("names"), &mut |step| eprintln!("{step}")) {
        Ok(trained) => trained,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    for (name, bytes) in [("names.model", trained.model.as_slice()), ("names.md", trained.card.as_bytes())] {
        if let Err(error) = std::fs::write(own.join(name), bytes) {
            eprintln!("error: cannot write `{name}` ({error})");
            return ExitCode::FAILURE;
        }
    }
    print!("{}", trained.card);
    ExitCode::SUCCESS
}
