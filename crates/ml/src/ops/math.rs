//! Scalar kernels that the compiler turns into vector code: exponential, dot product, log-sum-exp. Sums run in sixteen lanes in a
//! fixed order, so a result depends on the machine's instruction set but never on the number of threads.

const LANES: usize = 16;
/// Adding and subtracting this rounds a small `f32` to the nearest whole number without a library call.
const ROUNDER: f32 = 12_582_912.0;

/// `e^x` to about two units in the last place for `x` in [-87, 88]; clamped outside.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let whole = (x * std::f32::consts::LOG2_E + ROUNDER) - ROUNDER;
    let rest = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4f32;
    for c in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = p * rest + c;
    }
    let y = p * rest * rest + rest + 1.0;
    y * f32::from_bits((((whole as i32) + 127) << 23) as u32)
}

/// Logistic function.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// Dot product of two slices of one length.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let tail: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..LANES {
            lanes[i] += x[i] * y[i];
        }
    }
    fold(lanes) + tail
}

/// `max(row)` and `sum(exp((x - max) * scale))`.
#[inline(always)]
pub(super) fn max_and_sum(row: &[f32], scale: f32) -> (f32, f32) {
    let chunks = row.chunks_exact(LANES);
    let mut highest = [f32::MIN; LANES];
    for c in chunks.clone() {
        for i in 0..LANES {
            highest[i] = if c[i] > highest[i] { c[i] } else { highest[i] };
        }
    }
    let max = highest.iter().chain(chunks.remainder()).fold(f32::MIN, |a, &b| if b > a { b } else { a });
    let tail: f32 = chunks.remainder().iter().map(|&x| exp((x - max) * scale)).sum();
    let mut lanes = [0f32; LANES];
    for c in chunks {
        for i in 0..LANES {
            lanes[i] += exp((c[i] - max) * scale);
        }
    }
    (max, fold(lanes) + tail)
}

/// `ln(sum(exp(row)))`.
#[inline(always)]
pub(super) fn log_sum_exp(row: &[f32]) -> f32 {
    let (max, sum) = max_and_sum(row, 1.0);
    max + sum.ln()
}

/// Softmax of one row in place.
#[inline(always)]
pub(crate) fn softmax_row(row: &mut [f32]) {
    let (max, sum) = max_and_sum(row, 1.0);
    let inverse = 1.0 / sum;
    for x in row {
        *x = exp(*x - max) * inverse;
    }
}

/// Root mean square norm of one row.
pub(crate) fn rms_norm_row(row: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let r = 1.0 / (dot(row, row) / row.len() as f32 + eps).sqrt();
    for ((o, x), w) in out.iter_mut().zip(row).zip(weight) {
        *o = x * r * w;
    }
}

/// `gate * sigmoid(gate) * up` in place of `gate`.
pub(crate) fn swiglu_row(gate: &mut [f32], up: &[f32]) {
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for (g, u) in gate.iter_mut().zip(up) {
                *g = *g * sigmoid(*g) * u;
            }
        },
    );
}

#[inline(always)]
fn fold(lanes: [f32; LANES]) -> f32 {
    let mut half = [0f32; LANES / 2];
    for i in 0..LANES / 2 {
        half[i] = lanes[i] + lanes[i + LANES / 2];
    }
    half.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_close_everywhere() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let (got, want) = (exp(x) as f64, (x as f64).exp());
            assert!(((got - want) / want).abs() < 3e-7, "exp({x}) = {got}, want {want}");
        }
    }

    #[test]
    fn log_sum_exp_of_any_length() {
        for n in 1..70 {
            let row: Vec<f32> = (0..n).map(|i| ((i * 37) % 11) as f32 - 5.0).collect();
            let want = row.iter().map(|&x| (x as f64).exp()).sum::<f64>().ln();
            assert!((log_sum_exp(&row) as f64 - want).abs() < 1e-5);
            let squares: f32 = row.iter().map(|x| x * x).sum();
            assert!((dot(&row, &row) - squares).abs() < 1e-3);
        }
    }
}
