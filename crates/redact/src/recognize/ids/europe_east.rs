//! Numbers of the east of Europe. Data only; the engine beside this file reads it.

use super::{Rule, check_europe};
use crate::kind::Kind;

pub(super) const RULES: &[Rule] = &[
    Rule {
        kind: Kind::PlPesel,
        sure: &[],
        near: &["99999999999"],
        check: check_europe::pl_pesel,
        words: &["pesel"],
        hits: &["pesel: {02070803628}", "my pesel is {44051401359}.", "(pesel {92060512186}), thanks"],
        misses: &[
            "pesel: 02070903628",
            "pesel 440514013590123456789012345678901234567",
            "a list of 7, 92060512186 and 9",
        ],
    },
    Rule {
        kind: Kind::PlNip,
        sure: &["999-999-99-99"],
        near: &["9999999999", "999-99-99-999", "999 999 99 99"],
        check: check_europe::pl_nip,
        words: &["nip", "tax id"],
        hits: &["nip: {123-456-32-18}", "my tax id is {8567346215}.", "(nip {123-45-63-218}), thanks"],
        misses: &["nip: 123-457-32-18", "nip 85673462150123456789012345678901234567", "a list of 7, 1234563218 and 9"],
    },
    Rule {
        kind: Kind::PlRegon,
        sure: &[],
        near: &["999999999", "99999999999999"],
        check: check_europe::pl_regon,
        words: &["regon"],
        hits: &["regon: {123456785}", "my regon is {12345678512347}.", "(regon {192598184}), thanks"],
        misses: &[
            "regon: 123466785",
            "regon 123456785123470123456789012345678901234567",
            "a list of 7, 192598184 and 9",
        ],
    },
    Rule {
        kind: Kind::CzBirthNumber,
        sure: &["999999/9999"],
        near: &["9999999999", "999999/999", "999999 9999"],
        check: check_europe::cz_birth_number,
        words: &["rodné číslo", "rodne cislo", "rodne číslo", "rč", "r.č", "birth number"],
        hits: &["rodné číslo: {710319/2745}", "my rodne cislo is {736028/5163}.", "(rodné číslo {7103192745}), thanks"],
        misses: &[
            "rodné číslo: 710310/2745",
            "rodné číslo 73602851630123456789012345678901234567",
            "a list of 7, 7103192745 and 9",
        ],
    },
    Rule {
        kind: Kind::RoCnp,
        sure: &[],
        near: &["9999999999999"],
        check: check_europe::ro_cnp,
        words: &["cnp", "cod numeric personal", "codul numeric personal", "personal numeric code"],
        hits: &["cnp: {1630615123457}", "my cod numeric personal is {1570309127383}.", "(cnp {1720426120821}), thanks"],
        misses: &[
            "cnp: 1630616123457",
            "cnp 15703091273830123456789012345678901234567",
            "a list of 7, 1720426120821 and 9",
        ],
    },
    Rule {
        kind: Kind::HuTaj,
        sure: &[],
        near: &["999 999 999", "999999999", "999-999-999"],
        check: check_europe::hu_taj,
        words: &["taj", "társadalombiztosítási"],
        hits: &["taj: {111 222 337}", "my társadalombiztosítási is {045678909}.", "(taj {935-123-454}), thanks"],
        misses: &["taj: 111 232 337", "taj 0456789090123456789012345678901234567", "a list of 7, 935123454 and 9"],
    },
    Rule {
        kind: Kind::BgEgn,
        sure: &[],
        near: &["9999999999"],
        check: check_europe::bg_egn,
        words: &["егн", "egn"],
        hits: &["егн: {7523169263}", "my egn is {6504065821}.", "(егн {9309173827}), thanks"],
        misses: &["егн: 7523179263", "егн 65040658210123456789012345678901234567", "a list of 7, 9309173827 and 9"],
    },
];
