//! The gradient of each member by itself, clipped, and their sum. Only the adapter is copied once a member; the base's products are
//! those of an ordinary step, so that it costs little more than one.

use crate::adam::Variables;
use crate::adapter::Adapter;
use crate::batch::{self, Window};
use crate::error::{MlError, Result};
use crate::model::Model;
use crate::recipe::Recipe;
use candle_core::Tensor;
use std::collections::BTreeMap;

/// What one member gives a step: some windows of their rows.
pub type Turn<'a> = Vec<&'a Window>;

/// A sum of gradients by the names of their variables.
pub type Sum = BTreeMap<String, Tensor>;

/// Adds the clipped gradients of members' mean losses to `sum`; as many members at once as the recipe's batch holds. Returns the
/// members' norms before clipping.
pub fn add_clipped(
    model: &Model,
    recipe: &Recipe,
    variables: &Variables,
    turns: &[Turn<'_>],
    clip: f32,
    sum: &mut Sum,
) -> Result<Vec<f32>> {
    let windows = turns.iter().map(Vec::len).max().unwrap_or(0);
    let longest = turns.iter().flatten().map(|window| window.len()).max().unwrap_or(0);
    let at_once = (recipe.batch_tokens / (windows * longest).max(1)).max(1);
    let mut norms = Vec::with_capacity(turns.len());
    for some in turns.chunks(at_once) {
        norms.extend(add_some(model, recipe, variables, some, clip, sum)?);
    }
    Ok(norms)
}

fn add_some(
    model: &Model,
    recipe: &Recipe,
    variables: &Variables,
    turns: &[Turn<'_>],
    clip: f32,
    sum: &mut Sum,
) -> Result<Vec<f32>> {
    let members = turns.len();
    let (adapter, copies) = Adapter::for_members(model.config(), recipe.rank, recipe.alpha, variables, members)?;
    let windows = turns.iter().map(Vec::len).max().unwrap_or(0);
    let filled: Vec<Window> = turns
        .iter()
        .flat_map(|turn| {
            let some = turn.iter().map(|&window| window.clone());
            some.chain(std::iter::repeat_n(Window::empty(), windows - turn.len()))
        })
        .collect();
    let batch = batch::stack(&filled, &(0..filled.len()).collect::<Vec<_>>())?;
    let shares: Vec<f32> =
        turns.iter().map(|turn| 1.0 / turn.iter().map(|w| w.counted()).sum::<f32>().max(1.0)).collect();
    let shares = Tensor::from_vec(shares, (members, 1), batch.weights.device())?;
    let weights = batch.weights.reshape((members, ()))?.broadcast_mul(&shares)?.flatten_all()?;
    let losses = (model.nll(&batch.inputs, &batch.targets, Some(&adapter))? * weights)?;
    let gradients = losses.sum_all()?.backward()?;
    let mut flat = Vec::with_capacity(copies.len());
    let mut squares = Tensor::zeros(members, candle_core::DType::F32, batch.weights.device())?;
    for (name, copy) in &copies {
        let Some(gradient) = gradients.get(copy) else { continue };
        let gradient = gradient.reshape((members, ()))?;
        squares = (squares + gradient.sqr()?.sum(1)?)?;
        flat.push((name, gradient));
    }
    let norms: Vec<f32> = squares.sqrt()?.to_vec1()?;
    if let Some(norm) = norms.iter().find(|norm| !norm.is_finite()) {
        return Err(MlError::Recipe(format!("a member's gradient has the norm `{norm}`; lower the learning rate")));
    }
    let kept: Vec<f32> = norms.iter().map(|norm| if *norm > clip { clip / norm } else { 1.0 }).collect();
    let kept = Tensor::from_vec(kept, (1, members), batch.weights.device())?;
    for (name, gradient) in flat {
        let clipped = kept.matmul(&gradient)?.reshape(variables[name].shape())?.detach();
        let total = match sum.get(name) {
            Some(before) => (before + clipped)?,
            None => clipped,
        };
        sum.insert(name.clone(), total);
    }
    Ok(norms)
}
