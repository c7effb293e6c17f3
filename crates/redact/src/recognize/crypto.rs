//! Addresses of crypto wallets, told by their checksums: base 58 (Bitcoin, Litecoin, Dogecoin, Tron, Ripple, Zcash, Tezos, Monero and others),
//! bech32 and its like (`bc1…`, `addr1…`, Bitcoin Cash), base 32 and 64 (Stellar, Algorand, Toncoin), and Ethereum's forty hex digits. Solana
//! and Polkadot count only after a word that names a wallet. Never tells whose it is.

use super::crypto_sums::{
    is_base32, is_base58, is_bech32, is_bitcoin_cash, is_ethereum, is_monero, is_plain_base58, is_ton,
};
use super::list::List;
use super::needs::LEAST_WALLET;
use super::{Page, Recognizer};
use crate::finding::{Finding, Span, SpanText as _};
use crate::kind::Kind;

/// The longest address that is read: bech32 allows ninety, Cardano writes 103.
const LONGEST: usize = super::page::LONGEST_WORD;
const SHORTEST: usize = 25;
/// How far before an address a word that names it stands, in bytes.
const CONTEXT: usize = 48;
/// The most words before an address that are looked at.
const MOST_WORDS: usize = 5;
/// Words that name an address.
static NAMES: List = List::new(
    "wallet wallets address addresses adresse addr sol solana spl phantom dot polkadot kusama ksm donate donation donations tip tips crypto coin coins \
     btc bitcoin token mint deposit withdraw withdrawal receive recipient payout kontoadresse cartera monedero billetera portefeuille portafoglio \
     indirizzo carteira portfel adres plånbok lommebok tegnebog lompakko peněženka cüzdan ウォレット 钱包 지갑 кошелек кошелёк гаманець πορτοφόλι \
     walletaddress btcaddress cryptowallet",
);

/// Recognizes addresses of crypto wallets.
pub struct Crypto;

impl Recognizer for Crypto {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Crypto]
    }

    fn find(&self, page: &Page<'_>, findings: &mut Vec<Finding>) {
        for word in page.words().iter().filter(|word| (LEAST_WALLET..=LONGEST).contains(&word.len())) {
            findings.extend(address(page, *word).map(|span| Finding::new(Kind::Crypto, span, 0.99)));
        }
    }
}

/// The address that a word is, or is a part of.
fn address(page: &Page<'_>, word: Span) -> Option<Span> {
    let sign = |byte: Option<u8>| matches!(byte, Some(b'-' | b'_'));
    if sign(page.byte_before(word.start)) || sign(page.byte(word.end)) {
        let inside = |c: char| matches!(c, '-' | '_') || c.is_ascii_alphanumeric();
        let span = Span::new(page.back_while(word.start, 49, inside), page.ahead_while(word.end, 49, inside));
        return is_ton(span.of(page.text())).then_some(span);
    }
    if word.len() < SHORTEST || !page.starts_word(word.start) || !page.ends_word(word.end) {
        return None;
    }
    let text = word.of(page.text());
    if is_bitcoin_cash(text) {
        let start = if page.has_before(word.start, "bitcoincash:") { word.start - 12 } else { word.start };
        return Some(Span::new(start, word.end));
    }
    (is_address(text) || is_plain_base58(text) && is_named(page, word.start)).then_some(word)
}

fn is_address(word: &str) -> bool {
    match word.strip_prefix("0x") {
        Some(digits) => is_ethereum(digits),
        None => is_base58(word) || is_bech32(word) || is_base32(word) || is_monero(word) || is_ton(word),
    }
}

/// Whether one of the words before the address names it.
fn is_named(page: &Page<'_>, start: usize) -> bool {
    let before = page.bytes_before(start, CONTEXT);
    let mut words = before.rsplit(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(MOST_WORDS);
    words.any(|word| NAMES.has(word) || ["Wallet", "Address", "Addr"].iter().any(|end| word.ends_with(end)))
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
                "{rEev6AY3fnEZh1F26EdfWc1dsEtDfBAiDr}, {t1WcPbBwxRMNe7WEGQF3H5iBR4iffnz8V6w}",
                "{tz1SzjJqWnrMNiEXciWtoWt4DG7RY1yYmbSZ} {bitcoincash:qzkfw926hywn6qls45s8w6e7hkhzghsve5lu054m37}",
                "{GA4N6DBL2GHRAGASJNFC5IOVPU3CI4NB4ZBV6N2ECQ3TYSJLOIW676YI} and \
                 {AIRDOSYKADNE3NMHXCH7VQ3O4LLB722RGG4E65ZUQVLAGIH5RQ3YPSKZJI}",
                "{41woGw42gWAgC3yepNK87PNiPPczbTYoEMvCY9B7Wj9ZRQBCNdcRCWH8Je1xaWgnA1isHnxkdVGGN4tvhSHf22fSLcHE5eb}",
                "Wallet: {9BhrYLd5pw5SGAreegh5fBgFeYnr13DwQMZeSfuYz4Hv}, my polkadot is {15MAYFVSqFEhdqEX8oVtEgb4PrVbPCQBDTHVdAvrBTs5w244}",
                "{EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N}, {EQDtFpEwcFAEcRe5mLVh2N6C0x-_hJEM7W61_JLnSF74p4q2}",
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
                "9BhrYLd5pw5SGAreegh5fBgFeYnr13DwQMZeSfuYz4Hv",
                "rEev6AY3fnEZh1F26EdfWc1dsEtDfBAiDs, tz1SzjJqWnrMNiEXciWtoWt4DG7RY1yYmbSY",
                "GA4N6DBL2GHRAGASJNFC5IOVPU3CI4NB4ZBV6N2ECQ3TYSJLOIW676YJ",
                "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2M",
                "550e8400e29b41d4a716446655440000",
            ],
        );
    }
}
