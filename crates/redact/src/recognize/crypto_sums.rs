//! The checksums of crypto wallets' addresses: what tells an address from other letters and digits. Never looks at the text around.

use sha2::{Digest as _, Sha256, Sha512_256};
use sha3::Keccak256;

const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The same digits in Ripple's order.
const RIPPLE58: &str = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Forty hex digits; letters in both cases must be those of the checksum (EIP-55), and an address of nothing but zeros is nobody's.
pub(super) fn is_ethereum(digits: &str) -> bool {
    if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) || digits.bytes().all(|b| b == b'0') {
        return false;
    }
    let lower = digits.to_ascii_lowercase();
    if digits == lower || digits == digits.to_ascii_uppercase() {
        return true;
    }
    let hash = hex::encode(Keccak256::digest(lower.as_bytes()));
    digits.chars().zip(hash.chars()).all(|(c, h)| !c.is_ascii_alphabetic() || c.is_ascii_uppercase() == (h >= '8'))
}

/// A number in base 58 of at most `N` bytes.
fn base58<const N: usize>(word: &str, alphabet: &str) -> Option<[u8; N]> {
    let mut bytes = [0_u8; N];
    for c in word.chars() {
        let mut carry = alphabet.find(c)? as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(bytes)
}

/// Whether the last four bytes are the first of the double SHA-256 of the others.
fn is_checked<const N: usize>(bytes: Option<[u8; N]>) -> bool {
    let Some(bytes) = bytes else { return false };
    let Some((payload, check)) = bytes.split_last_chunk::<4>() else { return false };
    payload.iter().any(|byte| *byte != 0) && Sha256::digest(Sha256::digest(payload)).starts_with(check)
}

/// Base 58 with its checksum: twenty-one bytes (Bitcoin and its like, Ripple), twenty-two (Zcash) or twenty-three (Tezos), and four.
pub(super) fn is_base58(word: &str) -> bool {
    match word.as_bytes() {
        [b'r', ..] if word.len() <= 35 => is_checked::<25>(base58(word, RIPPLE58)),
        [b't', b'1' | b'3', ..] if word.len() == 35 => is_checked::<26>(base58(word, BASE58)),
        [b't', b'z', b'1'..=b'4', ..] | [b'K', b'T', b'1', ..] if word.len() == 36 => {
            is_checked::<27>(base58(word, BASE58))
        }
        _ => word.len() <= 36 && is_checked::<25>(base58(word, BASE58)),
    }
}

/// Whether base 58 gives exactly thirty-two bytes (Solana), or thirty-five of a known network (Polkadot and its like). Both lack a checksum
/// that is read here.
pub(super) fn is_plain_base58(word: &str) -> bool {
    let mixed = word.bytes().any(|b| b.is_ascii_lowercase()) && word.bytes().any(|b| b.is_ascii_uppercase());
    match word.len() {
        43..=44 => {
            mixed && base58::<32>(word, BASE58).is_some_and(|bytes| bytes.first().is_some_and(|byte| *byte != 0))
        }
        47..=48 => mixed && base58::<35>(word, BASE58).is_some_and(|bytes| matches!(bytes.first(), Some(0 | 2 | 42))),
        _ => false,
    }
}

/// Monero: blocks of eleven digits in base 58 for eight bytes, and four bytes of Keccak at the end.
pub(super) fn is_monero(word: &str) -> bool {
    if !matches!(word.len(), 95 | 106) || !matches!(word.as_bytes(), [b'4' | b'8', ..]) || !word.is_ascii() {
        return false;
    }
    let mut bytes = Vec::with_capacity(80);
    for block in word.as_bytes().chunks(11) {
        let Ok(block) = std::str::from_utf8(block) else { return false };
        let Some(number) = base58::<8>(block, BASE58) else { return false };
        // Seven digits are five bytes.
        let unused = match block.len() {
            11 => 0,
            7 => 3,
            _ => return false,
        };
        bytes.extend(number.into_iter().skip(unused));
    }
    let Some((payload, check)) = bytes.split_last_chunk::<4>() else { return false };
    Keccak256::digest(payload).starts_with(check)
}

/// Base 32 of Stellar (56 digits and a CRC) or Algorand (58 and a hash).
pub(super) fn is_base32(word: &str) -> bool {
    if !matches!((word.len(), word.as_bytes().first()), (56, Some(b'G')) | (58, _)) {
        return false;
    }
    let Some(bytes) = bits(word, BASE32, 5) else { return false };
    if word.len() == 56 {
        return bytes.split_last_chunk::<2>().is_some_and(|(payload, check)| crc16(payload).to_le_bytes() == *check);
    }
    let Some((key, check)) = bytes.split_first_chunk::<32>() else { return false };
    check.len() == 4 && Sha512_256::digest(key).ends_with(check)
}

/// Toncoin: forty-eight digits in base 64 with a CRC.
pub(super) fn is_ton(word: &str) -> bool {
    let known = ["EQ", "UQ", "kQ", "0Q"].iter().any(|head| word.starts_with(head));
    let bytes = (word.len() == 48 && known).then(|| bits(word, BASE64, 6)).flatten();
    bytes.is_some_and(|bytes| {
        bytes.split_last_chunk::<2>().is_some_and(|(payload, check)| crc16(payload).to_be_bytes() == *check)
    })
}

/// The bytes that digits of `width` bits make; bits that are left at the end are dropped.
fn bits(word: &str, alphabet: &str, width: u32) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut count) = (Vec::with_capacity(word.len()), 0_u32, 0);
    for c in word.chars() {
        held = (held << width | alphabet.find(c)? as u32) & 0xffff;
        count += width;
        if count >= 8 {
            count -= 8;
            bytes.push((held >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// CRC-16 of XMODEM.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc: u16, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| crc << 1 ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 })
    })
}

/// The values of digits in the alphabet that bech32 uses.
fn fives(data: &str) -> Option<Vec<u8>> {
    data.chars().map(|c| BECH32.find(c).map(|value| value as u8)).collect()
}

/// Bitcoin Cash: forty-two digits whose checksum covers the prefix that may be left out.
pub(super) fn is_bitcoin_cash(word: &str) -> bool {
    if word.len() != 42 || !matches!(word.as_bytes(), [b'q' | b'p', ..]) {
        return false;
    }
    let Some(data) = fives(word) else { return false };
    let sum = "bitcoincash".bytes().map(|b| b & 31).chain([0]).chain(data).fold(1_u64, |sum, value| {
        const GENERATOR: [u64; 5] = [0x98_f2bc_8e61, 0x79_b76d_99e2, 0xf3_3e5f_b3c4, 0xae_2eab_e2a8, 0x1e_4f43_e470];
        let next = (sum & 0x07_ffff_ffff) << 5 ^ u64::from(value);
        GENERATOR
            .iter()
            .enumerate()
            .filter(|(bit, _)| sum >> 35 >> bit & 1 == 1)
            .fold(next, |next, (_, term)| next ^ term)
    });
    sum == 1
}

/// A human-readable part, `1`, and data whose last six characters are the checksum of BIP 173 or BIP 350.
pub(super) fn is_bech32(word: &str) -> bool {
    let Some((prefix, data)) =
        word.rsplit_once('1').filter(|(prefix, data)| (2..=10).contains(&prefix.len()) && data.len() >= 38)
    else {
        return false;
    };
    let lower = word.to_ascii_lowercase();
    if word != lower && word != word.to_ascii_uppercase() {
        return false;
    }
    let (prefix, data) = (prefix.to_ascii_lowercase(), data.to_ascii_lowercase());
    let Some(data) = fives(&data) else { return false };
    let high = prefix.bytes().map(|b| u32::from(b) >> 5);
    let low = prefix.bytes().map(|b| u32::from(b) & 31);
    let sum = high.chain([0]).chain(low).chain(data.into_iter().map(u32::from)).fold(1_u32, |sum, value| {
        const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |next, (_, term)| next ^ term)
    });
    matches!(sum, 1 | 0x2bc8_30a3)
}
