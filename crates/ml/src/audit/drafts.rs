//! Free drafts: texts that the weights write from nothing or from the first words of members' rows, searched for personal data that
//! their prompts did not hold. Texts are looked at and dropped; only counts are kept.

use super::limits::{AuditLimits, Limit};
use super::statistics::{Estimate, wilson};
use super::{FindPersonal, Found, Subject, personal_beyond};
use crate::error::Result;
use crate::generate::{Sampling, generate};
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// Words of a row that a draft begins with, in tokens.
const PROMPT_TOKENS: usize = 8;

/// Personal data in generated texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonalData {
    /// Texts written and searched.
    pub texts: usize,
    /// Of these, texts that began with words of a member.
    pub prompted: usize,
    /// Findings in them that their prompts did not hold.
    pub findings: usize,
    /// Texts with a finding, as a share with its interval.
    pub rate: Estimate,
    /// Whether the limit is kept.
    pub passed: bool,
}

impl PersonalData {
    pub(super) fn found(&self, limits: &AuditLimits) -> Vec<Found> {
        let high = 100.0 * self.rate.high;
        let text = format!("{} in {} drafts (at most {high:.2} % with 95 % sureness)", self.findings, self.texts);
        vec![Found::of(limits, Limit::DraftPersonal, self.findings as f64, text)]
    }
}

/// Writes drafts on all cores, the same for the same seed, and searches them.
pub(super) fn measure(
    subject: &Subject<'_>,
    drafts: usize,
    tokens: usize,
    limits: &AuditLimits,
    find: &mut FindPersonal<'_>,
) -> Result<PersonalData> {
    let mut rng = ChaCha8Rng::seed_from_u64(subject.seed);
    let openings = subject.rows().choose_multiple(&mut rng, drafts / 2);
    let prompt = |draft: usize| match openings.get(draft / 2) {
        Some((_, row)) if draft % 2 == 1 => &row.tokens[..row.tokens.len().min(PROMPT_TOKENS)],
        _ => &[],
    };
    let seeds: Vec<u64> = (0..drafts).map(|_| rng.random()).collect();
    let sampling = Sampling { max_tokens: tokens, ..Sampling::default() };
    let write = |(draft, &seed): (usize, &u64)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let written =
            generate(&subject.released, prompt(draft), &sampling, &mut rng, &mut |_| ControlFlow::Continue(()))?;
        subject.base.tokenizer().decode(&written.tokens)
    };
    let texts: Vec<String> = seeds.par_iter().enumerate().map(write).collect::<Result<_>>()?;
    let (mut findings, mut with) = (0, 0);
    for (draft, text) in texts.iter().enumerate() {
        let found = personal_beyond(find, &subject.base.tokenizer().decode(prompt(draft))?, text);
        (findings, with) = (findings + found, with + usize::from(found > 0));
    }
    let prompted = (0..drafts).filter(|&draft| !prompt(draft).is_empty()).count();
    let passed = limits.holds(Limit::DraftPersonal, findings as f64);
    Ok(PersonalData { texts: texts.len(), prompted, findings, rate: wilson(with, texts.len()), passed })
}
