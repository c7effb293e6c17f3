//! Words after which an address is told, in some twenty languages: `lives at 14 The Larches`, `Adres: Bağdat 5`, `"address1": "Borgo 3"`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::recognize::Page;

/// How far before an address its announcement stands, in bytes.
const CONTEXT: usize = 40;

/// Words after which an address is told, directly or after a colon.
const ANNOUNCING: [&str; 127] = [
    "address",
    "addr",
    "lives at",
    "live at",
    "lived at",
    "living at",
    "lives in",
    "lives on",
    "live on",
    "live in",
    "lived in",
    "resides at",
    "reside at",
    "residing at",
    "resident of",
    "located at",
    "located on",
    "located in",
    "situated at",
    "office is",
    "offices are",
    "office at",
    "ship to",
    "ship it to",
    "shipped to",
    "shipping to",
    "send to",
    "sent to",
    "mail to",
    "mailed to",
    "deliver to",
    "delivered to",
    "delivery to",
    "deliver it to",
    "return to",
    "arrived at",
    "taxi to",
    "moved to",
    "move to",
    "meet me at",
    "meet you at",
    "meet at",
    "meeting at",
    "stop at",
    "drop me at",
    "drops you off at",
    "pick me up at",
    "house at",
    "home at",
    "adresse",
    "anschrift",
    "wohnhaft",
    "wohnt in",
    "wohne in",
    "wohne in der",
    "liefern an",
    "treffpunkt",
    "dirección",
    "direccion",
    "domicilio",
    "domiciliado en",
    "domiciliada en",
    "vivo en",
    "vive en",
    "enviar a",
    "indirizzo",
    "residente in",
    "residenza",
    "abito in",
    "abita in",
    "spedire a",
    "adres",
    "adress",
    "endereço",
    "endereco",
    "morada",
    "moro na",
    "moro no",
    "moro em",
    "mora na",
    "enviar para",
    "residente na",
    "domicilié",
    "domicilie",
    "domiciliée",
    "habite au",
    "habite à",
    "livrer à",
    "livrer au",
    "woon op",
    "woont op",
    "woonachtig",
    "bezorgen op",
    "mieszkam przy",
    "mieszka przy",
    "zamieszkał",
    "zameldowan",
    "bor på",
    "bor i ",
    "bosatt",
    "osoite",
    "osoitteessa",
    "asun ",
    "bydliště",
    "bydlím na",
    "bytem",
    "trvale bytem",
    "ulice",
    "locuiesc pe",
    "locuiesc în",
    "domiciliat",
    "domiciliu",
    "lakcím",
    "címem",
    "cím",
    "lakik",
    "ikamet",
    "住所",
    "地址",
    "住址",
    "주소",
    "पता",
    "διεύθυνση",
    "адрес",
    "адреса",
    "проживает",
    "billing to",
];
/// Words that are only the name of a field: a colon, an equals sign or a tab follows.
const FIELDS: [&str; 18] = [
    "street",
    "straße",
    "strasse",
    "gade",
    "strada",
    "via",
    "rue",
    "rua",
    "calle",
    "straat",
    "ulica",
    "utca",
    "улица",
    "вулиця",
    "οδός",
    "property",
    "location",
    "residence",
];

/// The words as one automaton. There is always an automaton of so few words.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = ANNOUNCING.iter().chain(&FIELDS);
    AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words).ok()
});

/// Small words between the announcement and the address.
fn is_small(word: &str) -> bool {
    matches!(
        word,
        "is" | "to"
            | "at"
            | "es"
            | "in"
            | "the"
            | "now"
            | "new"
            | "with"
            | "lautet"
            | "ist"
            | "me"
            | "us"
            | "der"
            | "est"
            | "è"
            | "é"
            | "til"
            | "na"
            | "på"
            | "är"
            | "er"
            | "on"
            | "este"
            | "jest"
            | "le"
            | "au"
            | "la"
            | "was"
            | "file"
            | "che"
            | "mon"
            | "bilgim"
            | "meu"
            | "mio"
    )
}

/// Whether a word before `at` tells that an address follows, and little stands between.
pub(super) fn announced(page: &Page<'_>, at: usize) -> bool {
    let Some(words) = &*WORDS else { return false };
    let bytes = page.text().as_bytes();
    let from = at.saturating_sub(CONTEXT);
    let before = bytes.get(from..at).unwrap_or_default();
    let Some(last) = words.find_iter(before).last() else { return false };
    let between = page.text().get(from + last.end()..at).unwrap_or("-");
    // "address is: ", "address\n  ", "address_line1=\"", "lives at the corner of ".
    let plain = between.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\'' | '"' | ']'));
    let field = last.pattern().as_usize() >= ANNOUNCING.len();
    let labeled = || {
        let whole = page.starts_word(from + last.start()) && !between.starts_with(char::is_alphabetic);
        whole && plain.trim_start().starts_with([':', '=', '\t', '-', '：', '>'])
    };
    if field && !labeled() {
        return false;
    }
    plain
        .split(|c: char| {
            c.is_whitespace() || matches!(c, ':' | '：' | '=' | '>' | '-' | '"' | '\'' | '(' | '|' | '[' | '{')
        })
        .filter(|word| !word.is_empty())
        .all(is_small)
}
