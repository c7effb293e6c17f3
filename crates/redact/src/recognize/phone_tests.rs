//! Samples of telephone numbers by the words before them, language by language, and of other numbers after the same words.

use super::{Phone, check};
use crate::kind::Kind;

#[test]
fn finds_numbers_to_call_back() {
    check(
        &Phone,
        Kind::Phone,
        &[
            "Puede llamarme al {715 650 341} o escribirme",
            "Línea directa: {658 309 978}.",
            "Le devolveremos la llamada al {93 640 95 63}.",
            "Telf.: {967542406}, e-mail",
            "Pode ligar-me para o {931 463 874} ou escrever",
            "Vamos ligar de volta para o {962 940 625}.",
            "Linha direta: {227 557 993}.",
            "La richiameremo al {345 123 4106}.",
            "Linea diretta: {080 4035988}.",
            "il suo numero è {339-1234567}.",
            "può chiamarmi al {345 123 4106}",
            "Durchwahl: {0317 2530491}.",
            "Rückruf unter der Nummer {0261 210-39989} erbeten",
            "Sie erreichen ihn unter der Nummer {0261 210399}",
            "Ma ligne directe : {05 61 12 34 56}, vous pouvez m'appeler au {06 12 34 56 78}",
            "mijn doorkiesnummer {020 5551234}, u kunt mij bereiken op {020 555 1234}",
            "oddzwonimy pod {601 234 567}, linia bezpośrednia {22 601 23 45}",
            "přímá linka {601 125 643}, zavolám na {601 125 643}",
            "geri arama için {532 123 45 67}, {0532 123 45 67}'den arayabilirsiniz",
            "nås på {70 123 45 67}, direktnummer {08-123 45 67}, du træffes på {40 36 50 15}",
            "我们将回拨 {133 9264 3008}。",
            "折り返し{03-1234-5678}まで",
            "직통번호 {02-123-4567}, {010 1234 5678}으로 연락",
            "Số máy trực tiếp: {096 541 2218}.",
            "liên hệ với tôi qua số {0985 163 487} hoặc email",
            "tôi sẽ gọi lại cho bạn qua số {092 199 6346}.",
            "перезвоните мне {8 916 123-45-67}, прямой номер {495 123-45-67}",
            "hubungi {0812 3456 789}",
        ],
    );
}

#[test]
fn leaves_numbers_of_other_things() {
    check(
        &Phone,
        Kind::Phone,
        &[
            "unter der Nummer 12345678 geführt",
            "al número 12345678 de la lista",
            "se llama Proyecto 12345678",
            "la norma richiama 345 123 4106 casi",
            "ligar o cabo 345 123 410",
            "NºCol: 08 08 57989.",
            "colegiado 08 08 57989",
            "NASS: 34 05789655 69",
            "numer prawa jazdy: 04-8736370.",
            "rodné číslo je 900314/1258",
            "liên quan 096 541 2218",
            "回到 133 9264 3008",
        ],
    );
}

#[test]
fn finds_thai() {
    check(
        &Phone,
        Kind::Phone,
        &[
            "โทรศัพท์ {0812345678}",
            "โทรศัพท์:{021234567}/แฟกซ์:{021234568}",
            "ผู้ติดต่อมานพ ดีเลิศเบอร์{0891234567}อีเมลmanop.d@example.com",
            "ฉุกเฉินโปรดโทรแจ้งผู้ปกครองที่ {095-441-8802}",
            "มือถือของผู้จัดการคือ {0944332211} ฝากข้อความได้",
            "กรุณาติดต่อ {02 555 4444} ทันที",
            "ประสานเจ้าของที่หมายเลข {0653348812}",
            "โทรหาฝ่ายบริการลูกค้า {0655667788}",
        ],
    );
}

#[test]
fn leaves_thai() {
    check(
        &Phone,
        Kind::Phone,
        &[
            "เลขที่บัญชี 0123456789",
            "โทรทัศน์ 0812345678",
            "หมายเลขพัสดุ 0812345678",
            "บัตรประชาชน 0812345678",
            "ราคา 0812345678",
        ],
    );
}

#[test]
fn finds_dotted_and_long() {
    check(
        &Phone,
        Kind::Phone,
        &["Tel.: {981.33.40.00} (Ext)", "Fax: {981.33.40.15} e", "Tel.: {02216/325-15423}, Fax"],
    );
}

#[test]
fn leaves_tails_and_spans_of_days() {
    check(
        &Phone,
        Kind::Phone,
        &[
            "TEST-PL71 0000 0000 0000 0204 4382 1212 oraz",
            "call PL71 1140 2004 0000 3002 0135 5388",
            "06-07.11.2024 1. Zyklus",
            "am 06/07.11.2024 komplikationslos",
            "06.-07.11.2024",
            "tel 192.168.10.12",
        ],
    );
}
