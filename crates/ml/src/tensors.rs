//! Named tensors on disk: safetensors files in any float type, always `f32` in memory. Names are sorted, so the same tensors give
//! the same bytes. The files of a whole checkpoint are `weights.rs`.

use crate::error::{MlError, Result};
use crate::files;
use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

/// Tensors by name, in the order of the names.
pub type Tensors = BTreeMap<String, Tensor>;

/// Values whose bytes are hashed at a time.
const HASHED_TOGETHER: usize = 1 << 14;

/// Number type of a written file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// 16 bits, for weights that are shipped.
    Half,
    /// 32 bits, exact, for training states and adapters.
    Full,
}

/// Writes a safetensors file, whole or not at all, and returns the SHA-256 of its bytes.
pub fn save(path: &Path, tensors: &Tensors, width: Width) -> Result<String> {
    let bytes = to_bytes(tensors, width)?;
    files::write_atomic(path, &bytes)?;
    Ok(files::hash_bytes(&bytes))
}

/// The bytes `save` would write.
pub fn to_bytes(tensors: &Tensors, width: Width) -> Result<Vec<u8>> {
    let mut raw = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors {
        raw.push((name.as_str(), tensor.dims().to_vec(), raw_bytes(tensor, width)?));
    }
    let dtype = match width {
        Width::Half => Dtype::F16,
        Width::Full => Dtype::F32,
    };
    let mut views = Vec::with_capacity(raw.len());
    for (name, shape, bytes) in &raw {
        let view = TensorView::new(dtype, shape.clone(), bytes).map_err(|e| MlError::format(Path::new(name), e))?;
        views.push((*name, view));
    }
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    serialize(views, Some(metadata)).map_err(|e| MlError::format(Path::new("safetensors"), e))
}

/// Reads one safetensors file; every tensor becomes `f32`.
pub fn load(path: &Path) -> Result<Tensors> {
    let bytes = fs::read(path).map_err(MlError::io(path))?;
    from_bytes(&bytes).map_err(|e| MlError::format(path, e))
}

/// SHA-256 over names, shapes and values, in the order of the names.
pub fn hash(tensors: &Tensors) -> Result<String> {
    let mut hasher = Sha256::new();
    for (name, tensor) in tensors {
        hasher.update(format!("{name} {:?}\n", tensor.dims()));
        let flat = tensor.flatten_all()?.contiguous()?;
        let (storage, layout) = flat.storage_and_layout();
        let (start, end) = layout.contiguous_offsets().unwrap_or((0, 0));
        let Storage::Cpu(CpuStorage::F32(values)) = &*storage else {
            return Err(MlError::Recipe("only `f32` tensors on the CPU can be hashed".into()));
        };
        let mut bytes = Vec::with_capacity(HASHED_TOGETHER * size_of::<f32>());
        for some in values[start..end].chunks(HASHED_TOGETHER) {
            bytes.clear();
            bytes.extend(some.iter().flat_map(|value| value.to_le_bytes()));
            hasher.update(&bytes);
        }
    }
    Ok(hex::encode(hasher.finalize()))
}

fn from_bytes(bytes: &[u8]) -> std::result::Result<Tensors, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        let dtype = match view.dtype() {
            Dtype::F32 => DType::F32,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            other => return Err(format!("`{name}` is stored as `{other:?}`; use f32, f16 or bf16")),
        };
        let tensor = Tensor::from_raw_buffer(view.data(), dtype, view.shape(), &Device::Cpu);
        let tensor = tensor.and_then(|t| t.to_dtype(DType::F32)).map_err(|e| e.to_string())?;
        tensors.insert(name.to_owned(), tensor);
    }
    Ok(tensors)
}

fn raw_bytes(tensor: &Tensor, width: Width) -> Result<Vec<u8>> {
    let dtype = match width {
        Width::Half => DType::F16,
        Width::Full => DType::F32,
    };
    let flat = tensor.flatten_all()?.contiguous()?.to_dtype(dtype)?;
    let (storage, layout) = flat.storage_and_layout();
    let (start, end) = layout.contiguous_offsets().unwrap_or((0, 0));
    Ok(match &*storage {
        Storage::Cpu(CpuStorage::F32(v)) => v[start..end].iter().flat_map(|x| x.to_le_bytes()).collect(),
        Storage::Cpu(CpuStorage::F16(v)) => v[start..end].iter().flat_map(|x| x.to_le_bytes()).collect(),
        _ => return Err(MlError::Recipe("only `f32` and `f16` tensors on the CPU can be written".into())),
    })
}

/// The values of a tensor, copied out row by row.
pub(crate) fn values(tensor: &Tensor) -> Result<Vec<f32>> {
    Ok(tensor.flatten_all()?.to_vec1::<f32>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_exactly_in_full_width_and_closely_in_half() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let path = folder.path().join("t.safetensors");
        let data: Vec<f32> = (0..24).map(|i| (i as f32 * 0.37).sin()).collect();
        let tensors = Tensors::from([("b".to_owned(), Tensor::from_vec(data.clone(), (4, 6), &Device::Cpu)?)]);
        let first = save(&path, &tensors, Width::Full)?;
        assert_eq!(values(&load(&path)?["b"])?, data);
        assert_eq!(first, save(&path, &load(&path)?, Width::Full)?, "same tensors, same bytes");
        save(&path, &tensors, Width::Half)?;
        let half = values(&load(&path)?["b"])?;
        assert!(half.iter().zip(&data).all(|(a, b)| (a - b).abs() < 1e-3));
        Ok(())
    }

    #[test]
    fn refuses_a_broken_file() -> Result<()> {
        let folder = tempfile::tempdir().map_err(MlError::io(Path::new("tmp")))?;
        let path = folder.path().join("t.safetensors");
        files::write_atomic(&path, b"\xff\xff\xff\xff\xff\xff\xff\x7f{}")?;
        assert!(load(&path).is_err());
        Ok(())
    }
}
