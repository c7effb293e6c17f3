//! Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019) over named variables. Its state is plain
//! numbers that can be saved and loaded without losing a bit, which is what resuming and forgetting rest on. It never touches
//! randomness, and updates parameters in the order of their names.

use crate::error::{MlError, Result};
use crate::ops::dot;
use crate::tensors::{Tensors, values};
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, Device, InplaceOp2, Layout, Storage, Tensor, Var};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Squares that are summed in single width before the sum goes on in double width.
const SUMMED_TOGETHER: usize = 4096;

/// Trained parameters by name.
pub type Variables = BTreeMap<String, Var>;

/// The constants of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamOptions {
    /// Decay of the mean of gradients.
    pub beta1: f32,
    /// Decay of the mean of squared gradients.
    pub beta2: f32,
    /// Added to the root, against division by zero.
    pub epsilon: f32,
    /// Decoupled decay, applied to matrices only; 0 for none.
    pub weight_decay: f32,
    /// The gradient is scaled down to this global norm; 0 for no limit.
    pub clip_norm: f32,
}

impl Default for AdamOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weight_decay: 0.0, clip_norm: 1.0 }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Moments {
    mean: Vec<f32>,
    square: Vec<f32>,
}

/// The optimizer: two moments a parameter and the number of steps taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Adam {
    options: AdamOptions,
    steps: u32,
    moments: BTreeMap<String, Moments>,
}

impl Adam {
    /// A fresh state for these variables.
    pub fn new(variables: &Variables, options: AdamOptions) -> Self {
        let zeros = |var: &Var| Moments { mean: vec![0.0; var.elem_count()], square: vec![0.0; var.elem_count()] };
        Self { options, steps: 0, moments: variables.iter().map(|(name, var)| (name.clone(), zeros(var))).collect() }
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// One update with learning rate `rate`; a variable without a gradient stays as it is. Returns the gradient's norm before
    /// clipping. A gradient that is no number changes nothing; the caller sees it by the norm.
    pub fn step(&mut self, variables: &Variables, gradients: &GradStore, rate: f32) -> Result<f32> {
        let mut square_sum = 0f64;
        let mut found = Vec::with_capacity(variables.len());
        for (name, var) in variables {
            if let Some(gradient) = gradients.get(var) {
                let gradient = gradient.contiguous()?;
                square_sum += square_sum_of(&gradient)?;
                found.push((name, var, gradient));
            }
        }
        let norm = square_sum.sqrt() as f32;
        if !norm.is_finite() {
            return Ok(norm);
        }
        let clip = self.options.clip_norm;
        let scale = if clip > 0.0 && norm > clip { clip / norm } else { 1.0 };
        self.steps += 1;
        for (name, var, gradient) in found {
            let moments =
                self.moments.get_mut(name).ok_or_else(|| MlError::Recipe(format!("no moments for `{name}`")))?;
            let decay = if var.rank() > 1 { 1.0 - rate * self.options.weight_decay } else { 1.0 };
            let with = Update::new(&self.options, self.steps, rate, scale, decay);
            var.inplace_op2(&gradient, &InPlace { with, moments: Mutex::new(moments) })?;
        }
        Ok(norm)
    }

    /// The moments as tensors, `mean.NAME` and `square.NAME`, for a training state.
    pub fn to_tensors(&self) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        for (name, moments) in &self.moments {
            for (kind, data) in [("mean", &moments.mean), ("square", &moments.square)] {
                tensors.insert(format!("{kind}.{name}"), Tensor::from_slice(data, data.len(), &Device::Cpu)?);
            }
        }
        Ok(tensors)
    }

    /// Takes up a state written by `to_tensors` after `steps` steps.
    pub fn restore(&mut self, steps: u32, tensors: &Tensors) -> Result<()> {
        for (name, moments) in &mut self.moments {
            for (kind, data) in [("mean", &mut moments.mean), ("square", &mut moments.square)] {
                let key = format!("{kind}.{name}");
                let stored =
                    tensors.get(&key).ok_or_else(|| MlError::Recipe(format!("the training state lacks `{key}`")))?;
                let stored = values(stored)?;
                if stored.len() != data.len() {
                    return Err(MlError::Recipe(format!("`{key}` of the training state has another size")));
                }
                *data = stored;
            }
        }
        self.steps = steps;
        Ok(())
    }
}

/// The numbers of one update, the same for all elements of a parameter.
struct Update {
    options: AdamOptions,
    rate: f32,
    scale: f32,
    decay: f32,
    square_correction: f32,
}

impl Update {
    fn new(options: &AdamOptions, steps: u32, rate: f32, scale: f32, decay: f32) -> Self {
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(steps as i32);
        let rate = (f64::from(rate) / correction(options.beta1)) as f32;
        let square_correction = (1.0 / correction(options.beta2)) as f32;
        Self { options: *options, rate, scale, decay, square_correction }
    }
}

/// The update of one parameter, in the place where it lies.
struct InPlace<'a> {
    with: Update,
    /// The trait gives a shared reference to the operation; nobody else holds it.
    moments: Mutex<&'a mut Moments>,
}

impl InplaceOp2 for InPlace<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(
        &self,
        weights: &mut CpuStorage,
        l1: &Layout,
        gradient: &CpuStorage,
        l2: &Layout,
    ) -> candle_core::Result<()> {
        let (CpuStorage::F32(weights), CpuStorage::F32(gradient)) = (weights, gradient) else {
            candle_core::bail!("Adam updates `f32` parameters only")
        };
        let (Some((a, b)), Some((c, d))) = (l1.contiguous_offsets(), l2.contiguous_offsets()) else {
            candle_core::bail!("Adam updates contiguous parameters only")
        };
        let mut moments = self.moments.lock().unwrap_or_else(PoisonError::into_inner);
        update(&mut weights[a..b], &gradient[c..d], &mut moments, &self.with);
        Ok(())
    }
}

/// The sum of squares of a contiguous gradient.
fn square_sum_of(gradient: &Tensor) -> Result<f64> {
    let (storage, layout) = gradient.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(all)), Some((start, end))) => {
            let some = &all[start..end];
            Ok(some.chunks(SUMMED_TOGETHER).map(|chunk| f64::from(dot(chunk, chunk))).sum())
        }
        _ => Err(MlError::Recipe("a gradient is not `f32` on the CPU".into())),
    }
}

fn update(weights: &mut [f32], gradient: &[f32], moments: &mut Moments, with: &Update) {
    let AdamOptions { beta1, beta2, epsilon, .. } = with.options;
    let state = moments.mean.iter_mut().zip(&mut moments.square);
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((w, &g), (mean, square)) in weights.iter_mut().zip(gradient).zip(state) {
                let g = g * with.scale;
                *mean = *mean * beta1 + g * (1.0 - beta1);
                *square = *square * beta2 + g * g * (1.0 - beta2);
                let root = (*square * with.square_correction).sqrt() + epsilon;
                *w = *w * with.decay - with.rate * *mean / root;
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quadratic(variables: &Variables, adam: &mut Adam, steps: usize) -> Result<Vec<f32>> {
        for _ in 0..steps {
            let loss = (variables["x"].as_tensor() - 3.0)?.sqr()?.sum_all()?;
            adam.step(variables, &loss.backward()?, 0.1)?;
        }
        values(variables["x"].as_tensor())
    }

    fn start() -> Result<Variables> {
        let x = Tensor::from_slice(&[0f32, 10.0, -4.0], 3, &Device::Cpu)?;
        Ok(Variables::from([("x".to_owned(), Var::from_tensor(&x)?)]))
    }

    #[test]
    fn finds_the_minimum() -> Result<()> {
        let variables = start()?;
        let mut adam = Adam::new(&variables, AdamOptions::default());
        let end = quadratic(&variables, &mut adam, 400)?;
        assert!(end.iter().all(|x| (x - 3.0).abs() < 0.05), "{end:?}");
        Ok(())
    }

    #[test]
    fn first_step_moves_by_the_learning_rate() -> Result<()> {
        let variables = start()?;
        let mut adam = Adam::new(&variables, AdamOptions { clip_norm: 0.0, ..AdamOptions::default() });
        let end = quadratic(&variables, &mut adam, 1)?;
        for (got, want) in end.iter().zip([0.1, 9.9, -3.9]) {
            assert!((got - want).abs() < 1e-5, "{got} against {want}");
        }
        Ok(())
    }

    #[test]
    fn a_gradient_that_is_no_number_changes_nothing() -> Result<()> {
        for bad in [f64::NAN, f64::INFINITY] {
            let variables = start()?;
            let mut adam = Adam::new(&variables, AdamOptions::default());
            quadratic(&variables, &mut adam, 2)?;
            let (weights, before) = (values(variables["x"].as_tensor())?, adam.clone());
            let loss = (variables["x"].as_tensor() * bad)?.sum_all()?;
            let norm = adam.step(&variables, &loss.backward()?, 0.1)?;
            assert!(!norm.is_finite() && adam == before);
            assert_eq!(values(variables["x"].as_tensor())?, weights);
        }
        Ok(())
    }

    #[test]
    fn a_restored_state_goes_on_bit_for_bit() -> Result<()> {
        let whole = start()?;
        let mut adam = Adam::new(&whole, AdamOptions::default());
        let want = quadratic(&whole, &mut adam, 9)?;

        let first = start()?;
        let mut adam = Adam::new(&first, AdamOptions::default());
        quadratic(&first, &mut adam, 4)?;
        let (saved, steps) = (adam.to_tensors()?, adam.steps());
        let mut resumed = Adam::new(&first, AdamOptions::default());
        resumed.restore(steps, &saved)?;
        let got = quadratic(&first, &mut resumed, 5)?;
        assert_eq!(
            got.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
            want.iter().map(|x| x.to_bits()).collect::<Vec<_>>()
        );
        Ok(())
    }
}
