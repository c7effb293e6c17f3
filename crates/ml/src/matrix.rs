//! Weight matrices as the decoder reads them: panels of 32 rows, four columns a line, in `f32` or in eight bits with one scale a
//! row. Each line is read once for up to four vectors, and no sum crosses a vector register. The order of every sum depends on
//! the column alone, never on how many vectors are multiplied together or on the width of the machine's registers: a stream
//! decoded with others gets the bits it gets alone. Nothing here knows the model.

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

/// Rows of a panel.
const PANEL: usize = 32;
/// Columns of a line.
const COLUMNS: usize = 4;
/// Vectors that are multiplied while a line is in registers.
const TOGETHER: usize = 4;
/// The bits of 2^23: with a byte in its low bits, the `f32` 2^23 plus the byte.
const MAGIC: u32 = 0x4B00_0000;
/// What is taken from such a number: 2^23, and the 128 that make a stored byte positive.
const MAGIC_ZERO: f32 = 8_388_608.0 + 128.0;
/// Largest absolute value of an eight-bit weight.
const BYTE_LIMIT: f32 = 127.0;

/// How the weights of what is served are kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// As trained: the logits equal the batch model's to rounding.
    #[default]
    F32,
    /// Eight bits a weight with one scale a row: a quarter of the memory, and of the time that reading it takes.
    Int8,
}

/// Four values of each row of a panel, one column after the other.
pub(crate) type FloatLine = [[f32; PANEL]; COLUMNS];
/// The same in eight bits, each plus 128; the first column in the lowest byte.
type ByteLine = [u32; PANEL];

/// A matrix `[rows, width]`.
#[derive(Debug)]
pub(crate) struct Matrix {
    rows: usize,
    width: usize,
    lines: Lines,
}

#[derive(Debug)]
enum Lines {
    F32(Vec<FloatLine>),
    Int8 { lines: Vec<ByteLine>, scales: Vec<f32> },
}

impl Matrix {
    /// Packs rows of `width` values.
    pub(crate) fn new(values: &[f32], width: usize, precision: Precision) -> Self {
        let rows = values.len() / width;
        let stride = lines_of(width);
        let count = panels_of(rows) * stride;
        let lines = match precision {
            Precision::F32 => {
                let mut lines = vec![[[0.0; PANEL]; COLUMNS]; count];
                for (i, &value) in values.iter().enumerate() {
                    let (line, column, row) = place(i / width, i % width, stride);
                    lines[line][column][row] = value;
                }
                Lines::F32(lines)
            }
            Precision::Int8 => {
                let mut lines = vec![[0; PANEL]; count];
                let scales: Vec<f32> = values.chunks(width).map(scale_of).collect();
                for (i, &value) in values.iter().enumerate() {
                    let (line, column, row) = place(i / width, i % width, stride);
                    let byte = (value / scales[i / width]).round().clamp(-BYTE_LIMIT, BYTE_LIMIT) + 128.0;
                    lines[line][row] |= (byte as u32) << (8 * column);
                }
                Lines::Int8 { lines, scales }
            }
        };
        Self { rows, width, lines }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        match &self.lines {
            Lines::F32(lines) => size_of_val(lines.as_slice()),
            Lines::Int8 { lines, scales } => size_of_val(lines.as_slice()) + size_of_val(scales.as_slice()),
        }
    }

    /// Appends one row to `out`.
    pub(crate) fn push_row(&self, row: usize, out: &mut Vec<f32>) {
        let places = (0..self.width).map(|column| place(row, column, lines_of(self.width)));
        match &self.lines {
            Lines::F32(lines) => out.extend(places.map(|(line, column, lane)| lines[line][column][lane])),
            Lines::Int8 { lines, scales } => out.extend(places.map(|(line, column, lane)| {
                let byte = lines[line][lane] >> (8 * column) & 0xFF;
                (byte as f32 - 128.0) * scales[row]
            })),
        }
    }

    /// `x w^T` for rows of `width` values; gives rows of as many values as this matrix has rows.
    pub(crate) fn multiply(&self, x: &[f32]) -> Vec<f32> {
        let (vectors, stride) = (quads(x, self.width), lines_of(self.width));
        let padded = panels_of(self.rows) * PANEL;
        let mut out = match &self.lines {
            Lines::F32(lines) => product(Panels { lines, stride, used: stride }, &vectors),
            Lines::Int8 { lines, .. } => product(Panels { lines, stride, used: stride }, &vectors),
        };
        if let Lines::Int8 { scales, .. } = &self.lines {
            for row in out.chunks_mut(padded) {
                row.iter_mut().zip(scales).for_each(|(y, scale)| *y *= scale);
            }
        }
        if padded == self.rows {
            return out;
        }
        out.chunks(padded).flat_map(|row| &row[..self.rows]).copied().collect()
    }
}

/// Lines of a row of `width` values.
pub(crate) fn lines_of(width: usize) -> usize {
    width.div_ceil(COLUMNS)
}

/// Panels of `rows` rows.
pub(crate) fn panels_of(rows: usize) -> usize {
    rows.div_ceil(PANEL)
}

/// Line, column and lane of the value at (`row`, `column`) in panels of `stride` lines.
pub(crate) fn place(row: usize, column: usize, stride: usize) -> (usize, usize, usize) {
    (row / PANEL * stride + column / COLUMNS, column % COLUMNS, row % PANEL)
}

/// The scale that maps a row to `-127..=127`; never zero, nor a number that is none.
fn scale_of(row: &[f32]) -> f32 {
    let largest = row.iter().fold(0f32, |a, x| a.max(x.abs()));
    if largest > 0.0 && largest.is_finite() { largest / BYTE_LIMIT } else { 1.0 }
}

/// Rows of `width` values in fours, the last four filled up with zeros.
pub(crate) fn quads(x: &[f32], width: usize) -> Vec<[f32; COLUMNS]> {
    let quad = |four: &[f32]| std::array::from_fn(|i| four.get(i).copied().unwrap_or(0.0));
    x.chunks(width).flat_map(|row| row.chunks(COLUMNS).map(quad)).collect()
}

/// Panels that lie `stride` lines apart and of which the first `used` lines count.
pub(crate) struct Panels<'a, L> {
    /// All lines.
    pub(crate) lines: &'a [L],
    /// Lines from one panel to the next.
    pub(crate) stride: usize,
    /// Lines that count, at least one.
    pub(crate) used: usize,
}

/// The product of all panels with vectors of `used` fours; rows of 32 values a panel.
pub(crate) fn product<L: Line>(panels: Panels<'_, L>, vectors: &[[f32; COLUMNS]]) -> Vec<f32> {
    let width = panels.lines.len().div_ceil(panels.stride.max(1)) * PANEL;
    let mut out = vec![0.0; vectors.len() / panels.used.max(1) * width];
    pulp::Arch::new().dispatch(Product { panels, vectors, width, out: &mut out });
    out
}

struct Product<'a, L> {
    panels: Panels<'a, L>,
    vectors: &'a [[f32; COLUMNS]],
    width: usize,
    out: &'a mut [f32],
}

impl<L: Line> WithSimd for Product<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { panels: Panels { lines, stride, used }, vectors, width, out } = self;
        for (index, panel) in lines.chunks(stride).enumerate() {
            let panel = &panel[..used];
            let groups = vectors.chunks(used * TOGETHER).zip(out.chunks_mut(width * TOGETHER));
            for (group, out) in groups {
                let out = &mut out[index * PANEL..];
                match group.len() / used {
                    1 => tile::<S, L, 1>(simd, panel, group, width, out),
                    2 => tile::<S, L, 2>(simd, panel, group, width, out),
                    3 => tile::<S, L, 3>(simd, panel, group, width, out),
                    _ => tile::<S, L, TOGETHER>(simd, panel, group, width, out),
                }
            }
        }
    }
}

/// One panel times `N` vectors. Even and odd columns have a sum each, two registers wide. Plain loops on purpose: a closure would
/// be compiled without the machine's vector instructions.
#[inline(always)]
fn tile<S: Simd, L: Line, const N: usize>(
    simd: S,
    panel: &[L],
    group: &[[f32; COLUMNS]],
    width: usize,
    out: &mut [f32],
) {
    let mut vectors = [&group[..panel.len()]; N];
    for i in 1..N {
        vectors[i] = &group[i * panel.len()..][..panel.len()];
    }
    let step = 2 * S::F32_LANES;
    let mut lane = 0;
    while lane < PANEL {
        let mut sums = [[[simd.splat_f32s(0.0); 2]; 2]; N];
        for (k, line) in panel.iter().enumerate() {
            for c in 0..COLUMNS {
                let [low, high] = line.load(simd, c, lane);
                for i in 0..N {
                    let x = simd.splat_f32s(vectors[i][k][c]);
                    let sum = &mut sums[i][c % 2];
                    sum[0] = simd.mul_add_e_f32s(low, x, sum[0]);
                    sum[1] = simd.mul_add_e_f32s(high, x, sum[1]);
                }
            }
        }
        for i in 0..N {
            let (to, _) = S::as_mut_simd_f32s(&mut out[i * width + lane..][..step]);
            to[0] = simd.add_f32s(sums[i][0][0], sums[i][1][0]);
            to[1] = simd.add_f32s(sums[i][0][1], sums[i][1][1]);
        }
        lane += step;
    }
}

/// What a line is made of.
pub(crate) trait Line: Copy {
    /// Two registers of a column, from this lane on.
    fn load<S: Simd>(&self, simd: S, column: usize, lane: usize) -> [S::f32s; 2];
}

impl Line for FloatLine {
    #[inline(always)]
    fn load<S: Simd>(&self, _: S, column: usize, lane: usize) -> [S::f32s; 2] {
        let (values, _) = S::as_simd_f32s(&self[column][lane..][..2 * S::F32_LANES]);
        [values[0], values[1]]
    }
}

impl Line for ByteLine {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S, column: usize, lane: usize) -> [S::f32s; 2] {
        let (bytes, _) = S::as_simd_u32s(&self[lane..][..2 * S::F32_LANES]);
        [byte(simd, bytes[0], column), byte(simd, bytes[1], column)]
    }
}

/// The bytes of a column as numbers: put into the low bits of 2^23, from which 2^23 and 128 are taken again, exactly.
#[inline(always)]
fn byte<S: Simd>(simd: S, bytes: S::u32s, column: usize) -> S::f32s {
    let shifted = simd.wrapping_dyn_shr_u32s(bytes, simd.splat_u32s(8 * column as u32));
    let number = simd.or_u32s(simd.and_u32s(shifted, simd.splat_u32s(0xFF)), simd.splat_u32s(MAGIC));
    simd.sub_f32s(simd.transmute_f32s_u32s(number), simd.splat_f32s(MAGIC_ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(seed: u32, count: usize) -> Vec<f32> {
        let value = |i: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / (1 << 23) as f32 - 1.0;
        (0..count as u32).map(|i| value(i.wrapping_mul(97).wrapping_add(seed))).collect()
    }

    fn naive(matrix: &[f32], width: usize, x: &[f32]) -> Vec<f64> {
        let one = |w: &[f32], x: &[f32]| w.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
        x.chunks(width).flat_map(|x| matrix.chunks(width).map(move |w| one(w, x))).collect()
    }

    proptest! {
        #[test]
        fn multiplies_and_gives_a_vector_the_same_bits_alone(
            (rows, width, count, seed) in (1usize..80, 1usize..70, 1usize..10, any::<u32>()),
        ) {
            let (w, x) = (values(seed, rows * width), values(seed ^ 1, count * width));
            for precision in [Precision::F32, Precision::Int8] {
                let matrix = Matrix::new(&w, width, precision);
                let got = matrix.multiply(&x);
                let mut unpacked = Vec::new();
                (0..rows).for_each(|row| matrix.push_row(row, &mut unpacked));
                for (got, want) in got.iter().zip(naive(&unpacked, width, &x)) {
                    prop_assert!((f64::from(*got) - want).abs() < 1e-4, "{got} is not {want}");
                }
                let alone: Vec<f32> = x.chunks(width).flat_map(|x| matrix.multiply(x)).collect();
                prop_assert_eq!(&got, &alone);
                let limit = match precision { Precision::F32 => 0.0, Precision::Int8 => 1.001 / 254.0 };
                for (packed, value) in unpacked.iter().zip(&w) {
                    prop_assert!((packed - value).abs() <= limit, "{packed} is not {value}");
                }
            }
        }
    }

    #[test]
    fn eight_bits_take_a_quarter_and_survive_odd_rows() {
        let w = [vec![0.0; 64], vec![f32::MAX; 64], values(3, 64)].concat();
        let (float, byte) = (Matrix::new(&w, 64, Precision::F32), Matrix::new(&w, 64, Precision::Int8));
        assert!(byte.bytes() * 39 < float.bytes() * 10);
        let product = byte.multiply(&[1e-4; 64]);
        assert_eq!(product[0], 0.0);
        assert!(product.iter().all(|y| y.is_finite()), "{product:?}");
    }
}
