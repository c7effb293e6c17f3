//! The words of secrets: names of passwords, keys and codes in some thirty languages, and the words between a name and its value. Data only;
//! `secret_names.rs` reads it.

use super::Page;
use super::marks::Marks;

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A person chose the value.
    Password,
    /// A machine made it.
    Key,
    /// It is a short number, also the one on the back of a card.
    Card,
    /// It is a short number.
    Code,
    /// The word is the name of an account, and the password follows it.
    Account,
    /// The value follows.
    Link,
    /// The same, and many other things, too.
    Weak,
    /// The type of the value, between its name and itself.
    Type,
}

/// Makes the marks and what each of them says, so that a word stands in one place.
macro_rules! words {
    ($($says:ident [$($word:literal)*])*) => {
        /// How names end, and words between a name and its value, which begin with a space or are of a script without spaces.
        static MARKS: Marks<{ [$($($word),*),*].len() }> = Marks::new([$($($word),*),*]);

        /// What the mark of that number says.
        static SAYS: [Says; { [$($($word),*),*].len() }] = [$($({ let _: &str = $word; Says::$says }),*),*];
    };
}

/// The mark that ends at `at`, and what it says.
#[inline]
pub(super) fn mark_before(page: &Page<'_>, at: usize) -> Option<(&'static str, Says)> {
    let (mark, number) = MARKS.numbered_before(page, at)?;
    SAYS.get(number).map(|says| (mark, *says))
}

words! {
    Password [
        "password" "passwd" "passphrase" "passcode" "passwort" "kennwort" "pwd" "pswd" "pass" "contraseña" "contrasena" "CONTRASEÑA"
        "clave" "motdepasse" "mot de passe" "mot_de_passe" "mots de passe" "mdp" "senha" "palavra-passe" "palavra passe"
        "palavra_passe" "wachtwoord" "hasło" "hasłem" "HASŁO" "haslo" "lösenord" "LÖSENORD" "losenord" "lösenordet"
        "adgangskode" "adgangskoden" "kodeord" "kodeordet" "passord" "passordet" "salasana" "salasanani" "salasanasi" "heslo"
        "parola" "parolă" "PAROLĂ" "parolam" "jelszó" "jelszo" "JELSZÓ" "jelszavam" "şifre" "Şifre" "ŞİFRE" "sifre" "şifrem"
        "şifresi" "пароль" "Пароль" "ПАРОЛЬ" "κωδικός" "Κωδικός" "パスワード" "暗証番号" "密码" "密碼" "口令" "비밀번호" "패스워드" "암호" "पासवर्ड"
        "identified by" "d'ordine" "parola chiave" "parola_chiave" "parolachiave" "psk" "wifi key" "wi-fi key" "wlan key" "wpa key" "network key" "schlüssel" "creds" " pw"
        "_pw" "-pw" "(pw" ".pw" "\npw" "\"pw" "'pw" "password's" "p/w" "pass phrase" "pass-phrase" "losungswort" "wifi code"
        "wi-fi code" "wlan code" "wlan-code" "wifi-koden" "wifi-kode" "wifi-kod" "wi-fi-koden" "code wifi" "code wi-fi"
        "code du wifi" "wpa2 key" "wpa3 key" "clé wifi" "Clé wifi" "clé wi-fi" "Clé wi-fi" "clé wpa" "Şifrem" "Şifresi"
        "Şifremiz" "비번" "mật khẩu" "Mật khẩu" "kata sandi" "รหัสผ่าน" "סיסמה" "סיסמא" "كلمة المرور" "كلمة السر"
        "κωδικός πρόσβασης" "Κωδικός πρόσβασης" "securestring"
    ]
    Key [
        "secret" "token" "credential" "credentials" "authorization" "bearer" "auth" "sig" "key" "pat" "密钥" "密鑰" "sessionid"
        "sid" "session" "session_id" "session-id" "sessid" "jsessionid" "totp seed" "otp seed" "key_base"
    ]
    Card [
        "cvv" "cvv2" "cvv code" "cvc code" "cvv number" "card verification code" "card verification value" "cvc" "cvc2" "security code" "sicherheitscode" "cryptogramme" "code de sécurité" "código de seguridad"
        "código de segurança" "codice di sicurezza" "prüfziffer" "prüfnummer" "beveiligingscode" "säkerhetskod" "sikkerhedskode"
        "sikkerhetskode" "kod bezpieczeństwa" "bezpečnostní kód" "biztonsági kód" "cod de securitate" "güvenlik kodu"
        "turvakoodi"
    ]
    Code [
        "pin" "pin number" "pin no" "pin nr" "pin code" "pin-code" "code pin" "otp" "puk" "verification code" "one-time code" "one time code" "2fa code"
        "mfa code" "geheimzahl" "bestätigungscode" "验证码" "驗證碼" "인증번호" "認証コード" "code" "código" "codigo" "codice" "kod" "kode" "kód" "koodi" "認証番号" "確認番号" "pin-koodi on" "vahvistuskoodi on" "vahvistuskoodisi on" "atm pin" "card pin" "sim pin" "door pin" "bank pin" "phone pin" "voicemail pin" "alarm pin" "tan" "sms-tan"
        "mtan" "m-tan" "itan" "pushtan" "chiptan" "zugangscode" "verifizierungscode" "verifikationscode" "freischaltcode"
        "einmalcode" "anmeldecode" "türcode" "haustürcode" "torcode" "code für die haustür" "code für die tür"
        "code für das tor" "code für den alarm" "code de vérification" "code de verification" "code de confirmation"
        "code d'accès" "code d’accès" "code d'entrée" "code du portail" "code de la porte" "code de l'immeuble" "digicode"
        "code à usage unique" "código de verificación" "codigo de verificacion" "código de confirmación" "código de acceso"
        "código del portal" "código de la puerta" "código de la alarma" "codice di verifica" "codice di conferma"
        "codice di accesso" "codice del cancello" "codice del portone" "codice della porta" "codice otp" "código de verificação"
        "código de confirmação" "código de acesso" "código do portão" "código da porta" "código do alarme" "verificatiecode"
        "bevestigingscode" "toegangscode" "deurcode" "pincode" "inlogcode" "kod weryfikacyjny" "kod potwierdzający"
        "kod dostępu" "kod do domofonu" "kod do bramy" "kod pin" "kod sms" "verifieringskod" "verifieringskoden" "engångskod"
        "engångskoden" "portkod" "portkoden" "dörrkod" "pin-kod" "pin-koden" "pinkod" "pinkoden" "bekræftelseskode"
        "engangskode" "engangskoden" "dørkode" "dørkoden" "adgangskode til døren" "pinkode" "pin-kode" "bekreftelseskode"
        "bekreftelseskoden" "verifikasjonskode" "vahvistuskoodi" "vahvistuskoodisi" "ovikoodi" "pin-koodi" "pinkoodi"
        "kertakäyttökoodi" "ověřovací kód" "potvrzovací kód" "kód do domu" "kód od dveří" "pin kód" "pin-kód" "ellenőrző kód"
        "ellenőrző kódja" "megerősítő kód" "kapukód" "belépési kód" "egyszer használatos kód" "codul de verificare"
        "cod de verificare" "codul de confirmare" "codul de acces" "codul pin" "cod pin" "pin kodu" "doğrulama kodu"
        "doğrulama kodunuz" "Doğrulama kodu" "onay kodu" "onay kodunuz" "giriş kodu" "код подтверждения" "Код подтверждения"
        "код доступа" "Код доступа" "пин-код" "ПИН-код" "Пин-код" "код из смс" "код підтвердження" "Код підтвердження" "пін-код"
        "ПІН-код" "κωδικός επαλήθευσης" "Κωδικός επαλήθευσης" "动态码" "校验码" "校驗碼" "確認コード" "인증 코드" "인증코드" "ओटीपी" "पिन"
        "mã xác minh" "Mã xác minh" "mã otp" "kode otp" "kode verifikasi" "รหัส otp" "קוד אימות" "رمز التحقق" "رمز التأكيد"
        "code for the gate" "code for the door" "code for the alarm" "combination" "safe-kombination"
    ]
    Account [
        "admin" "root"
    ]
    Link [
        " is" " was" " set" " now" " still" " has been" " equals" " ist" " lautet" " lautete" " war" " est" " était" " es"
        " era" " é" " foi" " è" " jest" " było" " är" " er" " je" " este" " changed" " reset" " updated" " on file"
        " que consta" " hierzu" " olarak" " это" " wijzigen" " meu" " mea" " είναι" "是" "为" "為" "改成" "改为" "改為" "は" "が" "を" "는"
        "은" "를" " will be" " c'est" " provisoire" " temporaire" " temporal" " provisional" " provvisoria" " temporanea" " temporária" " provisória" " inicial" " iniziale" " nueva" " nova" " nuova" " actuelle" " attuale" " mitt" " din" " wifi" " wi-fi" " wlan" " k wifi" " do wifi" " del wifi" " du wifi" " della wifi" " fürs wlan" " est le" "改成了" "换成" "换成了" " anda" " của bạn là" " là" " adalah"
    ]
    Weak [
        " to" " auf" " in" " på" " til" " till" " on" " na" " naar" " le" " par" " por" " from"
    ]
    Type [
        " string" " String" " str" " char*"
    ]
}
