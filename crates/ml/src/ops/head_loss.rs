//! The head and its loss in one: logits of each row, and the negative log-likelihood of its label. Logits are the largest tensor of a
//! step by far; here they are made once, and on the way back they turn into their own gradient in place.

use super::{by_rows, floats, labels, math, output};
use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};
use std::sync::{Mutex, PoisonError};

/// Negative log-likelihood in nats of `targets` (`[n]` of `u32`), one value a row, where the logits are `x w^T` for `x` of
/// `[n, in]` and `weight` of `[vocabulary, in]`. The gradient can be taken once.
pub fn head_loss(x: &Tensor, weight: &Tensor, targets: &Tensor) -> Result<Tensor> {
    x.apply_op3(weight, targets, HeadLoss { logits: Mutex::new(None) })
}

struct HeadLoss {
    /// From the way there to the way back.
    logits: Mutex<Option<Vec<f32>>>,
}

impl CustomOp3 for HeadLoss {
    fn name(&self) -> &'static str {
        "head-loss"
    }

    fn cpu_fwd(
        &self,
        s1: &CpuStorage,
        l1: &Layout,
        s2: &CpuStorage,
        l2: &Layout,
        s3: &CpuStorage,
        l3: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((n, width), (vocabulary, expected), targets) = (l1.shape().dims2()?, l2.shape().dims2()?, labels(s3, l3)?);
        if width != expected || targets.len() != n {
            bail!("rows of `{width}` with `{}` targets do not fit a head for rows of `{expected}`", targets.len());
        }
        if let Some(target) = targets.iter().find(|&&t| t as usize >= vocabulary) {
            bail!("target `{target}` is outside the vocabulary of `{vocabulary}`");
        }
        let CpuStorage::F32(logits) = s1.matmul(s2, (1, n, vocabulary, width), l1, &l2.transpose(0, 1)?)? else {
            bail!("the head computes `f32` values only");
        };
        let mut nll = vec![0f32; n];
        by_rows(
            &mut nll,
            1,
            #[inline(always)]
            |first, out| {
                for (i, value) in out.iter_mut().enumerate() {
                    let row = &logits[(first + i) * vocabulary..][..vocabulary];
                    *value = math::log_sum_exp(row) - row[targets[first + i] as usize];
                }
            },
        );
        *self.logits.lock().unwrap_or_else(PoisonError::into_inner) = Some(logits);
        output(nll, n)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        targets: &Tensor,
        nll: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let Some(mut logits) = self.logits.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("the gradient of a head's loss can be taken once");
        };
        let (vocabulary, rows) = (weight.dim(0)?, x.dim(0)?);
        let (grad, nll) = (grad.contiguous()?, nll.detach());
        let ((gs, gl), (ts, tl), (ns, nl)) =
            (grad.storage_and_layout(), targets.storage_and_layout(), nll.storage_and_layout());
        let (grads, targets, nll) = (floats(cpu(&gs)?, gl)?, labels(cpu(&ts)?, tl)?, floats(cpu(&ns)?, nl)?);
        by_rows(
            &mut logits,
            vocabulary,
            #[inline(always)]
            |first, block| {
                for (i, row) in block.chunks_mut(vocabulary).enumerate() {
                    let (target, grad) = (targets[first + i] as usize, grads[first + i]);
                    // The sum of exponentials, which the loss holds already.
                    let total = nll[first + i] + row[target];
                    for x in row.iter_mut() {
                        *x = math::exp(*x - total) * grad;
                    }
                    row[target] -= grad;
                }
            },
        );
        let logits = Tensor::from_vec(logits, (rows, vocabulary), &Device::Cpu)?;
        let for_x = logits.matmul(&weight.detach())?;
        let for_weight = if weight.track_op() { Some(logits.t()?.matmul(&x.detach())?) } else { None };
        Ok((Some(for_x), for_weight, None))
    }
}

/// The storage of a tensor on the CPU.
pub(super) fn cpu(storage: &candle_core::Storage) -> Result<&CpuStorage> {
    match storage {
        candle_core::Storage::Cpu(storage) => Ok(storage),
        _ => bail!("the operation computes on the CPU only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::check::{close, gradients_match, random};
    use candle_core::D;

    #[test]
    fn equals_primitives_and_finite_differences() -> Result<()> {
        for (n, width, vocabulary) in [(1, 4, 3), (19, 16, 33)] {
            let (x, weight) = (random(1, &[n, width], 1.0)?, random(2, &[vocabulary, width], 1.0)?);
            let targets: Vec<u32> = (0..n).map(|i| (i * 13 % vocabulary) as u32).collect();
            let targets = Tensor::from_vec(targets, n, &Device::Cpu)?;
            let slow = |x: &Tensor, w: &Tensor| -> Result<Tensor> {
                let logits = x.matmul(&w.t()?)?;
                let max = logits.max_keepdim(D::Minus1)?;
                let total = (logits.broadcast_sub(&max)?.exp()?.sum_keepdim(D::Minus1)?.log()? + max)?;
                (total - logits.gather(&targets.unsqueeze(1)?, 1)?)?.squeeze(1)
            };
            close(&head_loss(&x, &weight, &targets)?, &slow(&x, &weight)?, 1e-5)?;
            gradients_match(&x, |x| head_loss(x, &weight, &targets), |x| slow(x, &weight))?;
            gradients_match(&weight, |w| head_loss(&x, w, &targets), |w| slow(&x, w))?;
        }
        Ok(())
    }

    #[test]
    fn refuses_a_target_outside_the_vocabulary() -> Result<()> {
        let targets = Tensor::from_vec(vec![9u32], 1, &Device::Cpu)?;
        assert!(head_loss(&random(1, &[1, 4], 1.0)?, &random(1, &[9, 4], 1.0)?, &targets).is_err());
        Ok(())
    }
}
