//! Addresses of crypto wallets: base58 with its checksum (Bitcoin, Litecoin, Dogecoin, Tron and others), bech32 and bech32m (`bc1…`, `ltc1…`,
//! `addr1…`), and Ethereum's forty hex digits, whose mixed case must be its checksum (EIP-55). Never tells whose it is.

use sha2::{Digest as _, Sha256};
use sha3::Keccak256;

use super::{Page, Recognizer};
use crate::finding::{Finding, SpanText as _};
use crate::kind::Kind;

/// The longest address that is read: bech32 allows ninety, Cardano writes 103.
const LONGEST: usize = super::page::LONGEST_WORD;
const SHORTEST: usize = 26;
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Recognizes addresses of crypto wallets.
pub struct Crypto;

impl Recognizer for Crypto {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Crypto]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for word in page.words().iter().filter(|word| (SHORTEST..=LONGEST).contains(&word.len())) {
            if page.starts_word(word.start) && page.ends_word(word.end) && is_address(word.of(page.text())) {
                findings.push(Finding::new(Kind::Crypto, *word, 0.99));
            }
        }
    }
}

fn is_address(word: &str) -> bool {
    match word.strip_prefix("0x") {
        Some(digits) => is_ethereum(digits),
        None => word.len() <= 36 && is_base58(word) || is_bech32(word),
    }
}

/// Forty hex digits; letters in both cases must be those of the checksum, and an address of nothing but zeros is nobody's.
fn is_ethereum(digits: &str) -> bool {
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

/// Twenty-one bytes and four of their double SHA-256, in base 58.
fn is_base58(word: &str) -> bool {
    let mut bytes = [0_u8; 25];
    for c in word.chars() {
        let Some(value) = BASE58.find(c) else { return false };
        let mut carry = value as u32;
        for byte in bytes.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = (carry & 0xff) as u8;
            carry >>= 8;
        }
        if carry != 0 {
            return false;
        }
    }
    let (payload, check) = bytes.split_at(21);
    payload.iter().any(|byte| *byte != 0) && Sha256::digest(Sha256::digest(payload)).starts_with(check)
}

/// A human-readable part, `1`, and data whose last six characters are the checksum of BIP 173 or BIP 350.
fn is_bech32(word: &str) -> bool {
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
    let Some(data) = data.chars().map(|c| BECH32.find(c).map(|value| value as u32)).collect::<Option<Vec<u32>>>()
    else {
        return false;
    };
    let high = prefix.bytes().map(|b| u32::from(b) >> 5);
    let low = prefix.bytes().map(|b| u32::from(b) & 31);
    let sum = high.chain([0]).chain(low).chain(data).fold(1_u32, |sum, value| {
        const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
        let top = sum >> 25;
        let next = (sum & 0x01ff_ffff) << 5 ^ value;
        GENERATOR.iter().enumerate().filter(|(bit, _)| top >> bit & 1 == 1).fold(next, |next, (_, term)| next ^ term)
    });
    matches!(sum, 1 | 0x2bc8_30a3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recognize::check;

    #[test]
    fn finds() {
        check(
            &Crypto,
            Kind::Crypto,
            &[
                "send to {1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa}.",
                "({3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy})",
                "{bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq}!",
                "{0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed} or {0x52908400098527886e0f7030069857d2e4169ee7}",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Crypto,
            Kind::Crypto,
            &[
                "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
                "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdx",
                "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
                "0x0000000000000000000000000000000000000000",
                "550e8400e29b41d4a716446655440000",
            ],
        );
    }
}
