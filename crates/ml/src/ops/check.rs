//! Test helper: compares an operation's values and gradients with candle's primitives and with finite differences.

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) fn random(seed: u64, shape: &[usize], scale: f32) -> Result<Tensor> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|_| rng.random_range(-scale..scale)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu)
}

pub(crate) fn close(got: &Tensor, want: &Tensor, tolerance: f32) -> Result<()> {
    assert_eq!(got.dims(), want.dims());
    let worst = (got - want)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>()?;
    assert!(worst <= tolerance, "differs by {worst}, allowed {tolerance}");
    Ok(())
}

/// The gradient of a fixed random projection of `fast(x)` equals that of `slow(x)` and, at a few places, the finite difference.
pub(crate) fn gradients_match(
    x: &Tensor,
    fast: impl Fn(&Tensor) -> Result<Tensor>,
    slow: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<()> {
    let weights = random(99, fast(x)?.dims(), 1.0)?;
    let gradient = |f: &dyn Fn(&Tensor) -> Result<Tensor>| -> Result<Tensor> {
        let var = Var::from_tensor(x)?;
        let loss = (f(var.as_tensor())? * &weights)?.sum_all()?;
        Ok(loss.backward()?.get(&var).expect("a gradient").clone())
    };
    let got = gradient(&fast)?;
    close(&got, &gradient(&slow)?, 2e-4)?;
    let got = got.flatten_all()?.to_vec1::<f32>()?;
    let values = x.flatten_all()?.to_vec1::<f32>()?;
    let step = 1e-2f32;
    for i in (0..values.len()).step_by(1 + values.len() / 7) {
        let at = |delta: f32| -> Result<f64> {
            let mut moved = values.clone();
            moved[i] += delta;
            let moved = Tensor::from_vec(moved, x.dims(), &Device::Cpu)?;
            (fast(&moved)?.to_dtype(DType::F64)? * weights.to_dtype(DType::F64)?)?.sum_all()?.to_scalar::<f64>()
        };
        let want = ((at(step)? - at(-step)?) / (2.0 * step as f64)) as f32;
        assert!((got[i] - want).abs() < 1e-2 * (1.0 + want.abs()), "element {i}: {} against {want}", got[i]);
    }
    Ok(())
}
