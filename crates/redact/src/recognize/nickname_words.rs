//! The words that name a handle: sites and applications where people have one, what forms call it in many languages, and what stands in its
//! place without being one; and how labels end, which tells nearly always that none is there.

use std::sync::LazyLock;

use super::list::List;

/// Sites and applications whose name alone announces a handle.
pub(super) static SITES: List = List::new(
    "discord instagram insta ig snapchat telegram twitter tiktok tik-tok skype github gitlab reddit twitch youtube kik wechat weixin \
     fb facebook linkedin mastodon bluesky bsky pinterest tumblr vk vkontakte keybase kakaotalk kakao viber venmo cashapp soundcloud \
     spotify roblox psn gamertag battletag battlenet onlyfans patreon ko-fi strava lichess letterboxd bitbucket codepen deviantart \
     artstation behance dribbble flickr goodreads hackernews icq xing myspace quora vimeo wattpad zalo qq weibo douyin xiaohongshu \
     snap tg yt телеграм телеграмм телега инстаграм инстаграмм инста скайп вконтакте вк твиттер дискорд τηλέγκραμ ινσταγκραμ \
     微信 微信号 微信號 微博 抖音 小红书 インスタ インスタグラム ツイッター ディスコード テレグラム スカイプ ライン 카카오톡 카톡 인스타 인스타그램 텔레그램 디스코드 트위터 \
     इंस्टाग्राम टेलीग्राम ट्विटर",
);
/// Words of many meanings; with one of [`PARTS`] after them they announce a handle.
pub(super) static QUALIFIED: List = List::new(
    "steam line signal xbox live epic origin uplay riot nintendo minecraft threads medium matrix apple game gamer forum chat slack \
     playstation paypal network",
);
/// What makes `name` a label: `user name`.
pub(super) static OF_USERS: List = List::new("user screen login gamer nick account bot logon profile");
/// Last words of [`PHRASES`].
pub(super) static SECONDS: List = List::new(
    "usuario usuário utente utilizador utilisateur użytkownika uzytkownika jméno jmeno adı adi név nev utilizator пользователя користувача χρήστη \
     नाम नेम 이름",
);
/// Labels of several words.
pub(super) const PHRASES: [&str; 26] = [
    "nombre de usuario",
    "nombre usuario",
    "nome utente",
    "nome de usuário",
    "nome do usuário",
    "nome de utilizador",
    "nom d'utilisateur",
    "nom d’utilisateur",
    "nom utilisateur",
    "nazwa użytkownika",
    "nazwa uzytkownika",
    "uživatelské jméno",
    "uzivatelske jmeno",
    "přihlašovací jméno",
    "kullanıcı adı",
    "kullanici adi",
    "felhasználói név",
    "nume utilizator",
    "nume de utilizator",
    "имя пользователя",
    "ім'я користувача",
    "ім’я користувача",
    "όνομα χρήστη",
    "उपयोगकर्ता नाम",
    "यूज़र नेम",
    "사용자 이름",
];
/// Labels in writing without spaces, or with endings joined to them.
pub(super) const SPACELESS: [&str; 24] = [
    "用户名",
    "用戶名",
    "使用者名稱",
    "登录名",
    "昵称",
    "暱稱",
    "账号",
    "帐号",
    "帳號",
    "微信号",
    "微信號",
    "微信",
    "微博",
    "抖音号",
    "ユーザー名",
    "ユーザ名",
    "ハンドルネーム",
    "ハンドル名",
    "ニックネーム",
    "アカウント名",
    "インスタ",
    "사용자명",
    "아이디",
    "닉네임",
];
/// What forms call a handle.
pub(super) static USERS: List = List::new(
    "username usernames user-name user_name userid user-id login loginname login_name login-name signin_name nick nickname nick-name nick_name screenname \
     screen-name screen_name handle handles gamertag gamer-tag gamer_tag uname usr twitter_handle \
     twitterhandle instagram_handle social_handle socialhandle benutzername benutzerkennung nutzername anmeldename loginname spitzname pseudo pseudonyme identifiant \
     utilisateur nomutilisateur nom_utilisateur apodo nombredeusuario nombre_usuario nomeutente nome_utente nomeusuario nome_usuario utilizador apelido \
     usuario usuário utente gebruikersnaam inlognaam användarnamn anvandarnamn brugernavn brukernavn kallenavn käyttäjätunnus käyttäjänimi kayttajatunnus \
     nimimerkki pseudonim uzytkownik przezwisko uživatel přezdívka prezdivka uzivatelskejmeno utilizator poreclă felhasználónév felhasznalonev \
     becenév kullanıcıadı kullaniciadi kullanici_adi rumuz logowania логин ник никнейм юзернейм логін нік нікнейм ψευδώνυμο \
     用户名 使用者名稱 用戶名 登录名 昵称 暱稱 账号 账户名 帐号 帳號 ユーザー名 ユーザ名 ユーザーid ユーザid ハンドルネーム ハンドル名 ログインid アカウント名 ニックネーム 사용자명 \
     사용자이름 사용자id 아이디 닉네임 유저네임 계정 उपयोगकर्तानाम यूज़रनेम यूजरनेम उपनाम",
);
/// What makes a word of [`QUALIFIED`] a label; also parts of names in code that are a variable, not a person.
pub(super) static PARTS: List = List::new(
    "id name names tag user username account handle handles login nick nickname email password passwd pwd token key value field type var \
     param params arg args input config default url uri host path file data class object string str form table column get set current",
);
/// Words between a label and a name.
pub(super) static LINKS: List = List::new(
    "is as = - : handle handles name username user account id nick login tag are was add me at by under also now changed to it's its called \
     ist lautet als est le la l'identifiant sous es como è e é der die das mein name: konto mi mon il är er on to jest se je este és van in \
     met navn benutzername live my new old set",
);
/// Words that stand where a name would stand.
pub(super) static NOT_NAMES: List = List::new(
    "required optional failed fail failure success successful successfully error errors unknown none null nil nan true false undefined yes no \
     na n/a ok okay string varchar text char int integer bool boolean number object array any void self this that these those here there \
     root admin administrator guest anonymous anon nobody system daemon operator superuser sysadmin www-data postgres mysql oracle ubuntu \
     ec2-user debian pi git svn deploy jenkins runner sa dbo public default user users username user1 user123 user_name usuario benutzer name names \
     password passwd login logout account email mail e-mail phone address test tester testing demo example sample foo bar baz foobar \
     placeholder your yours my mine me you he she it we they his her our their the a an and or but not of in on at to for from with by as is \
     are was were be been has have had do does did will would can could may might must should if then else when where who what which why how \
     all each every some more most other new old good bad same own such only just also very too so than now see read click link links \
     below above page pages profile profiles follow following followers join share post posts message messages chat channel channels \
     group groups server servers bot bots api app apps web website site online offline active inactive enabled disabled invalid valid \
     missing empty blank pending private secret hidden tbd todo unavailable available unchanged same ditto please thanks thank hi hello hey \
     insert enter type select choose create delete remove update edit view show hide list add set get put request req response res \
     data value input form field fields id ids uid key token session cookie config settings options args params env os process props \
     state ctx context event result results row rows item items object obj node element model entity record current currentuser logged \
     hash sha md5 sha1 sha256 base64 utf8 utf-8 uuid mp3 mp4 h264 x86 x64 win32 win64 linux windows macos android ios iphone ipad \
     twitter facebook instagram discord telegram skype github gitlab snapchat reddit youtube tiktok twitch linkedin whatsapp gmail google \
     apple microsoft amazon netflix paypal steam xbox playstation ps4 ps5 ps3 nintendo web3 web2 html5 css3 es6 python3 php7 php8 covid19 \
     covid-19 b2b b2c c2c p2p 3d 2d 4k 8k 1080p 720p 4g 5g mp3s q1 q2 q3 q4 issue issues pull pr bug ticket order room apt apartment suite \
     unit box case number build commit branch version release step chapter section part figure table item no. team teams support help info \
     contact sales office news official community open close closed free premium pro plus today tomorrow yesterday monday tuesday \
     wednesday thursday friday saturday sunday january february march april june july august september october november december \
     erforderlich pflichtfeld unbekannt fehlgeschlagen keine kein obligatoire requis inconnu aucun obligatorio requerido desconocido ninguno \
     obbligatorio sconosciuto nessuno obrigatório desconhecido nenhum verplicht onbekend geen wymagane nieznany brak",
);
/// Last parts of hosts and of files.
pub(super) static TOPS: List = List::new(
    "com org net edu gov io co uk de fr es it nl be ch at eu us ca au nz in jp cn br mx pl cz se no dk fi pt ie info me dev app biz ru ly tv gg \
     txt jpg jpeg png gif pdf doc docx xls xlsx csv json xml yml yaml html htm php js ts py rb rs go java c h cpp md zip exe dll sh sql log conf ini",
);

/// Endings that are told apart.
const KEYS: usize = 1 << 15;

/// The last three bytes of words, in any case, one bit each.
pub(super) struct Endings([u64; KEYS / 64]);

/// How labels end.
pub(super) static LABEL_ENDS: LazyLock<Endings> = LazyLock::new(|| {
    let words = [&USERS, &SITES, &PARTS, &SECONDS].into_iter().flat_map(List::words);
    Endings::new(words.chain(SPACELESS).chain(["user", "uid", "benutzer", "account"]))
});
/// How labels and the words between them and a name end.
pub(super) static WORD_ENDS: LazyLock<Endings> = LazyLock::new(|| {
    let words = [&USERS, &SITES, &PARTS, &SECONDS, &LINKS].into_iter().flat_map(List::words);
    Endings::new(words.chain(SPACELESS))
});

/// A number for three bytes, the same for letters of both cases.
#[inline]
fn place([first, second, third]: [u8; 3]) -> (usize, u64) {
    let folded = u32::from_le_bytes([first, second, third, 0]) | 0x0020_2020;
    let key = (folded.wrapping_mul(0x9e37_79b1) >> (u32::BITS - KEYS.ilog2())) as usize;
    (key / 64, 1 << (key % 64))
}

impl Endings {
    fn new(words: impl Iterator<Item = &'static str>) -> Self {
        let mut endings = Self([0; KEYS / 64]);
        let mut put = |three| {
            let (word, bit) = place(three);
            endings.0.get_mut(word).into_iter().for_each(|bits| *bits |= bit);
        };
        for word in words {
            match *word.as_bytes() {
                [.., first, second, third] => put([first, second, third]),
                // Before a short word stands no letter.
                [second, third] => {
                    (0..0x80).filter(|b: &u8| !b.is_ascii_alphabetic()).for_each(|b| put([b, second, third]));
                }
                [_] | [] => {}
            }
        }
        endings
    }

    /// Whether such a word may end the text.
    #[inline]
    pub(super) fn may_end(&self, text: &[u8]) -> bool {
        let (word, bit) = match *text {
            [.., first, second, third] => place([first, second, third]),
            [second, third] => place([b' ', second, third]),
            [_] | [] => return false,
        };
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}
