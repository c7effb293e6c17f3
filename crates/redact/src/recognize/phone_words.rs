//! The words around a number that say whether it is a telephone number. In the languages that posts are most often written in; a word in
//! another language is simply not known, and the layout alone decides.

use std::sync::LazyLock;

use super::Page;
use super::list::Folded;
use super::marks::Marks;
use super::page::is_word;
use super::phrases::Phrases;
use super::planes::planes_of;

/// How far before a number its context words stand, in bytes.
const CONTEXT_BEFORE: usize = 40;
/// The same in Thai, whose letters take three bytes each; as many as planes tell of.
const CONTEXT_BEFORE_THAI: usize = 64;

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
     elérhető|điện thoại|sđt|nomor hp|no. hp|nomor telepon|هاتف|جوال|رقم جوالي|טלפון|נייד|טל'|direct line|direct number|direct no.|direct:|reach them|\
     get hold of me|durchwahl|direktwahl|direktnummer|direkte nummer|direkter draht|zurückruf|zurückzurufen|zurueckruf|rückruf|rueckruf|\
     kontakt:|kontaktnummer|kontaktieren|kontakta|telf|ligne directe|numéro direct|appeler au|appeler sur|appeler le|appelons au|\
     rappeler|m'appeler|línea directa|linea directa|número directo|numero directo|llamada al |llamarme|llamarnos|llamarle|llamarte|\
     llamarlo|llamarla|llámeme|llameme|llamaré al|llamaremos al|localizarme|linea diretta|numero diretto|richiamer|richiamar|\
     richiamami|richiamate|contatt|linha direta|linha directa|número direto|numero direto|ligar-me|ligar me|ligar-nos|ligar nos|\
     ligar-lhe|ligar para o|ligar para a|ligar de volta|ligar ao|ligamos para|ligaremos|me ligar|nos ligar|te ligar|retornar a chamada|\
     retornar a ligação|devolver a chamada|devolveremos a chamada|retornaremos a ligação|doorkies|direct nummer|directe lijn|\
     rechtstreeks nummer|terugbel|terug te bellen|bel terug|bereiken op|direktnr|direktlinje|direktenummer|direkte linje|nås på|\
     nå mig på|når mig på|når meg på|nå meg på|træffes på|treffes på|linia bezpośrednia|numer bezpośredni|bezpośredni numer|oddzwoni|\
     přímá linka|přímé číslo|priama linka|zavolat|zavolám|zavolajte|volat na|volajte|közvetlen szám|közvetlen vonal|visszahív|\
     hívhat|suora numero|suora linja|soitan |soittaa|soittakaa|tavoittaa|linie directă|linia directă|număr direct|apelați|direkt hat|\
     doğrudan hat|direkt numara|geri ara|回拨|回撥|回电|回電|撥打|致電|直拨|直撥|直线：|直线:|直線：|直線:|来电|來電|座机|座機|热线|熱線|传真|傳真|\
     折り返し|かけ直し|直通|ファックス|팩스|직통|콜백|연락|सीधी लाइन|прямой номер|прямая линия|перезвон|зателефону|передзвон|прямий номер|\
     пряма лінія|απευθείας γραμμή|καλέστε|καλέσετε|اتصل|الاتصال|خط مباشر|להתקשר|התקשר|קו ישיר|telepon|telp|hubungi|số máy|máy trực tiếp|\
     số trực tiếp|đường dây|gọi lại|gọi cho|gọi tới|gọi đến|gọi số|liên hệ|liên lạc|di động|số đt|đt: |số của tôi|zalo|\
     โทร|เบอร์|มือถือ|ติดต่อ|แฟกซ์|สายตรง";
/// Words that say that a number follows, of whatever sort; only digits that are written as those of a telephone are one. They take nothing back.
const NUMBERING: &str = "on the number|at the number|on number|unter der nummer|unter nummer|unter der nr|ihre nummer|seine nummer|nummer lautet|\
     al número|en el número|su número es|tu número es|al numero|suo numero è|tuo numero è|para o número|pelo número|seu número é|\
     op nummer|op het nummer|zijn nummer is|haar nummer is|på nummer|på nr|hans nummer|hennes nummer|hendes nummer|pod numer|na numer|\
     pod nr|jej numer|jego numer|na čísle|na číslo|numeroon|numerossa|la numărul|по номеру|на номер|за номером|στον αριθμό|\
     qua số|theo số|vào số|หมายเลข";
/// Words that say that the digits after them count or name something else, each by how it begins.
const OTHERWISE: &str = "order|invoice|ticket|tracking|isbn|issn|doi|arxiv|account|version|zip|ssn|serial|sku|model|usd|eur|card|iban|population|case|\
     bug|issue|patent|postcode|postal|license|licence|passport|vat|tax|license plate|p.o. box|box |numéro de|número de|numero de|\
     numero di|numero d'|commande|facture|pedido|factura|fatura|encomenda|bestell|rechnung|auftrag|kunden|ordine|fattura|zamów|\
     faktur|rachun|konto|objedn|zakáz|sipariş|siparis|hesap|tilaus|lasku|ordre|beställ|rendel|számla|comand|cuenta|conta |conto |\
     nass|nuss|nhc|n.h.c|nºcol|nº col|n° col|n.º col|núm. col|núm col|num col|colegiad|rodné číslo|prawa jazdy|prawo jazdy|\
     führerschein|fuehrerschein|rijbewijs|permis de conduire|patente|carné de conducir|carta de condução|körkort|kørekort|førerkort|\
     řidičsk|ehliyet|approbation|lebenslange arztnummer|lanr|adeli|rpps|big nummer|iscrizione|เลขที่|เลขบัตร|เลขประจำตัว|บัตรประชาชน|บัญชี|ทะเบียน|\
     รหัส|พัสดุ|โทรทัศน์|โทรเลข|订单|訂單|账号|帳號|註文|注文|番号|口座|주문|계좌|등록번호|заказ|счёт|счет|договор|заявк|खाता|ऑर्डर";
/// Words that stand directly after a phone number: in a signature, or in languages that put the verb last.
static LABELS_AFTER: Marks<38> = Marks::new([
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
    "으로 연락",
    "に折り返し",
    "へ折り返し",
    "'den ara",
    "'dan ara",
    "'ten ara",
    "'tan ara",
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
    /// The nearest one announces a number.
    Number,
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
        let reach = if page.follows_thai(start) { CONTEXT_BEFORE_THAI } else { CONTEXT_BEFORE };
        let mut before = page.bytes_before(start, reach);
        let mut planes = page.planes_from(start - before.len());
        let mut folded = Folded::new();
        // Thai has no capitals.
        if !before.is_ascii() && reach == CONTEXT_BEFORE {
            folded.fold(before);
            before = folded.text();
            planes = planes_of(before.as_bytes());
        }
        // A word after a bracket or an underscore is part of a placeholder; scripts without spaces have no beginnings of words.
        let inside = |c: char| matches!(c, '[' | '_') || is_word(c);
        let at_word = |at: usize| !before.get(..at).is_some_and(|head| head.ends_with(inside));
        let WordList { phrases, announcing, numbering, paper } = &*WORDS;
        let (mut said, mut last, mut is_paper) = (Words::Silent, 0..0, false);
        phrases.each(before.as_bytes(), &planes, |number, place| {
            let later = place.start >= last.end || place.start == last.start && place.end > last.end;
            if later && at_word(place.start) {
                is_paper |= number == *paper;
                said = match number {
                    _ if number < *announcing => Words::Announce,
                    _ if number < *numbering && said == Words::Announce => said,
                    _ if number < *numbering => Words::Number,
                    _ => Words::Deny,
                };
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
    /// How many of them announce one or any number.
    numbering: usize,
    /// The number of [`NAME_OF_PAPER`].
    paper: usize,
}

static WORDS: LazyLock<WordList> = LazyLock::new(|| {
    let [announcing, numbering, otherwise] = [ANNOUNCING, NUMBERING, OTHERWISE].map(|words| words.split('|'));
    let (telephones, numbers) = (announcing.clone().count(), numbering.clone().count());
    let all: Vec<&str> = announcing.chain(numbering).chain(otherwise).collect();
    let paper = all.iter().position(|word| *word == NAME_OF_PAPER).unwrap_or(all.len());
    WordList { phrases: Phrases::new(all), announcing: telephones, numbering: telephones + numbers, paper }
});
