//! Runs the model over a text: tokens, lists, gate, features, shares, names. Holds scratch space only.

use std::ops::Range;

use super::decode::{Class, Lattice, Shares, class_of};
use super::features::{self, Window, Writing};
use super::gate;
use super::model::{LABELS, Model, STEP, Tables, exp};
use super::tokens::{Token, Tokens, form};
use crate::surrogate::is_made_up;

/// A block is at most a line, and at most this many tokens.
const BLOCK_LIMIT: usize = 256;
/// From here on a long line is cut where a sentence begins.
const BLOCK_LENGTH: usize = 96;
/// The most words that are labeled together.
const ISLAND_LIMIT: usize = 48;

/// A name in a block.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// What it is.
    pub class: Class,
    /// Its tokens in the block.
    pub tokens: Range<usize>,
    /// How sure the model is, from 0 to 1.
    pub share: f32,
}

/// Reads a text block by block: lines, cut at sentences when they are long.
pub(super) struct Blocks<'t> {
    text: &'t str,
    /// Whether names that surrogates have are left alone.
    spares: bool,
    tokens: Tokens<'t>,
    next: Option<Token>,
}

impl<'t> Blocks<'t> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        Self { text, spares: false, tokens: Tokens::new(text), next: None }
    }

    /// Whether names that surrogates have are left alone.
    pub fn sparing(mut self, spares: bool) -> Self {
        self.spares = spares;
        self
    }

    /// Reads the next block into `block`; whether there was one.
    pub fn read(&mut self, tables: Tables<'_>, block: &mut Vec<Token>) -> bool {
        block.clear();
        while let Some(mut token) = self.next.take().or_else(|| self.tokens.next()) {
            let long = block.len() >= BLOCK_LENGTH && token.has(form::FIRST) || block.len() >= BLOCK_LIMIT;
            if !block.is_empty() && (token.has(form::LINE) || long) {
                self.next = Some(token);
                break;
            }
            if token.is_word() {
                token.look_up(tables);
            }
            block.push(token);
        }
        if self.spares {
            self.spare(block);
        }
        !block.is_empty()
    }

    /// Closes the words of made-up names.
    fn spare(&self, block: &mut [Token]) {
        let of = |token: &Token| self.text.get(token.start..token.end).unwrap_or_default();
        for at in 1..block.len() {
            let Some([first, last]) = block.get_mut(at - 1..=at) else { continue };
            if is_made_up(of(first), of(last)) {
                first.form |= form::OPAQUE;
                last.form |= form::OPAQUE;
            }
        }
    }
}

/// The runs of open gates, none longer than an island may be.
pub(super) fn islands(gates: &[bool]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = gates.get(at..)?;
        let start = at + rest.iter().position(|gate| *gate)?;
        let length = gates.get(start..)?.iter().take(ISLAND_LIMIT).take_while(|gate| **gate).count();
        at = start + length;
        Some(start..at)
    })
}

/// The model with scratch space.
pub(super) struct Tagger<'m> {
    tables: Tables<'m>,
    /// By how much names of each class are made more likely, as factors of labels.
    bias: Shares,
    gates: Vec<bool>,
    shares: Vec<Shares>,
    lattice: Lattice,
}

impl<'m> Tagger<'m> {
    /// A tagger whose odds for persons are raised by `bias`, in natural logarithms.
    pub fn new(model: &'m Model, bias: f32) -> Self {
        let raised = exp(bias);
        let bias = [1.0, raised, raised, 1.0, 1.0, 1.0, 1.0, 0.0];
        let tables = model.tables();
        Self { tables, bias, gates: Vec::new(), shares: Vec::new(), lattice: Lattice::default() }
    }

    /// The tables of the model.
    pub fn tables(&self) -> Tables<'m> {
        self.tables
    }

    /// Hands on the names in a block.
    pub fn tag(&mut self, block: &[Token], mut found: impl FnMut(Name)) {
        gate::open(block, &mut self.gates);
        let writing = Writing::of(block);
        let gates = std::mem::take(&mut self.gates);
        for island in islands(&gates) {
            self.shares.clear();
            for index in island.clone() {
                let factors = self.factors(Window::around(block, index), writing);
                self.shares.push(factors);
            }
            self.lattice.shares(&mut self.shares, self.tables.moves);
            join(&self.shares, island.start, &mut found);
        }
        self.gates = gates;
    }

    /// The factors of one word: its score for each label, the highest as one.
    fn factors(&self, window: Window<'_>, writing: Writing) -> Shares {
        let mut sums = [0_i32; LABELS];
        features::each(window, writing, self.tables.row_bits(), |row, _| self.tables.add(row, &mut sums));
        let most = sums.iter().copied().max().unwrap_or_default();
        let mut factors = sums.map(|sum| exp((sum - most) as f32 * STEP));
        factors.iter_mut().zip(&self.bias).for_each(|(factor, bias)| *factor *= bias);
        factors
    }
}

/// Joins the words of one name.
fn join(shares: &[Shares], start: usize, found: &mut impl FnMut(Name)) {
    let mut name: Option<Name> = None;
    for (index, shares) in (start..).zip(shares) {
        let Some((class, share, begins)) = class_of(shares) else {
            name.take().into_iter().for_each(&mut *found);
            continue;
        };
        match &mut name {
            Some(last) if last.class == class && !begins => {
                last.tokens.end = index + 1;
                last.share = last.share.max(share);
            }
            Some(_) | None => {
                let next = Name { class, tokens: index..index + 1, share };
                name.replace(next).into_iter().for_each(&mut *found);
            }
        }
    }
    name.into_iter().for_each(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn islands_are_runs_of_open_gates() {
        let gates = [true, false, true, true, false];
        assert_eq!(islands(&gates).collect::<Vec<_>>(), [0..1, 2..4]);
        let long: Vec<usize> = islands(&[true; 100]).map(|island| island.len()).collect();
        assert_eq!(long, [48, 48, 4]);
    }

    #[test]
    fn blocks_end_with_lines_and_long_sentences() {
        let Some(model) = Model::shipped() else { panic!("no model") };
        let text = format!("one two\nthree {}", "word word. Then ".repeat(100));
        let (mut blocks, mut block, mut lengths) = (Blocks::new(&text), Vec::new(), Vec::new());
        while blocks.read(model.tables(), &mut block) {
            lengths.push(block.len());
        }
        assert_eq!(lengths[0], 2);
        assert!(lengths.iter().all(|length| *length <= BLOCK_LENGTH + 4) && lengths.len() > 3, "{lengths:?}");
    }
}
