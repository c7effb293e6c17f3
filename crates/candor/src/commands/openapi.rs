//! `candor openapi`: the description of the API, as the server gives it at `/openapi.json`.

use anyhow::Result;

/// Prints it.
pub fn run() -> Result<()> {
    crate::output::line(&candor_web::openapi());
    Ok(())
}
