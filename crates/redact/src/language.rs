//! The language of a text, told cheaply: from its script, and for Latin letters from words that only some languages have. It looks at the
//! beginning of a text only, and says that it does not know rather than guess.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// How much of a text is looked at, in bytes.
const SAMPLE: usize = 4_096;
/// The longest word that is looked up, in bytes.
const WORD_LIMIT: usize = 8;
/// Places for words; more than four times as many as there are words.
const SLOTS: usize = 2_048;
/// What a word is worth that one language alone has; shared words are worth their part.
const WORTH: u32 = 12;
/// The least that a language must have: two words and a half that no other has.
const ENOUGH: u32 = 30;

/// Makes the enum and its codes from the rows.
macro_rules! languages {
    ($($(#[$doc:meta])* $language:ident $code:literal,)*) => {
        /// The language of a text, or its script where that is all that can be told.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Language { $($(#[$doc])* #[serde(rename = $code)] $language,)* }

        impl Language {
            /// Every language and script.
            pub const ALL: [Language; [$($code),*].len()] = [$(Language::$language),*];

            /// The code after BCP 47, such as `de`, or `und-Cyrl` where only the script is known.
            pub fn code(self) -> &'static str {
                match self { $(Language::$language => $code),* }
            }
        }
    };
}

languages! {
    /// Not known: too short, mixed, or another language in Latin letters.
    #[default]
    Unknown "und",
    /// English.
    English "en",
    /// German.
    German "de",
    /// French.
    French "fr",
    /// Spanish.
    Spanish "es",
    /// Italian.
    Italian "it",
    /// Dutch.
    Dutch "nl",
    /// Portuguese.
    Portuguese "pt",
    /// Polish.
    Polish "pl",
    /// Swedish.
    Swedish "sv",
    /// Greek letters.
    Greek "el",
    /// Cyrillic letters.
    Cyrillic "und-Cyrl",
    /// Hebrew letters.
    Hebrew "he",
    /// Arabic letters.
    Arabic "und-Arab",
    /// Devanagari letters.
    Devanagari "und-Deva",
    /// Thai letters.
    Thai "th",
    /// Korean letters.
    Korean "ko",
    /// Japanese, told by its syllables.
    Japanese "ja",
    /// Chinese characters and nothing that says that it is Japanese.
    Han "und-Hani",
    /// Another script.
    Other "und-Zyyy",
}

/// Words by which languages in Latin letters are known: frequent, short, and mostly of one language. Those with nine bytes and more are
/// never looked up.
const WORDS: [(Language, &str); 9] = [
    (
        Language::English,
        "the and is are was were of to in that it you your this with have has had not for what be do does don't can will would my me \
         i i'm it's we they he she his her from at on as by an but or so if when just like about out up there who how all been more \
         their them than some could should which get got one no know people because love good new day today",
    ),
    (
        Language::German,
        "der die das und ist nicht ich du er sie es wir ihr ein eine einen einem einer mit von zu zum zur auf für den dem des im in \
         war waren sind hat haben wird werden auch als wie aber oder wenn noch nur so nach bei aus über kann mir mich dich sich mein \
         dass daß was wer man schon mehr sehr hier keine kein immer durch vor um wurde gibt heute alle",
    ),
    (
        Language::French,
        "le la les un une des du de et est pas je tu il elle nous vous ils ne que qui dans pour sur avec plus mais ce cette ces son sa \
         ses au aux par suis sont être avoir été fait comme tout tous très bien c'est j'ai on ou où mon ma mes leur si quand merci \
         même aussi sans après chez deux",
    ),
    (
        Language::Spanish,
        "el la los las un una de del y es no que en por para con se lo al su sus me mi te tu yo él ella pero más como muy ya hay está \
         están ser son fue era todo todos esta este eso esto cuando porque sin sobre hasta también si qué cómo gracias hoy día hace \
         tiene vida bien nos le les",
    ),
    (
        Language::Italian,
        "il lo la gli le un una di del della dei delle dello che e è non per con su sul nel nella nei da dal dalla in mi ti si ci ma \
         più come anche sono sei ho hai ha hanno questo questa quello tutto tutti molto bene perché quando se io tu lui lei noi \
         essere fatto grazie oggi ancora sempre solo al alla",
    ),
    (
        Language::Dutch,
        "de het een en van is dat niet ik je hij ze wij we zij te op voor met zijn in aan er maar om ook als dan nog wel naar door bij \
         uit over heb hebben heeft was worden wordt kan kunnen mijn jij jou geen meer zo wat hoe waar dit deze die tot moet gaat \
         goed veel vandaag altijd",
    ),
    (
        Language::Portuguese,
        "o a os as um uma de do da dos das e é não que em no na nos nas por para com se ao à mais mas como muito já está estão ser são \
         foi era eu você ele ela meu minha seu sua isso este esta quando porque sem até também só bem tem vai hoje dia pra obrigado \
         tudo todos ter nada",
    ),
    (
        Language::Polish,
        "i w na z do nie się jest to że jak co ale o po za od dla ja ty on ona my wy oni tak czy już tylko było był była są może być \
         jego jej ich mi mnie ci cię tego tym ten ta te przez przy pod ze u bo gdy kiedy bardzo więc także jeszcze który która które \
         dziś dzień",
    ),
    (
        Language::Swedish,
        "och att det som en ett är på för med av den inte jag du han hon vi ni de till om har hade var så men från eller när kan ska \
         vill mig dig sig min din mitt ditt sin här där nu bara också efter över under mycket vara blir blev alla någon något man \
         vad hur idag tack bra",
    ),
];

/// The languages of [`WORDS`] as bits, by the bytes of a word.
static TABLE: LazyLock<Vec<(u64, u16)>> = LazyLock::new(|| {
    let mut table = vec![(0, 0); SLOTS];
    for (bit, (_, words)) in (0..).map(|shift| 1_u16 << shift).zip(&WORDS) {
        for key in words.split_whitespace().filter_map(|word| key_of(word.as_bytes())) {
            let free = (0..SLOTS).map(|step| (slot_of(key) + step) % SLOTS);
            let mut places = free.filter(|at| table.get(*at).is_some_and(|(held, _)| *held == 0 || *held == key));
            if let Some(slot) = places.next().and_then(|at| table.get_mut(at)) {
                *slot = (key, slot.1 | bit);
            }
        }
    }
    table
});

/// The bytes of a short word as a number, ASCII letters in lower case.
fn key_of(word: &[u8]) -> Option<u64> {
    let mut bytes = [0; WORD_LIMIT];
    bytes.get_mut(..word.len())?.copy_from_slice(word);
    bytes.make_ascii_lowercase();
    Some(u64::from_le_bytes(bytes)).filter(|key| *key != 0)
}

fn slot_of(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % SLOTS
}

/// The languages that have the word, as bits.
fn languages_of(word: &[u8], table: &[(u64, u16)]) -> u16 {
    let Some(key) = key_of(word) else { return 0 };
    let slots = (0..SLOTS).map(|step| (slot_of(key) + step) % SLOTS).filter_map(|at| table.get(at));
    slots.take_while(|(held, _)| *held != 0).find(|(held, _)| *held == key).map_or(0, |(_, bits)| *bits)
}

/// Part of a word: an ASCII letter, an apostrophe inside, or a byte of another letter.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'\'' || byte >= 0x80
}

impl Language {
    /// The language of `text`.
    ///
    /// ```
    /// use candor_redact::Language;
    ///
    /// assert_eq!(Language::of("Wir haben das nicht gewusst."), Language::German);
    /// assert_eq!(Language::of("Привет, как дела?"), Language::Cyrillic);
    /// assert_eq!(Language::of("ok"), Language::Unknown);
    /// ```
    pub fn of(text: &str) -> Language {
        let sample = text.get(..text.floor_char_boundary(SAMPLE)).unwrap_or(text);
        if let Some(script) = script_of(sample) {
            return script;
        }
        let table = TABLE.as_slice();
        let mut scores = [0_u32; WORDS.len()];
        for word in sample.as_bytes().split(|byte| !is_part(*byte)) {
            let bits = languages_of(word, table);
            if bits != 0 {
                let worth = WORTH / bits.count_ones();
                scores.iter_mut().enumerate().for_each(|(at, score)| *score += worth * u32::from(bits >> at & 1));
            }
        }
        winner(&scores)
    }

    /// Whether the name model was trained for the language. Texts too short to tell are taken as English.
    pub fn has_model(self) -> bool {
        matches!(self, Language::English | Language::German | Language::Unknown)
    }
}

/// The language with the most points, if it has enough and leads clearly.
fn winner(scores: &[u32; WORDS.len()]) -> Language {
    let best = scores.iter().copied().max().unwrap_or_default();
    let second = scores.iter().copied().filter(|score| *score != best).max().unwrap_or_default();
    let leaders = scores.iter().filter(|score| **score == best).count();
    let clear = leaders == 1 && best >= ENOUGH && best * 2 >= second * 3;
    let at = scores.iter().position(|score| *score == best);
    at.filter(|_| clear).and_then(|at| WORDS.get(at)).map_or(Language::Unknown, |(language, _)| *language)
}

/// The script of a text in which fewer than half of the letters are Latin.
fn script_of(sample: &str) -> Option<Language> {
    let wide = sample.bytes().filter(|byte| *byte >= 0x80).count();
    let letters = sample.bytes().filter(u8::is_ascii_alphabetic).count();
    if wide <= letters / 2 {
        return None;
    }
    let mut counts = [0_usize; Language::ALL.len()];
    let mut latin = letters;
    for c in sample.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
        let script = match c {
            '\u{80}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
                latin += 1;
                continue;
            }
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Language::Greek,
            '\u{400}'..='\u{52f}' => Language::Cyrillic,
            '\u{590}'..='\u{5ff}' => Language::Hebrew,
            '\u{600}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' => Language::Arabic,
            '\u{900}'..='\u{97f}' => Language::Devanagari,
            '\u{e00}'..='\u{e7f}' => Language::Thai,
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => Language::Korean,
            '\u{3040}'..='\u{30ff}' => Language::Japanese,
            '\u{3400}'..='\u{9fff}' => Language::Han,
            _ => Language::Other,
        };
        counts.iter_mut().skip(script as usize).take(1).for_each(|count| *count += 1);
    }
    let total: usize = counts.iter().sum();
    let most = Language::ALL.into_iter().zip(counts).max_by_key(|(_, count)| *count);
    let (script, _) = most.filter(|(_, count)| *count > 0 && total >= latin)?;
    let syllables = counts.get(Language::Japanese as usize).copied().unwrap_or_default();
    Some(if script == Language::Han && syllables * 10 > total { Language::Japanese } else { script })
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told() {
        let cases = [
            (Language::English, "I just don't know what to do with this."),
            (Language::English, "Can you send me the numbers for today? Thanks, Anna"),
            (Language::German, "Heute habe ich mit Frau Müller über die Rechnung gesprochen."),
            (Language::German, "Weiß jemand, wann der nächste Zug nach Köln fährt und ob er pünktlich ist?"),
            (Language::French, "Je ne sais pas où est passée la facture de Madame Dupont."),
            (Language::Spanish, "Mañana vamos a la playa con los niños y mi hermana."),
            (Language::Italian, "Non so perché il treno è sempre in ritardo, ma oggi sono arrivato."),
            (Language::Dutch, "Ik heb het boek gisteren aan mijn zus gegeven, maar zij leest niet."),
            (Language::Portuguese, "Você não vai acreditar no que aconteceu hoje com a minha irmã."),
            (Language::Polish, "Nie wiem, czy to jest dobry pomysł, ale spróbuję jutro."),
            (Language::Swedish, "Jag vet inte vad som hände, men det är inte bra för oss."),
            (Language::Greek, "Δεν ξέρω τι να κάνω σήμερα."),
            (Language::Cyrillic, "Я не знаю, что делать."),
            (Language::Hebrew, "אני לא יודע מה לעשות"),
            (Language::Arabic, "لا أعرف ماذا أفعل اليوم"),
            (Language::Devanagari, "मुझे नहीं पता क्या करना है"),
            (Language::Thai, "ฉันไม่รู้ว่าจะทำอะไร"),
            (Language::Korean, "무엇을 해야 할지 모르겠어요"),
            (Language::Japanese, "今日は何をすればいいか分かりません"),
            (Language::Han, "我不知道今天该做什么"),
            (Language::Unknown, ""),
            (Language::Unknown, "lol 😂😂 https://a.b/c"),
            (Language::Unknown, "Anna Kovač"),
        ];
        for (language, text) in cases {
            assert_eq!(Language::of(text), language, "`{text}`");
        }
    }

    #[test]
    fn codes_are_the_same_in_json() {
        for language in Language::ALL {
            assert_eq!(serde_json::to_value(language).unwrap(), language.code());
        }
    }

    #[test]
    fn every_word_is_short_enough_to_be_found() {
        for (at, (language, words)) in WORDS.iter().enumerate() {
            for word in words.split_whitespace() {
                assert!(languages_of(word.as_bytes(), &TABLE) >> at & 1 == 1, "`{word}` of {language}");
            }
        }
    }
}
