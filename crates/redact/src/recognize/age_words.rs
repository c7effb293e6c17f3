//! The words of ages: units after a number, labels and verbs before it, people, and things that have years as well.

use super::Page;
use super::list::List;
use super::marks::Marks;

/// What the unit after a number says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Only people are counted so, nearly.
    Sure,
    /// `years old`, said of people and of things.
    Old,
    /// `-year-old`, before or instead of a word for somebody or something.
    Attribute,
    /// The same, of things so often that only a word for somebody tells: `55-j. Patientin`.
    Person,
    /// Years of anything.
    Unit,
}

/// Makes the marks and the function that tells their classes.
macro_rules! after {
    ($($class:ident [$($mark:literal)*])*) => {
        static AFTER_AGE: Marks<{ [$($($mark),*),*].len() }> = Marks::new([$($($mark),*),*]);

        /// The class of a mark after an age.
        pub(super) fn class_of(mark: &str) -> After {
            match mark {
                $($($mark)|* => After::$class,)*
                _ => After::Unit,
            }
        }
    };
}

after! {
    Sure [
        " y/o" "y/o" " y.o" "y.o." " yo " " yo," " yo." " yo)" "yo " "yo," "yo." "yo)" "-yo " "岁" "歳" "歲" "才の" "才で"
        "才、" "才。" "才だ" "才男" "才女" "才児" "살" " 살" "세" " 세 " " 세," " 세)"
        " tuổi" " years of age" " वर्षीय" " años de edad" " anos de idade"
    ]
    Old [
        "years old" "yrs old" "yrs. old" "yr old" " months old" " weeks old" " days old"
        " years old" " years-old" "-years-old" " yrs old" " yr. old" " yrs. old" " years young" " jahre alt"
        " jahre jung" " jaar oud" " år gammal" " år gammel" " år gamle" " vuotta vanha" " let starý" " let stará"
        " éves" " ετών" " χρονών" " χρόνων" "th birthday" "st birthday" "nd birthday" "rd birthday"
    ]
    Attribute [
        "-vuotia" " vuotia" " yaşında" " yaşımda" "-latek" "-latka" "-latki" "-åring"
        " month old" "-month-old" " week old" "-week-old" " day old" "-day-old"
        " year old" " year-old" "-year-old" "-year old" "-yr-old" " yr old" " yr-old" "-jährig" "jährig" "–jährig" " jährig" "-jarig" "jarig" "-årig"
        "-letni" "-letn" "letý" "letá" "letého" "leté" "-letý" "-letá" "-летн" "-річн"
    ]
    Person [
        "-j." "–j." "-jähr." "jähr." "-jahrig" "-jaehrig" "jaehrig" " jaehrig" " jahre alte" " jaar oude"
    ]
    Unit [
        " años" " anos" " anni" " ans" " ani" " de ani" " lata" " lat" " let" " år" " jahre" " jaar" " vuotta" " лет"
        " года" " год" " років" " роки" " साल" " वर्ष" " tahun" " ปี" " سنة" " عام"
    ]
}

/// The unit that starts at `at`.
#[inline]
pub(super) fn after_age(page: &Page<'_>, at: usize) -> Option<&'static str> {
    AFTER_AGE.at(page, at)
}

/// What ends directly before an age or before the signs between: labels, verbs between a label and an age, and verbs that people are said to
/// be so old with.
pub(super) static BEFORE_AGE: Marks<148> = Marks::new([
    "i'm",
    "i’m",
    "i am",
    "she's",
    "he's",
    "she’s",
    "he’s",
    "she is",
    "he is",
    "turned",
    "turning",
    "turns",
    "turn",
    "she was",
    "he was",
    "i was",
    "died at",
    "passed away at",
    "werde morgen",
    "werde heute",
    "werde bald",
    "ich bin",
    "ik ben",
    "jag är",
    "jeg er",
    " is",
    " ist",
    "age/sex",
    "age / sex",
    "age/gender",
    "umur",
    "umur saya",
    "usia",
    "อายุ",
    "عمري",
    "عمره",
    "العمر",
    "i'll be",
    "i’ll be",
    "be turning",
    "age",
    "aged",
    "ages",
    "alter",
    "edad",
    "âge",
    "Âge",
    "âgé",
    "Âgé",
    "âgée",
    "Âgée",
    "età",
    "eta",
    "idade",
    "leeftijd",
    "wiek",
    "wieku",
    "ålder",
    "Ålder",
    "alder",
    "ikä",
    "iältään",
    "věk",
    "věku",
    "vârsta",
    "vârstă",
    "varsta",
    "varstă",
    "vârstei",
    "életkor",
    "Életkor",
    "életkora",
    "Életkora",
    "yaş",
    "yaşı",
    "yaşım",
    "年齢",
    "年龄",
    "年齡",
    "年纪",
    "나이",
    "연령",
    "उम्र",
    "आयु",
    "возраст",
    "Возраст",
    "возрасте",
    "Возрасте",
    "вік",
    "Вік",
    "віком",
    "Віком",
    "ηλικία",
    "Ηλικία",
    "ηλικίας",
    "Ηλικίας",
    "agee",
    "age of",
    "age is",
    "age was",
    "age to",
    "age at",
    "alter von",
    "alter ist",
    "alter war",
    "alter auf",
    "alder er",
    "alder på",
    "alder til",
    "ålder är",
    "ålder på",
    "ålder till",
    "edad es",
    "edad de",
    "edad a",
    "età è",
    "età di",
    "età a",
    "idade é",
    "idade de",
    "idade para",
    "leeftijd is",
    "leeftijd van",
    "leeftijd in",
    "leeftijd naar",
    "wiek to",
    "wiek na",
    "ikä on",
    "âge est",
    "Âge est",
    "âge de",
    "âgé de",
    "âgée de",
    "âge par",
    "âge en",
    "vârsta este",
    "vârsta e",
    "vârstă de",
    "věk je",
    "věk na",
    "年龄是",
    "年龄改成",
    "年龄改为",
    "年齢は",
    "年齢を",
    "年龄为",
    "年齡是",
    "возраст -",
]);

/// Words for an age.
pub(super) static LABELS: List = List::new(
    "age/sex age/gender umur usia อายุ عمري عمره العمر age aged agee ages alder alter edad eta età idade ikä iältään leeftijd varsta varstă vârsta vârstei vârstă věk věku wiek \
     wieku yaş yaşı yaşım âge âgé âgée ålder életkor életkora ηλικία ηλικίας возраст возрасте вік віком आयु उम्र 年纪 年齡 年齢 年龄 나이 \
     연령",
);

/// Verbs and small words between what has an age and the age.
pub(super) static COPULAS: List = List::new(
    "'re 's am are auf be been being bin blir de di en er era es est este foi fue in is ist je jest na of oli om on op på til to \
     turned turning turns van var von war was werd were wird wordt wurde är è é était は 是",
);

/// Small words that say nothing of people and things, and verbs after which a clause goes on.
pub(super) static FUNCTION_WORDS: List = List::new(
    "without against like ended ends just per during into onto gets got goes went ran says said told made makes won wins joined moved met scored wants loves a aber abito about acum after agora ahora aki al ale allerede almost already am ama an and aproape around as at aujourd'hui \
     aus avec az azi bara because before bijna bir bor bugün but by called care casi che com con cu currently da dag dans dar das de \
     deja del dem den der des di die died din dnes do du dziś déjà e een egy ein eine einem einen einer el eller en environ erst et \
     ett etwa fast for fra from från gammal gammel gerade già gli had has have here het heute hoje hoy i idag if il im in is ja \
     je jetzt jo just już já killed která který która który la las le lebe les live lives living lo los ma maar maintenant mais \
     majdnem mas med melkein men met mit moro most mutta már na named nearly nel nella nesten no not now nu nur nyt nästan nå \
     næsten o och od oder of og oggi on only or ora os ou pas pero prawie presque på quase quasi que qui redan s said sau schon seulement since \
     skoro so solo som soy sólo still teraz teď than that the then there to today tänään uit um uma un una und une uno until už v vagy \
     vandaag ve vivo w was when where which while who will with wohne woon would y ya z zu à és în şimdi și в и из или который на \
     но почти с сейчас уже और का की के केवल को था थी में से है हैं",
);

/// Words between two ages.
pub(super) static LIST_WORDS: Marks<13> = Marks::new([
    " and ", " et ", " und ", " en ", " och ", " og ", " ja ", " és ", " și ", " & ", " oraz ", " a ", " ve ",
]);

/// Words that say whose somebody is.
pub(super) static POSSESSIVES: List = List::new(
    "my his her our their your mein meine meinem meinen meiner sein seine seinem ihr ihre ihrem unser unsere mon ma mes son sa ses mi mis \
     mio mia miei mie suo sua meu minha mijn zijn haar min mitt mina mine mój moja moje mojego můj moje minun mea",
);

/// Verbs and pronouns that only people have years with.
pub(super) static FIRST_PERSON: List = List::new(
    "ai am avais aveva ben bin compio cumplo cumplí faço fiz fylder fyllde fyller ho i'm i’m j'ai jsem jí j’ai kończę mam mi \
     miałam miałem mne mně mu mám olen skończyłam skończyłem tengo tenho tenía tinha täytän ukończyłem είμαι",
);

/// Verbs that people and things have years with.
pub(super) static THIRD_PERSON: List = List::new(
    "ont haben have hebben tienen hanno têm mają mají a are avait avea avere aveva avoir blir bliver compie cumple cumplirá cumplió dog décédé décédée död era es est este fait \
     falleció faz fez fylder fyller gestorben ha hat heeft is ist ma miał miała morreu mort morta morto murió má on tem tener \
     tenía ter tiene tinha var wird wurde zmarł zmarła",
);

/// Words for people, in all languages of this crate.
pub(super) static PEOPLE: List = List::new(
    "dame dames moren faren søsteren broren sønnen datteren mammaen pappaen kierowca kierowcy motocyklista rowerzysta pieszy conductor \
     abim ablam abuela abuelo activist actor actress adam adolescent adult adults american ami amica amico amie amiga amigo anne \
     annem anyone anyám applicant apám artist athlete aunt australian author avó avô baba babam babbo babcia babička baby \
     bachelor bambina bambini bambino barn bebek bebé bebê bedstefar bedstemor ben beteg bewohner bewohnerin bin bloke boss boxer \
     boy boyfriend boys brat bratr brit broer bror brother brothers bruder bub buddy bunica bunicul businessman businesswoman \
     bátyám bébé băiat băiatul bărbat canadian candidate captain carpenter ceo champion chap chica chico child children chlapec \
     chłopak chłopiec ciocia citizen client clients coach colleague copain copil copilul copine cousin coworker criança cugina \
     cugino córka córki córką dad dancer datter daughter daughters dcera dceru dcery dedem defendant defender designer developer \
     director diák dochter dochtertje doctor donna donne dotter dr dreng driver du dude dziadek dziecko dziewczyna dziewczynka \
     dítě dívka děda ea echtgenoot echtgenote ehefrau ehemann ektemann el ela ele electrician elev ella elle elles emeryt \
     employee enfant enfants engineer enkel enkelin entrepreneur er erkek erwachsener esposa esposo estudante estudiante eu ex \
     eşim fahrer fahrerin fahrers far farfar farmer farmor fata father father-in-law fată feleségem female females femeie femme \
     femmes fia fiam fiance fiancé fiancée fidanzata fidanzato figli figlia figlio fiica fiică filha filho filhos fille filles \
     fils fiu fiul fiú flicka founder frate fratello frau frauen frenchman freshman freund freundin friend friends fru frère \
     férfi férjem gal garota garoto garçon gentleman german giovane girl girlfriend girls goalkeeper graduate grand-mère \
     grand-père grandchild granddaughter grandfather grandma grandmother grandpa grandson granny großmutter großvater gunman gutt \
     guy guys gyerek gyermek gyermekem han hasta he her hermana hermano hers hij hija hijas hijo hijos him his holka hombre \
     hombres homem homme hommes hon human hun husband hän húgom i ich ik il ils immigrant infant inmate io irmã irmão isä j ja \
     jag je jeg jente jestem jeune jongen journalist jovem joven jsem jugendliche jugendlicher junge jungen já kadın kardeşim \
     karım kid kids kille killer kind kinder kinderen kleinzoon kluk kobieta kocam kolega koleżanka kollege kollegin kone kvinde \
     kvinna kvinne kæreste kız kızı kızım lad lady lapsen lapsi lawyer leerling lehrer lehrerin lei leszek lettem lui lány lánya \
     lányom ma madre make male males mama maman mamma mamá man manager mand mann manžel manželka mari marido marito matka me mea \
     mechanic meisje member members men menina menino meu mich midfielder miehen mies migrant mijn minha minä mir miss model \
     moeder moglie moi mom mon mor morfar mormor mother moça moço mr mrs ms mujer mujeres mulher mum murderer mutter muž my \
     myself máma mãe mädchen männer mère mąż mężczyzna nagymamám nagypapám nainen naisen namorada namorado native neef neffe \
     neonato nephew neta neto newbie newborn nicht nichte niece nieta nieto ninem nipote niña niñas niño niños nobody nonna nonno \
     nosotros nous novia novio nurse nő nővérem officer ojciec olen olin oma on ona onkel oom opa opfer opiskelija orphan otec \
     our oğlan oğlu oğlum pacient paciente pacientka pacjent pacjentka padre pai papa pappa papá parent parents partner patient \
     patiente patientin patients patiënt paziente pensioner people person persona personne pessoa peuter pige plaintiff player \
     plumber poika poikani pojan pojke politician potilas president prima primo prisoner programmer pupil père přítel přítelkyně \
     quarterback ragazza ragazzo rapariga rapaz rapist refugee rentner rentnerin reporter resident retiree retraité retraitée \
     rookie runner sambo schoolboy schoolgirl schwester schüler schülerin self senator senhor senhora sergeant sestra señor \
     señora she shooter sibling sie signora signore singer single siostra sisko sister sisters sobrina sobrinha sobrinho sobrino \
     soeur sohn soldier somebody someone son sons sora sorella soț soție spouse striker student studente studentessa studentin \
     studentka students suspect swimmer syn syna synem syster söhne søn sønn søster søsteren sœur tante tata teacher teen \
     teenager texan their them they tia tio tjej tochter toddler truck-driver tu twin twins tyttäreni tyttö tytär tytön táta \
     täter tía tío töchter uczeń uncle undergrad uomini uomo us user users vader vagyok vaimo vater veli ven venn veteran victim \
     virgin voltam vous vriend vriendin vrouw vän we who widow widower wife winner wir wnuczka wnuk woman women worker workers \
     writer wujek yo you youngster your youth ze zia zij zio zoon zoontje zus äiti çocuk él épouse époux étudiant étudiante öcsém \
     öğrenci żona žena varón varones masculino femenino masculina femenina enfermo enferma lactante lactantes doente lactente utente feminino \
     feminina maschio femmina neonata neonato lattante malato malata degente bimbo bimba malade nourrisson säugling neugeborenes kleinkind \
     knabe zuigeling noworodek kojenec appellant claimant complainant petitioner respondent demandante demandado demandada requérant requérante ricorrente verzoeker verzoekster kläger klägerin beklagter beklagte angeklagte angeklagter beschuldigte beschuldigter beschwerdeführer beschwerdeführerin zeuge zeugin autor autora άνδρας αγόρι γιος γυναίκα είμαι κορίτσι κόρη бабушка брат брату девочка девушка девушки дедушка дочери \
     дочка дочь друг дівчина ей ему жена жене женщина женщину женщины житель жительница жінка йому мальчик мальчика мама маме \
     мать мені мне мой моя муж мужу мужчина мужчину мужчины отец папа папе парень пациент пациентка пенсионер пенсионерка подруга \
     ребенок ребёнок сестра сестре син студент студентка сын сына сыну хлопець хлопчик чоловік школьник я їй आदमी औरत छात्र \
     छात्रा पति पत्नी पिता पुरुष बच्चा बच्ची बहन बेटा बेटी बेटे भाई महिला माँ मेरा मेरी मेरे मैं युवक युवती लड़का लड़की वह वे \
     व्यक्ति हूँ हूं",
);

/// Words for what else has years, and units that are no years.
pub(super) static THINGS: List = List::new(
    "account aftale agreement aircraft albero album anniversary answer app araba arbre article auto autos autó avtal azienda ağaç \
     ban barrel barrels battery baum bed bedrijf beef beer beers bestehen betrieb bike bikes bil bilen bilgisayar bina boat boiler bond \
     bonds bones book books boom bor bottle brand bridge brânză brücke buch budova budynek bug bugs building buildings bull bus \
     business byggnad bygning bygningen bâtiment caballo cachorro cal calculator camera cane car career carpet carro cars casa \
     case castle cat cats cavallo cavalo celular cemetery chair chat cheese cheval chien church city club clădire cm coche code \
     codebase cognac college commit community companies company computadora computer computeren computers conflict console \
     constitution contract contrat contrato contratto copac couch country cow câine cão cég data database dator datorn day days \
     deal deneyim desktop disk dispute dog dogs dom doświadczenia doświadczenie drive drives drought drzewo dům earth edificio \
     empresa engine entreprise erfahrung erfarenhet erfaring ervaring es esperienza ev experience experiencia experiență \
     experiência expérience fa fehler feud fiets file files film firm firma firmaet forest formaggio forum fossil framework \
     fridge fromage furnace företag företaget game games garancia garanti garantia garantie garantía garanzia garanție gato gatto \
     gb gebouw gebäude gerät geschichte geschiedenis guarantee guerra guerre guitar gwarancja gwarancji ham hamster handy \
     hardware hat haus heater hest hevonen historia history história home hond horse horses hotel hour hours house houses hrs huis \
     hund hunden hus huset háború ház häst immeuble institution issue it its jail jet jubiläum juusto kaas kat katt katten katze \
     kb kedi kernel kg kirche kissa kitten km koira kokemus komputer kot kočka koń krieg krig kutya käse köpek kůň laptop laptops \
     laufzeit law laws lease least library limit loan ló macchina machine machines macska magazine maison marriage maschine \
     mattress maximum mașina mb minimum mins minute minutes mm monitor month months mortgage motor motorcycle movie mower ms \
     mummy museum must mystery móvil nation newspaper novel oak oorlog ordenador ordinateur ost over paard package painting \
     palazzo patch percent perro pes pet peynir pferd phone piano pies pisică plan plane planes planet plans plant points pony \
     port portable post počítač printer prison problem program project projects projekt proyecto prédio pub puhelin pull puppy \
     puu px queijo queso question rabbit radio rakennus rechner recipe record records release repo repository republic restaurant rock \
     roof router rule rules rum run război sajt samochód savaş schiff school scotch sec seconds selskapet sentence ser series \
     server servers ship ships show site skull smlouva società société sofa software song sopimus sota stadium stadt star startup \
     state statue storia story streak strom system systems szerződés számítógép sýr table takuu talo tapasztalat tapasztalattal \
     tape team tech technology tecrübe telefon telefono telefoon telemóvel theater theatre this thread ticket tickets tietokone \
     tool tools tower town toy tractor tradition train tree trees truck trucks träd træ turtle tv umowa under universe university \
     unternehmen van vehicle vehicles verein version vertrag veteran-owned viini village vin vinegar vineyard vinho vino virksomhed viski \
     voiture válka víno wagen war warranty watch website week weeks wein whiskey whisky wijn wine wines wino wojna yritys \
     zkušenost zkušeností záruka záruky árbol árvore épület şarap şirket вино война гарантии гарантия дерево дом дому здание \
     истории компании компания компьютер кошка машина машине опыт опыта собака собаке стаж сыр अनुभव इमारत कंपनी कार कुत्ता घर \
     पेड़ वारंटी",
);
