//! Tax numbers that only a word tells: without the prefix of a country, or without check digits that everybody knows. Data only; the engine
//! beside this file reads it.

use super::{Rule, check_asia, check_europe, check_world};
use crate::kind::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: Kind::DeTaxId,
        sure: &[],
        near: &[
            "9999999999",
            "99999999999",
            "9999999999999",
            "99/999/99999",
            "999/999/99999",
            "999/9999/9999",
            "99999/99999",
            "99 999 99999",
            "999 999 99999",
            "999 9999 9999",
            "9 999 99999",
            "99 99 99999",
            "99-999-99999",
            "999-999-99999",
        ],
        check: check_europe::de_tax_number,
        words: &["steuernummer", "steuer nr", "steuernr", "steuer no", "stnr", "st nr", "st. nr", "st.nr", "finanzamt"],
        hits: &["Steuernummer: {181/815/08155}", "unsere St.-Nr. {93815/08152}, danke", "Steuernr. {2893081508152}"],
        misses: &["Datum 181/815/08155", "Steuernummer: 000/000/00000", "Steuernummer 2893981508152"],
    },
    Rule {
        kind: Kind::EuVat,
        sure: &[],
        near: &["999999999", "999 9999 99", "999999999999", "999 9999 99 999"],
        check: check_europe::gb_vat,
        words: &["vat number", "vat no", "vat reg", "vat registration", "vat reg no"],
        hits: &["VAT number: {980780684}", "VAT reg no {980 7806 84}", "our VAT no. is {100190874}"],
        misses: &["VAT number: 980780685", "order 980780684", "VAT no 9807806840"],
    },
    Rule {
        kind: Kind::EuVat,
        sure: &[],
        near: &["99999999999", "99 999 999 999", "99 999999999"],
        check: check_europe::fr_vat,
        words: &["tva", "n° tva", "numéro tva", "intracommunautaire"],
        hits: &["numéro de TVA: {23334175221}", "TVA {23 334 175 221}", "TVA intracommunautaire {40303265045}"],
        misses: &["numéro de TVA: 24334175221", "commande 23334175221", "TVA 2333417522"],
    },
    Rule {
        kind: Kind::EuVat,
        sure: &[],
        near: &["999999999", "9999999999"],
        check: check_europe::bg_vat,
        words: &["ддс", "ддс номер", "еик", "булстат"],
        hits: &["ДДС номер: {103873594}", "ЕИК {131272009}", "(ДДС {175015558})"],
        misses: &["ДДС номер: 103873595", "поръчка 103873594", "ЕИК 1038735"],
    },
    Rule {
        kind: Kind::InGstin,
        sure: &[],
        near: &["99AAAAA9999AXAX"],
        check: check_asia::in_gstin_layout,
        words: &["gstin", "gst", "gst no", "gst number", "gst registration"],
        hits: &["my GSTIN is {27ABCDE1234F1Z5}.", "GST registration: {07ABCPE6789K1Z2}", "gst no {29AAGCB7383J1Z5}"],
        misses: &["seen 27ABCDE1234F1Z5 there", "GSTIN: 77ABCDE1234F1Z5", "gstin 27ABCDE1234F1A5"],
    },
    Rule {
        kind: Kind::Imei,
        sure: &[],
        near: &[
            "99999999999999",
            "9999999999999999",
            "99-999999-999999",
            "99-999999-999999-99",
            "99999999-999999",
            "99999999-999999-99",
        ],
        check: check_world::unchecked_device,
        words: &["imei", "imeisv", "imei sv"],
        hits: &["IMEI: {35-209900-176148}", "imei {35686800-004141-20}", "(IMEISV {3520990017614823})"],
        misses: &["serial 35209900176148", "IMEI: 11111111111111", "imei 352099001761"],
    },
];
