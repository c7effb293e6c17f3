//! The words around a number that say whether it is a telephone number. In the languages that posts are most often written in; a word in
//! another language is simply not known, and the layout alone decides.

use std::sync::LazyLock;

use super::Page;
use super::list::Folded;
use super::marks::Marks;
use super::page::{SPACELESS, is_word};
use super::phrases::Phrases;
use super::planes::planes_of;

/// How far before a number its context words stand, in bytes.
const CONTEXT_BEFORE: usize = 40;

/// Words that announce a phone number, each by how it begins.
const ANNOUNCING: &str = "phone|tel:|tel.|tel |telefon|téléphone|teléfono|telefono|telefoon|telefone|mobile|mobil|móvil|cell|handy|portable|celular|\
     fax|call|ring|dial|dm me|text me|sms|whatsapp|signal|hotline|reach me|reach us|reach her|reach him|answering|message|desk:|\
     office:|rufnummer|numéro|puh|tlf|rufen|anruf|contact|my number|landline|telephone|tele |tele:|tfn|msisdn|mobiel|telemóvel|\
     telemovel|telephon|teléf|telèf|cel:|cel.|cel |celu|movil|cellulare|gsm|ph:|ph.|ph |mob:|mob.|mob |text |new number|\
     number's|number is now|mein nummer|meine nummer|nummer ist|ruf mich|erreichbar|erreichst|ruft|telefonnr|handynr|mobilnr|\
     mon numéro|mon num|appelle|rappelle|appelez|joignable|joindre|mi número|mi numero|llám|meu número|meu numero|ligue|liga-me|\
     liga me|me liga|contacto|contato|mio numero|chiama|recapito|mijn nummer|bel me|bel mij|bel ons|bel naar|bel op|bel:|bellen|bereikbaar|gebel|mitt nummer|\
     mit nummer|nummer är|nummer er|nummeret mitt|nummeret mit|ringa|komórk|komork|mój numer|moj numer|zadzwoń|zadzwon|dzwoń|\
     numerem|moje číslo|mé číslo|číslo je|zavolej|volejte|puhelin|puhelinnumero|puh.|numeroni|soita|soitta|gsm-numero|numărul meu|\
     numarul meu|sunați|sună|sunati|mobiltelefon|szám:|számom|telefonszám|hívj|hívd|hívjon|numaram|numaramı|cep |cep:|arayın|電話番号|携帯番号|手机号|手機號|电话号|電話號|전화번호|휴대폰번호|tel=|tel'|tel\"|电话|\
     電話|手机|手機|联系方式|携帯|号码是|連絡先|打给我|拨打|致电|전화|휴대폰|휴대전화|핸드폰|연락처|제 번호|내 번호|फ़ोन|फोन|telepono|मोबाइल|मेरा नंबर|कॉल|телефон|тел.|тел:|тел |моб.|\
     моб:|мобильн|мобільн|позвони|звоните|звони |мой номер|мій номер|дзвоні|τηλ|κινητό|κιν.|📞|☎|📱|📲|📠|tél|llámame|llamame|\
     llama al|llámanos|llame al|llamar al|ruf an|txt |txt me|my num|mi num|num nuevo|nouveau num|neue nr|neue nummer|erreichen|erreicht |meldet euch|meld dich|\
     rückfragen|rueckfragen|mój nr|moj nr|nr tel|meu zap|meu whats|zap:|app me|vipps|swish|swisha|urgenze|urgences|urgencias|\
     elérhető|điện thoại|sđt|nomor hp|no. hp|nomor telepon|เบอร์โทร|โทร. |هاتف|جوال|رقم جوالي|טלפון|נייד|טל'";
/// Words that say that the digits after them count or name something else, each by how it begins.
const OTHERWISE: &str = "order|invoice|ticket|tracking|isbn|issn|doi|arxiv|account|version|zip|ssn|serial|sku|model|usd|eur|card|iban|population|case|\
     bug|issue|patent|postcode|postal|license|licence|passport|vat|tax|license plate|p.o. box|box |numéro de|número de|numero de|\
     numero di|numero d'|commande|facture|pedido|factura|fatura|encomenda|bestell|rechnung|auftrag|kunden|ordine|fattura|zamów|\
     faktur|rachun|konto|objedn|zakáz|sipariş|siparis|hesap|tilaus|lasku|ordre|beställ|rendel|számla|comand|cuenta|conta |conto |\
     订单|訂單|账号|帳號|註文|注文|番号|口座|주문|계좌|등록번호|заказ|счёт|счет|договор|заявк|खाता|ऑर्डर";
/// Words that stand directly after a phone number: in a signature, or in languages that put the verb last.
static LABELS_AFTER: Marks<31> = Marks::new([
    "office",
    "fax",
    "mobile",
    "cell",
    "home",
    "work",
    "phone",
    "desk",
    "まで電話",
    "までお電話",
    "に電話",
    "にお電話",
    "へ電話",
    "へお電話",
    "までご連絡",
    "로 전화",
    "으로 전화",
    "번으로",
    "로 연락",
    "で連絡",
    "numaras",
    "numaralı tel",
    "numaralı hat",
    "numaralı cep",
    "nolu ",
    "számon",
    "számra",
    "पर कॉल",
    "पर संपर्क",
    "पर फोन",
    "पर फ़ोन",
]);
/// A word that nothing after it takes back: the digits of such a name are full of dots and of words.
const NAME_OF_PAPER: &str = "doi";

/// What the words around a number say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// The nearest one announces a phone number.
    Announce,
    /// The nearest one names something else.
    Deny,
    /// There is none.
    Silent,
}

impl Words {
    /// What the label directly after a number says.
    pub(super) fn after(page: &Page<'_>, end: usize) -> Option<Self> {
        let at = page.ahead_while(end, 4, |c| matches!(c, ' ' | '-' | '(' | ':'));
        LABELS_AFTER.at(page, at).is_some().then_some(Words::Announce)
    }

    /// What the words before a number say: the last of them counts.
    pub(super) fn before(page: &Page<'_>, start: usize) -> Self {
        let mut before = page.bytes_before(start, CONTEXT_BEFORE);
        let mut planes = page.planes_from(start - before.len());
        let mut folded = Folded::new();
        if !before.is_ascii() {
            folded.fold(before);
            before = folded.text();
            planes = planes_of(before.as_bytes());
        }
        // A word after a bracket or an underscore is part of a placeholder; scripts without spaces have no beginnings of words.
        let inside = |c: char| matches!(c, '[' | '_') || is_word(c) && c < SPACELESS;
        let at_word = |at: usize| !before.get(..at).is_some_and(|head| head.ends_with(inside));
        let WordList { phrases, announcing, paper } = &*WORDS;
        let (mut said, mut last, mut is_paper) = (Words::Silent, 0..0, false);
        phrases.each(before.as_bytes(), &planes, |number, place| {
            let later = place.start >= last.end || place.start == last.start && place.end > last.end;
            if later && at_word(place.start) {
                is_paper |= number == *paper;
                said = if number < *announcing { Words::Announce } else { Words::Deny };
                last = place;
            }
        });
        match said {
            _ if is_paper => Words::Deny,
            Words::Silent if follows_letter(before) => Words::Announce,
            Words::Silent if before.ends_with(['"', '\'', '=', '(']) && follows_joined(page, start) => Words::Announce,
            said => said,
        }
    }
}

/// Whether a word inside a joined name announces the number: `setMobile("`.
fn follows_joined(page: &Page<'_>, start: usize) -> bool {
    let head = page.bytes_before(start, CONTEXT_BEFORE).as_bytes();
    let capital = head.windows(2).rposition(|two| two.iter().map(u8::is_ascii_uppercase).eq([false, true]));
    let name = capital.and_then(|at| head.get(at + 1..)).unwrap_or_default();
    let mut announces = false;
    WORDS
        .phrases
        .each(name, &planes_of(name), |number, place| announces |= place.start == 0 && number < WORDS.announcing);
    announces
}

/// Whether the text ends in the letter that signatures put before a number, as in `T 030 901820 | M 0171 901820`.
fn follows_letter(before: &str) -> bool {
    let head = before.trim_end_matches([' ', '(', '+']);
    let letter = head.trim_end_matches([':', '.']);
    letter.len() < before.len()
        && letter.strip_suffix(['t', 'm', 'p', 'f', 'T', 'M', 'P', 'F']).is_some_and(|outer| {
            let named = letter.len() < head.len() && outer.ends_with([' ', '(', ',', ';', '/']);
            let outer = outer.trim_end_matches(' ');
            named || outer.is_empty() || outer.ends_with(['\n', '|', '•', '·'])
        })
}

/// All context words.
struct WordList {
    phrases: Phrases,
    /// How many of them announce a number; these come first.
    announcing: usize,
    /// The number of [`NAME_OF_PAPER`].
    paper: usize,
}

static WORDS: LazyLock<WordList> = LazyLock::new(|| {
    let all: Vec<&str> = ANNOUNCING.split('|').chain(OTHERWISE.split('|')).collect();
    let paper = all.iter().position(|word| *word == NAME_OF_PAPER).unwrap_or(all.len());
    WordList { phrases: Phrases::new(all), announcing: ANNOUNCING.split('|').count(), paper }
});
