//! The accountant by privacy loss distributions. The curve of one step's delta over epsilon is known exactly; between the points of a
//! grid it is replaced by chords in `e^epsilon`, which lie above it, since it is convex ("Connect the Dots", Doroshenko et al. 2022,
//! arXiv 2207.04380). What belongs to these chords is a distribution on the grid; steps are put together by the Fourier transform (Koskela et al.
//! 2020, arXiv 1906.03049). Every truncation goes to the side of more loss, so the epsilon shown is never below the true one but
//! for the rounding of the transform, some 1e-12 in delta.

use super::Sampled;
use crate::error::{MlError, Result};
use rustfft::{FftPlanner, num_complex::Complex};

/// Distance of the grid's points in epsilon.
const STEP: f64 = 1e-4;
/// What may lie beyond the ends of a grid; it is added to the loss without bound.
const TAIL: f64 = 1e-15;
/// Points of a grid that are computed with at most: 16 bytes each, twice.
const POINTS_MOST: usize = 1 << 25;

/// The smallest epsilon at `delta` under both adjacencies: a member more, and a member less.
///
/// # Errors
/// [`MlError::Recipe`] where the losses are so large that no grid holds them.
pub(super) fn epsilon(of: &Sampled, delta: f64) -> Result<f64> {
    if of.rate == 0.0 || of.steps == 0 {
        return Ok(0.0);
    }
    if of.noise == 0.0 {
        return Ok(f64::INFINITY);
    }
    let mut worst = 0.0_f64;
    for side in [Side::Removed, Side::Added] {
        let loss = Loss::of_step(of, side)?.composed(of.steps)?;
        worst = worst.max(loss.epsilon(delta));
    }
    Ok(worst)
}

fn too_large() -> MlError {
    MlError::Recipe("its noise is too small for any promise of privacy; raise `noise`, or take fewer steps".into())
}

/// Which of the two neighbors has the member.
#[derive(Clone, Copy)]
enum Side {
    Removed,
    Added,
}

/// Delta of one step at `epsilon`, exactly.
fn delta(of: &Sampled, side: Side, epsilon: f64) -> f64 {
    let (q, noise, t) = (of.rate, of.noise, epsilon.exp());
    let above = |x: f64, mean: f64| 0.5 * libm::erfc((x - mean) / (noise * std::f64::consts::SQRT_2));
    // Where the ratio of densities is e^epsilon (or e^-epsilon): the optimal test's threshold.
    let threshold = |ratio: f64| {
        let rest = (ratio - (1.0 - q)) / q;
        (rest > 0.0).then(|| noise * noise * rest.ln() + 0.5)
    };
    match side {
        Side::Removed => match threshold(t) {
            Some(x) => ((1.0 - q - t) * above(x, 0.0) + q * above(x, 1.0)).max(0.0),
            None => 1.0 - t,
        },
        Side::Added => match threshold(1.0 / t) {
            Some(x) => {
                let below = |mean: f64| above(-x, -mean);
                (below(0.0) - t * ((1.0 - q) * below(0.0) + q * below(1.0))).max(0.0)
            }
            None => 0.0,
        },
    }
}

/// A distribution of losses: the mass at each point of a grid, and what is beyond.
struct Loss {
    /// The first point, in steps of the grid.
    from: i64,
    mass: Vec<f64>,
    unbounded: f64,
}

impl Loss {
    fn of_step(of: &Sampled, side: Side) -> Result<Self> {
        let (from, to) = ends(of, side)?;
        let points: Vec<f64> = (from..=to).map(|i| i as f64 * STEP).collect();
        let deltas: Vec<f64> = points.iter().map(|&e| delta(of, side, e)).collect();
        // Mass of the other distribution from point j on is the slope of the chord before j.
        let mut slopes = vec![(1.0 - deltas[0]) * (-points[0]).exp()];
        for (pair, e) in deltas.windows(2).zip(&points) {
            slopes.push((pair[0] - pair[1]).max(0.0) * (-e).exp() / STEP.exp_m1());
        }
        slopes.push(0.0);
        let mass = slopes.windows(2).zip(&points).map(|(pair, e)| (pair[0] - pair[1]).max(0.0) * e.exp()).collect();
        Ok(Self { from, mass, unbounded: deltas[deltas.len() - 1] })
    }

    /// The losses of `steps` such steps together.
    fn composed(self, steps: u64) -> Result<Self> {
        if steps == 1 {
            return Ok(self);
        }
        let n = steps as f64;
        let (low, high) = self.window(n);
        let length = usize::try_from(high - low + 1).ok().map(usize::next_power_of_two);
        let length = length
            .filter(|&length| length <= POINTS_MOST)
            .ok_or_else(too_large)?
            .max(self.mass.len().next_power_of_two());
        let mut wave = vec![Complex::new(0.0, 0.0); length];
        for (i, mass) in self.mass.iter().enumerate() {
            wave[i].re += mass;
        }
        let mut planner = FftPlanner::new();
        planner.plan_fft_forward(length).process(&mut wave);
        for value in &mut wave {
            *value = value.powf(n);
        }
        planner.plan_fft_inverse(length).process(&mut wave);
        // Point k of the result is the loss `k + n * from` in steps; the window says which turn of the circle is meant.
        let first = self.from * steps as i64;
        let at = |loss: i64| (loss - first).rem_euclid(length as i64) as usize;
        let mass = (low..=high).map(|loss| (wave[at(loss)].re / length as f64).max(0.0)).collect();
        let unbounded = -f64::exp_m1(n * f64::ln_1p(-self.unbounded)) + 2.0 * TAIL;
        Ok(Self { from: low, mass, unbounded })
    }

    /// A window that holds the sum of `n` losses but for [`TAIL`] on either side, by Chernoff's bound.
    fn window(&self, n: f64) -> (i64, i64) {
        let loss = |i: usize| (self.from + i as i64) as f64 * STEP;
        let log_moment = |s: f64| {
            let high = self.mass.iter().enumerate().map(|(i, _)| s * loss(i)).fold(f64::NEG_INFINITY, f64::max);
            high + self.mass.iter().enumerate().map(|(i, m)| m * (s * loss(i) - high).exp()).sum::<f64>().ln()
        };
        let bound = |s: f64| (n * log_moment(s) - TAIL.ln()) / s.abs();
        let orders = || (-8..14).map(|power| f64::powi(2.0, power));
        let high = orders().map(bound).fold(n * loss(self.mass.len() - 1), f64::min);
        let low = orders().map(|s| -bound(-s)).fold(n * loss(0), f64::max);
        ((low / STEP).floor() as i64, (high / STEP).ceil() as i64)
    }

    /// The smallest epsilon at which no more than `delta` of the loss is beyond.
    fn epsilon(&self, delta: f64) -> f64 {
        let (mut mass, mut other) = (self.unbounded, 0.0);
        if mass > delta {
            return f64::INFINITY;
        }
        for (i, point) in self.mass.iter().enumerate().rev() {
            let loss = (self.from + i as i64) as f64 * STEP;
            // Between this point and the next above, delta falls on a line in e^epsilon.
            if other > 0.0 && mass > delta && ((mass - delta) / other).ln() >= loss {
                return ((mass - delta) / other).ln().max(0.0);
            }
            if loss < 0.0 {
                break;
            }
            mass += point;
            other += point * (-loss).exp();
        }
        if mass > delta { ((mass - delta) / other).ln().max(0.0) } else { 0.0 }
    }
}

/// The points of the grid beyond which one step has no more than [`TAIL`].
fn ends(of: &Sampled, side: Side) -> Result<(i64, i64)> {
    let most = (POINTS_MOST as f64 * STEP) / 2.0;
    // Above: delta falls to the tail. Below: delta is 1 - e^epsilon to within the tail.
    let high = search(most, |e| delta(of, side, e) <= TAIL).ok_or_else(too_large)?;
    let low = search(most, |e| delta(of, side, -e) + f64::exp_m1(-e) <= TAIL).ok_or_else(too_large)?;
    Ok((-(low / STEP).ceil() as i64, (high / STEP).ceil() as i64))
}

/// The smallest value up to `most`, to a step of the grid, from which on something holds.
fn search(most: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    let (mut low, mut high) = (0.0, most);
    if !holds(high) {
        return None;
    }
    while high - low > STEP {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
