//! Numbers of the north of Europe. Data only; the engine beside this file reads it.

use super::{Rule, check_europe};
use crate::kind::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: Kind::SePersonnummer,
        sure: &["999999-9999", "99999999-9999"],
        near: &["9999999999", "999999999999", "999999 9999", "99999999 9999"],
        check: check_europe::se_personnummer,
        words: &["personnummer", "person nr", "pers nr", "personal number", "samordningsnummer", "personal identity"],
        hits: &[
            "personnummer: {811218-9876}",
            "my person nr is {19811218-9876}.",
            "(personnummer {6408233234}), thanks",
        ],
        misses: &[
            "personnummer: 811219-9876",
            "personnummer 1981121898760123456789012345678901234567",
            "a list of 7, 6408233234 and 9",
        ],
    },
    Rule {
        kind: Kind::NoFodselsnummer,
        sure: &["99999999999", "999999 99999"],
        near: &["999999-99999"],
        check: check_europe::no_fodselsnummer,
        words: &["fødselsnummer", "fodselsnummer", "fnr", "personnummer"],
        hits: &[
            "fødselsnummer: {15076500565}",
            "my fodselsnummer is {290296 00013}.",
            "(fødselsnummer {05066173374}), thanks",
        ],
        misses: &[
            "fødselsnummer: 15076600565",
            "fødselsnummer 290296000130123456789012345678901234567",
            "seen v05066173374z there",
        ],
    },
    Rule {
        kind: Kind::DkCpr,
        sure: &[],
        near: &["999999-9999", "9999999999", "999999 9999"],
        check: check_europe::dk_cpr,
        words: &["cpr", "cpr nr", "personnummer"],
        hits: &["cpr: {211062-5629}", "my cpr nr is {0701614978}.", "(cpr {070161-4978}), thanks"],
        misses: &["cpr: 991062-5629", "cpr 07016149780123456789012345678901234567", "a list of 7, 0701614978 and 9"],
    },
    Rule {
        kind: Kind::FiHetu,
        sure: &["999999-999X", "999999A999X"],
        near: &["999999999X"],
        check: check_europe::fi_hetu,
        words: &["hetu", "henkilötunnus", "henkilotunnus", "personal identity", "sotu"],
        hits: &["hetu: {131052-308T}", "my henkilötunnus is {010990-052T}.", "(hetu {181010A7736}), thanks"],
        misses: &["hetu: 131062-308T", "hetu 010990052T0123456789012345678901234567", "seen v181010A7736z there"],
    },
];
