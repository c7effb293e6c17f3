//! Curves as TensorBoard reads them: event files of records, each framed by its length and two checksums, each an `Event` of protocol
//! buffers with one scalar. Only these few fields are written, so they are encoded here by hand. Nothing is read.
//!
//! ```text
//! record = length u64 | masked CRC-32C of the length u32 | event | masked CRC-32C of the event u32     little-endian
//! Event  = 1: wall time f64 | 2: step i64 | 3: file version string | 5: Summary
//! Summary = 1: Value      Value = 1: tag string | 2: simple value f32
//! ```

/// Wire types of protocol buffers.
const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const BYTES: u8 = 2;
const FIXED_32: u8 = 5;
/// Castagnoli's polynomial, reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;
/// Added to a rotated checksum, so that a checksum of data that holds checksums stays a good one.
const MASK: u32 = 0xa282_ead8;

/// The record that opens a file. Times are seconds since 1970.
pub fn head(seconds: f64) -> Vec<u8> {
    let mut event = Vec::new();
    time(&mut event, seconds);
    bytes(&mut event, 3, b"brain.Event:2");
    record(&event)
}

/// The record of one value of a curve.
pub fn scalar(seconds: f64, step: u64, tag: &str, value: f32) -> Vec<u8> {
    let mut point = Vec::new();
    bytes(&mut point, 1, tag.as_bytes());
    key(&mut point, 2, FIXED_32);
    point.extend(value.to_le_bytes());
    let mut summary = Vec::new();
    bytes(&mut summary, 1, &point);
    let mut event = Vec::new();
    time(&mut event, seconds);
    key(&mut event, 2, VARINT);
    varint(&mut event, step);
    bytes(&mut event, 5, &summary);
    record(&event)
}

fn record(event: &[u8]) -> Vec<u8> {
    let length = (event.len() as u64).to_le_bytes();
    let mut out = Vec::with_capacity(event.len() + 16);
    out.extend(length);
    out.extend(masked(&length).to_le_bytes());
    out.extend(event);
    out.extend(masked(event).to_le_bytes());
    out
}

fn time(out: &mut Vec<u8>, seconds: f64) {
    key(out, 1, FIXED_64);
    out.extend(seconds.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    key(out, field, BYTES);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn key(out: &mut Vec<u8>, field: u8, wire: u8) {
    out.push(field << 3 | wire);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn masked(data: &[u8]) -> u32 {
    crc32c(data).rotate_right(15).wrapping_add(MASK)
}

fn crc32c(data: &[u8]) -> u32 {
    let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
    !data.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| bit(crc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // RFC 3720, section B.4, and the usual check value.
        let zeros = [0u8; 32];
        let rising: Vec<u8> = (0..32).collect();
        for (data, want) in [
            (b"123456789".as_slice(), 0xe306_9283),
            (&zeros, 0x8a91_36aa),
            (&rising, 0x46dd_794e),
            (&[0xff; 32], 0x62a8_ab43),
        ] {
            assert_eq!(crc32c(data), want, "{data:?}");
        }
    }

    /// Bytes that TensorBoard's own writer makes of the same events (its `RecordWriter`, version 2.20).
    #[test]
    fn writes_the_bytes_that_tensorboard_writes() {
        let head = hex::encode(head(1.5));
        assert_eq!(head, "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c");
        let scalar = hex::encode(scalar(1.5, 300, "loss/shard-000", 4.25));
        assert_eq!(
            scalar,
            "2500000000000000eabc36f309000000000000f83f10ac022a170a150a0e6c6f73732f73686172642d303030150000884098c75107"
        );
    }
}
