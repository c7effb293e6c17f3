//! The weights of a Hugging Face folder, looked at before they are read: `model.safetensors`, or the shards that
//! `model.safetensors.index.json` names. Only the headers are read first, so that a file that is missing, cut off, quantized or of
//! another shape is refused at once and at no cost, whatever sizes it claims. Values are read tensor by tensor, as `f32`.

use crate::config::Config;
use crate::error::{MlError, Result};
use crate::files;
use crate::tensors::Tensors;
use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use safetensors::tensor::{Dtype, TensorInfo};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// Name of the file of a checkpoint that has one file.
pub const SINGLE_FILE: &str = "model.safetensors";
/// Name of the list of files of a checkpoint that has several.
pub const INDEX_FILE: &str = "model.safetensors.index.json";
/// Longest header, in bytes; the format allows no more.
const HEADER_LIMIT: u64 = 100_000_000;
/// Bytes in front of the header that say how long it is.
const LENGTH_BYTES: u64 = 8;
/// Bytes of a value in memory.
const VALUE_BYTES: u64 = 4;

/// Names and shapes of the tensors of a model.
pub(crate) type Parameters = [(String, Vec<usize>)];

/// Where a tensor lies.
#[derive(Debug, Clone)]
struct Entry {
    file: usize,
    /// First byte in the file.
    start: u64,
    info: TensorInfo,
}

/// A checkpoint's files and what their headers say.
#[derive(Debug, Clone)]
pub struct WeightFiles {
    folder: PathBuf,
    files: Vec<PathBuf>,
    entries: BTreeMap<String, Entry>,
}

/// What an index says.
#[derive(serde::Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl WeightFiles {
    /// Reads the headers.
    pub fn open(folder: &Path) -> Result<Self> {
        let index = folder.join(INDEX_FILE);
        let mut found = Self { folder: folder.to_owned(), files: Vec::new(), entries: BTreeMap::new() };
        if !index.is_file() {
            let single = folder.join(SINGLE_FILE);
            if !single.is_file() {
                let why =
                    format!("it has neither `{SINGLE_FILE}` nor `{INDEX_FILE}`; convert the weights to safetensors");
                return Err(MlError::format(folder, why));
            }
            found.add(single)?;
            return Ok(found);
        }
        let map = files::read_json::<Index>(&index)?.weight_map;
        for shard in map.values().collect::<BTreeSet<_>>() {
            if !Path::new(shard).components().all(|c| matches!(c, Component::Normal(_))) {
                return Err(MlError::format(&index, format!("shard `{shard}` lies outside the folder")));
            }
            let path = folder.join(shard);
            if !path.is_file() {
                let why = format!("it names `{shard}`, which is not there; copy every file of the checkpoint");
                return Err(MlError::format(&index, why));
            }
            found.add(path)?;
        }
        for (name, shard) in &map {
            let place = found.entries.get(name).and_then(|entry| found.files.get(entry.file));
            if place.is_none_or(|path| *path != folder.join(shard)) {
                return Err(MlError::format(
                    &index,
                    format!("it says that `{shard}` holds `{name}`, which it does not"),
                ));
            }
        }
        Ok(found)
    }

    fn add(&mut self, path: PathBuf) -> Result<()> {
        let file = self.files.len();
        for (name, start, info) in read_header(&path)? {
            if self.entries.insert(name.clone(), Entry { file, start, info }).is_some() {
                return Err(MlError::format(&path, format!("`{name}` stands in two files")));
            }
        }
        self.files.push(path);
        Ok(())
    }

    /// Gives tensors other names, such as those of today to a checkpoint of old.
    pub(crate) fn rename(&mut self, new: impl Fn(&str) -> String) {
        self.entries = std::mem::take(&mut self.entries).into_iter().map(|(name, entry)| (new(&name), entry)).collect();
    }

    /// The shape of a tensor, if there is one of this name.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|entry| entry.info.shape.as_slice())
    }

    /// Whether the files hold exactly what a model of this shape needs, in a number type that can be read.
    pub fn check(&self, config: &Config) -> Result<()> {
        // Left over by old exports: fixed numbers, or a copy of the embedding.
        let idle = |name: &str| {
            name.ends_with("rotary_emb.inv_freq") || (config.tie_word_embeddings && name == "lm_head.weight")
        };
        self.check_for(&config.parameters(), idle)
    }

    /// Whether the files hold these tensors in these shapes, in a number type that can be read, and no others but those that are idle.
    pub(crate) fn check_for(&self, parameters: &Parameters, idle: impl Fn(&str) -> bool) -> Result<()> {
        let refuse = |why: String| Err(MlError::format(&self.folder, why));
        for (name, shape) in parameters {
            let Some(entry) = self.entries.get(name) else {
                return refuse(format!("the weights lack `{name}`, which `config.json` asks for"));
            };
            if entry.info.shape != *shape {
                let found = &entry.info.shape;
                return refuse(format!("`{name}` has shape {found:?}, `config.json` asks for {shape:?}"));
            }
            if number_type(entry.info.dtype).is_none() {
                let kind = entry.info.dtype;
                return refuse(format!("`{name}` is stored as `{kind:?}`; take the checkpoint in f32, f16 or bf16"));
            }
        }
        let known: BTreeSet<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        match self.entries.keys().find(|name| !known.contains(name.as_str()) && !idle(name)) {
            Some(name) => refuse(format!("the weights hold `{name}`, which `config.json` knows nothing of")),
            None => Ok(()),
        }
    }

    /// Whether the weights fit into the memory that is free when they are held `copies` times.
    pub(crate) fn check_room(&self, copies: u64, available_bytes: u64) -> Result<()> {
        let needed = self.memory_bytes().saturating_mul(copies);
        if needed <= available_bytes {
            return Ok(());
        }
        let [needed, available] = [needed, available_bytes].map(|bytes| bytes.div_ceil(1 << 20));
        let why = format!(
            "it needs about `{needed}` MiB of memory as 32-bit floats, and `{available}` MiB are free; take a smaller model, or a \
             machine with more memory"
        );
        Err(MlError::format(&self.folder, why))
    }

    /// Bytes in memory while the weights are read: all values as `f32`, and the largest tensor once more.
    fn memory_bytes(&self) -> u64 {
        let sizes = self.entries.values().map(|entry| entry.info.shape.iter().product::<usize>() as u64 * VALUE_BYTES);
        sizes.clone().sum::<u64>() + sizes.max().unwrap_or(0)
    }

    /// Reads the values that a model of this shape needs. Values that are no numbers are refused.
    pub fn read(&self, config: &Config) -> Result<Tensors> {
        self.read_for(&config.parameters())
    }

    /// Reads the values of these tensors. Values that are no numbers are refused.
    pub(crate) fn read_for(&self, parameters: &Parameters) -> Result<Tensors> {
        let mut open: Vec<Option<File>> = self.files.iter().map(|_| None).collect();
        let mut all = Tensors::new();
        for (name, _) in parameters {
            let Some(entry) = self.entries.get(name) else { continue };
            let path = &self.files[entry.file];
            let file = match &mut open[entry.file] {
                Some(file) => file,
                slot => slot.insert(File::open(path).map_err(MlError::io(path))?),
            };
            let (start, end) = entry.info.data_offsets;
            let mut bytes = vec![0; end - start];
            file.seek(SeekFrom::Start(entry.start)).map_err(MlError::io(path))?;
            file.read_exact(&mut bytes).map_err(MlError::io(path))?;
            let Some(dtype) = number_type(entry.info.dtype) else {
                return Err(MlError::format(path, format!("`{name}` is stored in another number type")));
            };
            let tensor = Tensor::from_raw_buffer(&bytes, dtype, &entry.info.shape, &Device::Cpu)?;
            let tensor = tensor.to_dtype(DType::F32)?;
            if !is_finite(&tensor) {
                let why = format!("`{name}` holds values that are no numbers; the file is damaged, fetch it again");
                return Err(MlError::format(path, why));
            }
            all.insert(name.clone(), tensor);
        }
        Ok(all)
    }
}

fn is_finite(tensor: &Tensor) -> bool {
    match &*tensor.storage_and_layout().0 {
        Storage::Cpu(CpuStorage::F32(values)) => values.iter().all(|value| value.is_finite()),
        _ => false,
    }
}

fn number_type(dtype: Dtype) -> Option<DType> {
    match dtype {
        Dtype::F32 => Some(DType::F32),
        Dtype::F16 => Some(DType::F16),
        Dtype::BF16 => Some(DType::BF16),
        // Every other type of the format is for quantized or other data.
        _ => None,
    }
}

/// Names, first bytes and descriptions of the tensors of a file. Everything that the header claims is held against the file.
fn read_header(path: &Path) -> Result<Vec<(String, u64, TensorInfo)>> {
    let refuse = |why: &str| Err(MlError::format(path, format!("{why}; fetch the file again")));
    let mut file = File::open(path).map_err(MlError::io(path))?;
    let size = file.metadata().map_err(MlError::io(path))?.len();
    if size < LENGTH_BYTES {
        return refuse("it is cut off");
    }
    let mut length = [0; LENGTH_BYTES as usize];
    file.read_exact(&mut length).map_err(MlError::io(path))?;
    let length = u64::from_le_bytes(length);
    if length > HEADER_LIMIT || length > size - LENGTH_BYTES {
        return refuse("it is cut off, or no safetensors file");
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header).map_err(MlError::io(path))?;
    let named: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(|e| MlError::format(path, e))?;
    let (data, mut found) = (LENGTH_BYTES + length, Vec::new());
    for (name, value) in named.into_iter().filter(|(name, _)| name != "__metadata__") {
        let info: TensorInfo = serde_json::from_value(value).map_err(|e| MlError::format(path, e))?;
        let (start, end) = info.data_offsets;
        let values = info.shape.iter().try_fold(1usize, |all, &n| all.checked_mul(n));
        let bits = values.and_then(|values| values.checked_mul(info.dtype.bitsize()));
        let fits = end >= start && (end - start).checked_mul(8) == bits && end as u64 <= size - data;
        if !fits {
            return refuse(&format!("`{name}` does not fill the bytes that the header gives it"));
        }
        found.push((name, data + start as u64, info));
    }
    found.sort_by_key(|(_, start, _)| *start);
    let mut next = data;
    for (_, start, info) in &found {
        if *start != next {
            return refuse("tensors overlap, or leave holes");
        }
        next += (info.data_offsets.1 - info.data_offsets.0) as u64;
    }
    if next != size { refuse("it is longer or shorter than its header says") } else { Ok(found) }
}
