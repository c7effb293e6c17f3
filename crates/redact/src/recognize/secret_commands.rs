//! Passwords in commands, calls and files of programs, where a place says that one stands there: `mysql -pX`, `login("anna", "X")`,
//! `net user anna X /add`, `enable secret 5 X`. Reads one line back at most.

use super::Page;
use super::marks::Marks;
use super::secret_names::{Class, name_before};
use super::secret_values::{Need, is_machine, is_other, is_random, is_spoken, plain_value, quoted_value};
use crate::finding::{Span, SpanText as _};

/// How far back from a value its command is looked for, in bytes.
const LINE: usize = 160;

/// Programs whose option `-p` is a password.
const PASSWORD_P: [&str; 21] = [
    "mysql",
    "mariadb",
    "sshpass",
    "docker login",
    "podman login",
    "mongo",
    "az login",
    "oc login",
    "skopeo login",
    "htpasswd",
    "cf login",
    "helm registry login",
    "rabbitmq",
    "ansible",
    "7z ",
    "useradd",
    "usermod",
    "psexec",
    "PsExec",
    "PSEXEC",
    "psExec",
];

/// The option before or at the start of a value, and where the value begins: `-p X`, `-pX`; `|` where a quote opens.
fn option(page: &Page<'_>, start: usize) -> Option<(u8, usize)> {
    let before = page.byte_before(start)?;
    if before == b' ' && page.byte(start) == Some(b'-') {
        return Some((page.byte(start + 1)?, start + 2));
    }
    let quoted = matches!(before, b'"' | b'\'');
    let space = if quoted { start.checked_sub(2)? } else { start.checked_sub(1)? };
    let short = page.byte(space) == Some(b' ') && space >= 3 && page.has_at(space - 3, " -");
    if quoted && page.has_before(space, " -") && page.byte(space).is_some_and(|byte| byte.is_ascii_alphabetic()) {
        return Some((page.byte(space)?, start));
    }
    match (short, quoted) {
        (true, _) => Some((page.byte_before(space)?, start)),
        (false, _) if page.has_before(space, " --user") || page.has_before(space, " --user ") => Some((b'u', start)),
        (false, true) => Some((b'|', start)),
        (false, false) => None,
    }
}

/// The value of an option of a command: `curl -u bob:X`, `sshpass -p X`, `mysql -pX`; or of a pair for `chpasswd`.
pub(super) fn command(page: &Page<'_>, start: usize) -> Option<Span> {
    let (option, value_start) = option(page, start)?;
    let quick = matches!(option, b'p' | b'P' | b'u' | b'U' | b'w' | b'a' | b'k' | b'N' | b'c' | b'|');
    let quote = page.before(value_start).filter(|c| matches!(c, '"' | '\''));
    let value = quick.then(|| {
        quote.map_or_else(|| plain_value(page, value_start), |quote| quoted_value(page, value_start, quote))
    })?;
    let line = page.bytes_before(start, LINE);
    // A backslash or backtick at the end of a line goes on in the next.
    let begin = line.rmatch_indices('\n').find(|(at, _)| !line.get(..*at).is_some_and(|l| l.ends_with(['\\', '`'])));
    let line = line.get(begin.map_or(0, |(at, _)| at + 1)..).unwrap_or(line);
    let has = |programs: &[&str]| programs.iter().any(|program| line.contains(program));
    let after = |sign: char| {
        let (_, password) = value.of(page.text()).split_once(sign)?;
        Some(Span::new(value.end - password.len(), value.end))
    };
    let value = match option {
        b'p' if has(&PASSWORD_P) => value,
        b'P' if has(&["zip ", "7z", "sqlcmd", "bcp ", "ipmitool"]) => value,
        b'c' if has(&["snmpwalk", "snmpget", "snmpset", "snmpbulk"]) => value,
        b'w' if has(&["ldap"]) => value,
        b'k' if has(&["openssl"]) => value,
        b'N' if has(&["ssh-keygen"]) => value,
        b'a' if has(&["redis-cli"]) => value,
        b'u' if has(&["curl", "wget", "http"]) => after(':')?,
        b'U' if has(&["smb", "rpcclient", "net "]) => after('%')?,
        b'|' if is_piped(page, value.end) => after(':')?,
        _ => return None,
    };
    let text = value.of(page.text());
    (text.len() >= 4 && (!is_other(text) || quote.is_some() && is_random(text))).then_some(value)
}

/// `"bob:X" | chpasswd`.
fn is_piped(page: &Page<'_>, end: usize) -> bool {
    let rest = page.bytes_after(end, 24).trim_start_matches(['"', '\'', ' ']);
    rest.strip_prefix('|').is_some_and(|rest| rest.contains("chpasswd"))
}

/// A password that stands at its place in a command: `net user anna X /add`, `snmp-server community X`.
pub(super) fn positional(page: &Page<'_>, start: usize, token_end: usize) -> Option<Span> {
    let token_end = page.ahead_while(token_end, 4, |c| c.is_ascii_punctuation() && c != '/');
    let option = page.byte(token_end) == Some(b' ') && page.byte(token_end + 1) == Some(b'/');
    let user = || page.back_while(start - 1, 32, |c| c.is_ascii_graphic());
    let named = page.has_before(start, "community ") && page.has_before(start, "snmp-server community ")
        || option && page.byte_before(start) == Some(b' ') && page.has_before(user(), "net user ");
    let value = named.then(|| plain_value(page, start))?;
    is_spoken(value.of(page.text()), Need::More).then_some(value)
}

/// A password after its name and the number of its form, as routers have them: `enable secret 5 X`, `password 7 X`.
pub(super) fn typed(page: &Page<'_>, start: usize) -> Option<Span> {
    let digit = start.checked_sub(2).filter(|at| page.byte(*at).is_some_and(|byte| byte.is_ascii_digit()))?;
    let end = digit.checked_sub(1).filter(|at| page.byte(*at) == Some(b' '))?;
    let (_, name) = name_before(page, end)?;
    let named = page.has_at(name, "secret") || page.has_at(name, "password");
    let value = plain_value(page, start);
    (named && is_spoken(value.of(page.text()), Need::More)).then_some(value)
}

/// Functions that log somebody in; their last argument is a password.
static LOGIN_CALLS: Marks<22> = Marks::new([
    "getconnection",
    "credential]::new",
    "basicauthentication",
    "login",
    "log_in",
    "signin",
    "sign_in",
    "basicauth",
    "basic_auth",
    "auth=",
    "auth =",
    "auth = ",
    "credential",
    "credentials",
    "authenticate",
    "pdo",
    "mysqli",
    "mysqli_connect",
    "setauth",
    "userpass",
    "passwordauthentication",
    "directoryentry",
]);
/// Methods that type a text into the field that was named before.
static TYPE_CALLS: Marks<6> = Marks::new([").send_keys", ").type", ").fill", ").sendkeys", ").val", ").setvalue"]);
/// Functions that take a key first or second.
static KEY_CALLS: Marks<14> = Marks::new([
    "jwt.sign",
    "jwt.encode",
    "jwt.decode",
    "jwt.verify",
    "createhmac",
    "hmac.new",
    "fernet",
    "aes.new",
    "createcipheriv",
    "createdecipheriv",
    "secretkeyspec",
    "hmac_sha256",
    "setsigningkey",
    "signwith",
]);
/// The most arguments of such a function before its password.
const MOST_ARGUMENTS: usize = 3;

/// The value in quotes that a call takes: `login("anna", "X")`, `find("password").type("X")`.
pub(super) fn argument(page: &Page<'_>, start: usize) -> Option<Span> {
    let quote = page.before(start).filter(|c| matches!(c, '"' | '\''))?;
    let value = quoted_value(page, start, quote);
    let text = value.of(page.text());
    let fine = || (4..=128).contains(&text.len()) && !text.contains(' ') && !is_other(text);
    let mut at = start - 1;
    // `b'X'` in Python.
    if page.byte_before(at) == Some(b'b') && page.byte_before(at - 1).is_some_and(|byte| matches!(byte, b'(' | b' ')) {
        at -= 1;
    }
    // `env.TOKEN || "X"`
    if let Some(sign) = [" || ", " ?? ", " or "].iter().find(|sign| page.has_before(at, sign)) {
        let (class, _) = name_before(page, at - sign.len())?;
        let fits = match class {
            Class::Password => fine(),
            Class::Key => is_machine(text) && !is_other(text),
            Class::Code | Class::Card | Class::Account => false,
        };
        return fits.then_some(value);
    }
    for number in 0..MOST_ARGUMENTS {
        if let Some(open) = at.checked_sub(1).filter(|open| page.byte(*open) == Some(b'(')) {
            if number < 2 && KEY_CALLS.before(page, open).is_some() {
                return (is_machine(text) && !is_other(text)).then_some(value);
            }
            if number > 0 {
                return (LOGIN_CALLS.before(page, open).is_some() && fine()).then_some(value);
            }
            let close = open - TYPE_CALLS.before(page, open)?.len();
            let end = page.back_while(close, 2, |c| matches!(c, '"' | '\''));
            let (class, _) = name_before(page, end).filter(|_| end < close)?;
            return (class == Class::Password && fine()).then_some(value);
        }
        let comma = page.back_while(at, 2, |c| c == ' ');
        let close = comma.checked_sub(2).filter(|_| page.byte_before(comma) == Some(b','))?;
        let last = page.byte(close)?;
        if last.is_ascii_alphanumeric() {
            // A variable.
            let start = page.back_while(close + 1, 48, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
            at = start;
            continue;
        }
        let quote = Some(last).filter(|byte| matches!(byte, b'"' | b'\''))?;
        at = page.back_while(close, 96, |c| c != char::from(quote) && c != '\n').checked_sub(1)?;
    }
    None
}

/// The password that ends a command: `htpasswd -b file anna X`, `wpa_passphrase network X`.
pub(super) fn last_word(page: &Page<'_>, word: Span) -> Option<Span> {
    let end = page.ahead_while(word.end, LINE, |c| !matches!(c, '\n' | '|' | '>' | ';'));
    let mut words = page.slice(word.end, end).split_whitespace();
    let (text, count) = (words.next_back()?, words.clone().count());
    let asks = page.has_before(word.start, "htp") && !words.any(|word| word.starts_with('-') && word.contains('b'));
    let start = end - page.slice(word.end, end).len() + page.slice(word.end, end).rfind(text)?;
    let plain = count >= 1 && !asks && text.len() >= 4 && !text.starts_with(['-', '/', '.']) && !is_other(text);
    plain.then(|| Span::new(start, start + text.len()))
}

/// The password that ends a line of a file for PostgreSQL: `host:port:database:user:X`; `run` is the port.
pub(super) fn pgpass(page: &Page<'_>, run: Span) -> Option<Span> {
    let host =
        page.back_while(run.start.checked_sub(1)?, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*'));
    let begins = host == 0 || page.byte_before(host) == Some(b'\n');
    let line_end = page.ahead_while(run.end, 160, |c| c.is_ascii_graphic());
    let mut fields = page.slice(run.end + 1, line_end).splitn(3, ':');
    let (database, user, password) = (fields.next()?, fields.next()?, fields.next()?);
    let whole = !database.is_empty() && !user.is_empty() && password.len() >= 4 && !password.contains(':');
    let named = user.bytes().any(|byte| byte.is_ascii_alphabetic()) && page.slice(host, run.start).len() >= 2;
    (begins && whole && named && !is_other(password)).then(|| Span::new(line_end - password.len(), line_end))
}

#[cfg(test)]
mod tests {
    use crate::kind::Kind;
    use crate::recognize::{Secret, check};

    #[test]
    fn finds_in_code_and_commands() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "var DB_PASSWORD string = \"{MONK2816y!}\"",
                "const string password = @\"{MANG3559x$}\";",
                "define('DB_PASSWORD', '{Castle2021}');",
                "ENV DB_PASSWORD {Rocket1971}",
                "#define API_KEY \"{8nV3xSVNYXIF3CAAkesetB684ts75KTE}\"",
                "customer.setSmtpPass(\"{purpl3$89}\");",
                "account.setPassword(\"{hunterly}\");",
                "mysql -u root -p{Mango779} shop",
                "sshpass -p {s3cr3tpw} ssh bob@host",
                "docker login -u bob -p {4haoxwbkNKkbQxuffPce} registry.host.io",
                "curl -u bob:{0txSpfkAGjEa} https://host.io",
                "CREATE USER bob WITH PASSWORD '{RiverPurple}';",
                "IDENTIFIED BY '{tiger19x}'",
                "echo \"bob:{Castle2021}\" | chpasswd",
                "machine host.io login bob password {tigerly}",
                "db.host.io:5432:shop:bob:{Castle2021}",
                "curl_easy_setopt(curl, CURLOPT_PASSWORD, \"{KiASRCRiGFLPDiId}\");",
                "ConvertTo-SecureString \"{4yd21JKH~GE8dkd}\" -AsPlainText",
                "new NetworkCredential(\"bob\", \"{AP7JaG9ToerxBc6}\")",
                "requests.get(url, auth=('bob', '{0txSpfkAGjEa}'))",
                "curl https://host.io/token \\\n  --user bob:{qgsnai0xokrw4j1} --data x",
                "proxy-authorization: basic {aXRzZGFuaWVsOldpbnRlclRpZ2VyNzg}",
            ],
        );
    }

    #[test]
    fn finds_at_its_place() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "net user backup {Kettle!2023} /add",
                "htpasswd -b /etc/.htpasswd alice {t0pSecret99}",
                "wpa_passphrase HomeNet {Kettle4Horse}",
                "mysql -u root -p'{Lantern#55}' shop",
                "7z x -p{Zebra77xx} a.7z; openssl enc -k {Zebra78xx} -in a",
                "ssh-keygen -N '{blue-Kettle-4}' -f id",
                "xfreerdp /u:admin /p:{Lantern55}",
                "snmp-server community {r0utEr9x} RO\nenable secret 5 {Lantern55z}",
                "smtp.login(\"anna\", \"{Lantern55}\")",
                "auth=('svc', '{Lantern55}')",
                "find(\"password\").send_keys(\"{Lantern55}\")",
                "token = env.API_TOKEN || '{RjmKS1JS3SetvXs7vOO63TRFH6duXAsg}'",
                "ConvertTo-SecureString \"{Lantern55}\" -AsPlainText",
                "DriverManager.getConnection(url, \"app\", \"{Lantern_94!}\");",
                "[NetworkCredential]::new('rene', '{Lantern#36!}')",
                "jwt.encode(payload, \"{OABLtbMBjOkEK4Zr3ur2PKjVrCRlzgZq}\", algorithm=\"HS256\")",
                "createHmac('sha256', '{gdmYxq6R313WFcpSinztVEPOdECwok0H}'), AES.new(b'{Qk82LmzXo19VbTr4}', mode)",
                "snmpwalk -v2c -c {haldenR0} host; ipmitool -H host -U admin -P {Lantern$18x} power",
                "keytool -storepass {Marathon_380} -keypass {Nikolas@93}",
                "sshpass -p '{aFC8|pq-7}' ssh host",
                "root:{Zx81kLmQw2}@tcp(10.0.0.1:3306)/shop",
            ],
        );
    }

    #[test]
    fn leaves() {
        check(
            &Secret,
            Kind::Secret,
            &[
                "net user backup2 /delete",
                "htpasswd -c /etc/users.txt alice2",
                "enable secret 5 times",
                "printf(\"%s\", \"Lantern55\")",
                "find(\"name\").send_keys(\"Lantern55\")",
                "size = env.SIZE || 'medium55'",
                "connect(url, \"app55\", \"Lantern55\")",
                "snmpwalk -v2c -c public host; cp -P file2 file3",
                "jwt.encode(payload, \"payload\", name=\"HS256\")",
                "net user /domain | find \"admin22\"",
            ],
        );
    }
}
