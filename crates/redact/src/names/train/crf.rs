//! Learns the weights: a conditional random field over the islands that the gate leaves, by gradient steps whose size each weight finds for
//! itself. One thread, one order, one seed: the same examples give the same weights on every machine.

use super::super::decode::{Lattice, Shares, can_follow};
use super::super::model::{LABELS, NEVER, STEP, exp};

/// One word of an example: the rows of weights that speak about it, and its label.
pub(super) struct Word {
    /// Numbers of rows; the highest bit says that the row knows the very word.
    pub rows: Vec<u32>,
    pub label: u8,
}

/// The highest bit of a row's number.
pub(super) const EXACT: u32 = 1 << 31;

/// How to learn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    /// The lexicon has two to this power slots.
    pub slot_bits: u8,
    /// There are two to this power rows of weights.
    pub row_bits: u8,
    pub epochs: u32,
    pub rate: f32,
    /// From this epoch on weights are averaged.
    pub averaged_from: u32,
    /// Of how many words in a hundred the exact rows are hidden.
    pub hidden: u64,
    /// How many rows in a hundred are dropped, so that no weight relies on another.
    pub dropped: u64,
    pub seed: u64,
}

/// Weights while they are learned.
pub(super) struct Learner {
    recipe: Recipe,
    rows: Vec<Shares>,
    squares: Vec<Shares>,
    moves: [Shares; LABELS],
    move_squares: [Shares; LABELS],
    /// Sums over the epochs that count.
    row_sums: Vec<Shares>,
    move_sums: [Shares; LABELS],
    dice: Dice,
}

/// A small generator of numbers.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

impl Learner {
    pub fn new(recipe: Recipe) -> Self {
        let rows = vec![[0.0; LABELS]; 1 << recipe.row_bits];
        let none = [[0.0; LABELS]; LABELS];
        Self {
            squares: rows.clone(),
            row_sums: rows.clone(),
            rows,
            moves: none,
            move_squares: none,
            move_sums: none,
            dice: Dice(recipe.seed),
            recipe,
        }
    }

    /// Learns from all examples once, in a new order; gives the share of words whose label was not the likeliest.
    pub fn epoch(&mut self, examples: &[Vec<Word>], number: u32) -> f64 {
        let mut order: Vec<usize> = (0..examples.len()).collect();
        for last in (1..order.len()).rev() {
            let other = self.dice.below(last as u64 + 1) as usize;
            order.swap(last, other);
        }
        let rate = self.recipe.rate * (1.0 - number as f32 / (self.recipe.epochs as f32 + 1.0));
        let (mut wrong, mut words) = (0_usize, 0_usize);
        let mut lattice = Lattice::default();
        for example in order.iter().filter_map(|index| examples.get(*index)) {
            wrong += self.learn(example, rate, &mut lattice);
            words += example.len();
        }
        if number >= self.recipe.averaged_from {
            add(&mut self.row_sums, &self.rows);
            add(&mut self.move_sums, &self.moves);
        }
        wrong as f64 / words.max(1) as f64
    }

    fn factor_moves(&self) -> [Shares; LABELS] {
        let factor = |from: usize, to: usize, weight: f32| if can_follow(from, to) { exp(weight) } else { 0.0 };
        let mut factors = self.moves;
        for (from, row) in factors.iter_mut().enumerate() {
            row.iter_mut().enumerate().for_each(|(to, weight)| *weight = factor(from, to, *weight));
        }
        factors
    }

    fn learn(&mut self, example: &[Word], rate: f32, lattice: &mut Lattice) -> usize {
        let seen: Vec<Vec<u32>> = example.iter().map(|word| self.seen(word)).collect();
        let factors: Vec<Shares> = seen.iter().map(|rows| self.factors(rows)).collect();
        let moves = self.factor_moves();
        let mut shares = factors.clone();
        lattice.shares(&mut shares, &moves);
        let mut wrong = 0;
        for ((rows, shares), word) in seen.iter().zip(&shares).zip(example) {
            let label = usize::from(word.label);
            let best = (0..LABELS).fold(0, |best, label| if shares[label] > shares[best] { label } else { best });
            wrong += usize::from(best != label);
            let mut gradient = shares.map(|share| -share);
            gradient[label] += 1.0;
            for row in rows {
                self.step(*row as usize, &gradient, rate);
            }
        }
        self.step_moves(example, &factors, &moves, lattice, rate);
        wrong
    }

    /// The rows of a word that are used this time.
    fn seen(&mut self, word: &Word) -> Vec<u32> {
        let hidden = self.dice.below(100) < self.recipe.hidden;
        let rows = word.rows.iter().filter(|row| !hidden || **row & EXACT == 0);
        rows.filter(|_| self.dice.below(100) >= self.recipe.dropped).map(|row| row & !EXACT).collect()
    }

    fn factors(&self, rows: &[u32]) -> Shares {
        let mut sums = [0.0_f32; LABELS];
        for row in rows {
            sums.iter_mut().zip(&self.rows[*row as usize]).for_each(|(sum, weight)| *sum += weight);
        }
        let most = sums.iter().copied().fold(f32::MIN, f32::max);
        let mut factors = sums.map(|sum| exp(sum - most));
        factors[LABELS - 1] = 0.0;
        factors
    }

    fn step(&mut self, row: usize, gradient: &Shares, rate: f32) {
        let (weights, squares) = (&mut self.rows[row], &mut self.squares[row]);
        for ((weight, square), gradient) in weights.iter_mut().zip(squares).zip(gradient) {
            if gradient.abs() < 1e-4 {
                continue;
            }
            *square += gradient * gradient;
            let rate = rate / (square.sqrt() + 0.1);
            *weight += rate * gradient;
        }
    }

    /// The gradient of the moves: what the example has, less what the model expects.
    fn step_moves(
        &mut self,
        example: &[Word],
        factors: &[Shares],
        moves: &[Shares; LABELS],
        lattice: &Lattice,
        rate: f32,
    ) {
        let expected = lattice.pairs(factors, moves);
        let mut gradient = expected.map(|row| row.map(|share| -share));
        let mut last = 0;
        for word in example {
            gradient[last][usize::from(word.label)] += 1.0;
            last = usize::from(word.label);
        }
        gradient[last][0] += 1.0;
        for (from, gradient) in gradient.iter().enumerate() {
            for (to, gradient) in gradient.iter().enumerate().filter(|(to, _)| can_follow(from, *to)) {
                let square = &mut self.move_squares[from][to];
                *square += gradient * gradient;
                self.moves[from][to] += rate / (square.sqrt() + 0.1) * gradient;
            }
        }
    }

    /// The averaged weights in steps, as the model file has them. All rows speak at once there, without those that were dropped while
    /// learning: it makes the model surer than it ought to be, but weights made smaller by that share find less.
    pub fn rounded(&self) -> (Vec<[u8; LABELS]>, [[i16; LABELS]; LABELS]) {
        let epochs = self.recipe.epochs.saturating_sub(self.recipe.averaged_from).max(1) as f32;
        let step = |sum: &f32| (sum / epochs / STEP).round().clamp(-127.0, 127.0) as i8 as u8;
        let rows = self.row_sums.iter().map(|row| row.each_ref().map(step)).collect();
        let mut moves = [[NEVER; LABELS]; LABELS];
        for (from, row) in moves.iter_mut().enumerate() {
            for (to, weight) in row.iter_mut().enumerate().filter(|(to, _)| can_follow(from, *to)) {
                *weight = (self.move_sums[from][to] / epochs / STEP).round().clamp(-2_000.0, 2_000.0) as i16;
            }
        }
        (rows, moves)
    }
}

fn add(sums: &mut [Shares], weights: &[Shares]) {
    sums.iter_mut().flatten().zip(weights.iter().flatten()).for_each(|(sum, weight)| *sum += weight);
}
