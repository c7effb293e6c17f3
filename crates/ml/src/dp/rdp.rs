//! The accountant by Rényi divergence: Mironov, Talwar and Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism"
//! (arXiv 1908.10530), with the conversion of Canonne, Kamath and Steinke (arXiv 2004.00010, proposition 12). Quick, and a little
//! above what `pld.rs` shows; it stands beside it as a check by other mathematics.

use super::Sampled;

/// Terms of a series after which nothing is added any more, as a power of e.
const NEGLIGIBLE: f64 = -30.0;

/// The orders at which the divergence is bounded.
fn orders() -> impl Iterator<Item = f64> {
    let fine = (1..100).map(|n| 1.0 + f64::from(n) / 10.0);
    fine.chain((11..64).map(f64::from)).chain([128.0, 256.0, 512.0, 1024.0])
}

/// The smallest epsilon at `delta` over all orders; infinite without noise.
pub(super) fn epsilon(of: &Sampled, delta: f64) -> f64 {
    orders().map(|order| convert(order, of.steps as f64 * divergence(of, order), delta)).fold(f64::INFINITY, f64::min)
}

fn convert(order: f64, divergence: f64, delta: f64) -> f64 {
    // Where even the divergence of Kullback and Leibler keeps the distance below delta, epsilon is 0.
    if delta * delta + f64::exp_m1(-divergence) > 0.0 {
        return 0.0;
    }
    (divergence + f64::ln_1p(-1.0 / order) - (delta * order).ln() / (order - 1.0)).max(0.0)
}

/// Divergence of one step at an order above 1.
fn divergence(of: &Sampled, order: f64) -> f64 {
    let (q, noise) = (of.rate, of.noise);
    if q == 0.0 {
        return 0.0;
    }
    if noise == 0.0 {
        return f64::INFINITY;
    }
    if q == 1.0 {
        return order / (2.0 * noise * noise);
    }
    let log_moment = if order.fract() == 0.0 { whole(q, noise, order) } else { between(q, noise, order) };
    log_moment / (order - 1.0)
}

/// The moment at a whole order: a finite sum (section 3.3 of the paper).
fn whole(q: f64, noise: f64, order: f64) -> f64 {
    let mut log_binomial = 0.0;
    let mut sum = f64::NEG_INFINITY;
    for i in 0..=order as u32 {
        let i = f64::from(i);
        if i > 0.0 {
            log_binomial += ((order - i + 1.0) / i).ln();
        }
        let term = log_binomial + i * q.ln() + (order - i) * f64::ln_1p(-q) + (i * i - i) / (2.0 * noise * noise);
        sum = log_add(sum, term);
    }
    sum
}

/// The moment at an order between two whole ones: two series with terms of either sign.
fn between(q: f64, noise: f64, order: f64) -> f64 {
    let split = noise * noise * (1.0 / q - 1.0).ln() + 0.5;
    let (mut left, mut right) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let (mut log_binomial, mut sign) = (0.0_f64, 1.0_f64);
    for i in 0_u32.. {
        let i = f64::from(i);
        if i > 0.0 {
            let factor = (order - i + 1.0) / i;
            log_binomial += factor.abs().ln();
            sign *= factor.signum();
        }
        let j = order - i;
        let half = |x: f64| (0.5_f64).ln() + log_erfc(x / (std::f64::consts::SQRT_2 * noise));
        let weight =
            |n: f64, m: f64| log_binomial + n * q.ln() + m * f64::ln_1p(-q) + (n * n - n) / (2.0 * noise * noise);
        let (low, high) = (weight(i, j) + half(i - split), weight(j, i) + half(split - j));
        (left, right) = (log_signed(left, low, sign), log_signed(right, high, sign));
        if low.max(high) < NEGLIGIBLE {
            break;
        }
    }
    log_add(left, right)
}

/// `ln(e^a + e^b)`.
fn log_add(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + f64::ln_1p((low - high).exp()) }
}

/// `ln(e^a + sign e^b)`; nothing is left where more is taken away than there is.
fn log_signed(a: f64, b: f64, sign: f64) -> f64 {
    if sign > 0.0 {
        return log_add(a, b);
    }
    if b >= a { f64::NEG_INFINITY } else { a + f64::ln_1p(-(b - a).exp()) }
}

/// `ln(erfc(x))`, also where `erfc` itself is too small for a number.
fn log_erfc(x: f64) -> f64 {
    if x < 25.0 {
        return libm::erfc(x).ln();
    }
    // The asymptotic series; at 25 its fourth term is below 1e-11.
    let square = x * x;
    let series = 1.0 - 0.5 / square + 0.75 / (square * square) - 1.875 / (square * square * square);
    -square - (x * std::f64::consts::PI.sqrt()).ln() + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The moment by summing the integrand itself: what the series are held against.
    fn by_integration(q: f64, noise: f64, order: f64) -> f64 {
        let (from, to, parts) = (-12.0 * noise, order + 12.0 * noise, 200_000);
        let width = (to - from) / f64::from(parts);
        let at = |x: f64| {
            let ratio = (1.0 - q) + q * ((2.0 * x - 1.0) / (2.0 * noise * noise)).exp();
            (order * ratio.ln() - x * x / (2.0 * noise * noise)).exp()
        };
        let sum: f64 = (0..parts).map(|i| at(from + (f64::from(i) + 0.5) * width)).sum();
        (sum * width / (noise * (2.0 * std::f64::consts::PI).sqrt())).ln()
    }

    #[test]
    fn the_series_are_the_integral() {
        for (q, noise) in [(0.08, 1.0), (0.01, 1.0), (0.5, 2.0), (0.004, 0.8)] {
            for order in [1.5, 2.0, 3.8, 7.0, 10.9, 16.0] {
                let of = Sampled { rate: q, noise, steps: 1 };
                let (got, want) = (divergence(&of, order) * (order - 1.0), by_integration(q, noise, order));
                assert!((got - want).abs() < 1e-9 + 1e-7 * want, "{q} {noise} {order}: {got} for {want}");
            }
        }
    }

    #[test]
    fn the_logarithm_of_the_tail_goes_on_where_the_tail_is_too_small() {
        let joined = (log_erfc(25.0) - libm::erfc(24.999_999_999_f64).ln()).abs();
        assert!(joined < 1e-6, "{joined}");
        assert!(log_erfc(1e3) < -1e6 && log_erfc(1e3).is_finite());
    }
}
