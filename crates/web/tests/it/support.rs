//! A site for tests: five members, a clock that stands, and a browser that keeps its cookie.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use candor_assist::{
    Assistant, ModelInfo, Options, OutputGuard, Prompt, Provider, ProviderError, Redactor, Templates, egress,
};
use candor_core::{
    Event, Member, MemberId, PolicyId, RecipientKey, Record, RecordId, RecordKind, RuleBook, Visibility,
};
use candor_store::{Change, Store};
use candor_web::{
    ApiKey, AppState, Clock, Config, RedactedText, Redaction, RedactionOrder, SnapshotFolders, SnapshotPapers,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tower::ServiceExt as _;

/// What the scripted model says.
pub const DRAFT: &str = "Bees are kept on roofs. Ask bo@firma.de about honey.";
/// What it says when it is asked for markup.
pub const MARKUP: &str = "<script>alert(1)</script> <a href=\"/x\">y</a> [z](javascript:alert(1)) ![i](/t)";
/// A key of the API.
pub const KEY: &str = "cnd_test_1234";

pub fn t(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn id(text: &str) -> MemberId {
    MemberId::new(text).unwrap()
}

struct Still(Mutex<Timestamp>);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Says `DRAFT`, or, outside, how many messages it was sent and the first words of the first one of the member.
#[derive(Default)]
struct Script {
    is_outside: bool,
}

#[async_trait]
impl Provider for Script {
    fn model(&self) -> ModelInfo {
        if self.is_outside {
            let recipient = RecipientKey::new("acme").unwrap();
            return ModelInfo {
                id: "acme-large".into(),
                name: "Acme Large".into(),
                runs_at: "Acme in the United States".into(),
                release: None,
                created: 0,
                outside: Some(egress::Outside { recipient, region: "US".into() }),
                tasks: vec!["headline".into()],
            };
        }
        ModelInfo {
            id: "candor-test".into(),
            name: "Test model".into(),
            runs_at: "this server".into(),
            release: Some("r1".into()),
            created: 1_700_000_000,
            outside: None,
            tasks: Vec::new(),
        }
    }

    async fn generate(
        &self,
        prompt: &Prompt,
        _: &Options,
    ) -> Result<tokio::sync::mpsc::Receiver<Result<String, ProviderError>>, ProviderError> {
        let (sender, receiver) = tokio::sync::mpsc::channel(64);
        let told =
            format!("{} messages, {} openings for {}", prompt.messages().len(), prompt.openings().len(), prompt.task());
        let own = prompt.messages().iter().any(|message| message.content.contains("Texts of mine"));
        let text = match self.is_outside {
            true => told,
            false if prompt.text() == "say markup" => MARKUP.to_owned(),
            false => DRAFT.to_owned(),
        };
        if own {
            sender.try_send(Ok("In your style: ".to_owned())).unwrap();
        }
        for word in text.split_inclusive(' ') {
            sender.try_send(Ok(word.to_owned())).unwrap();
        }
        Ok(receiver)
    }
}

/// A token a word.
fn tokens(text: &str) -> Vec<u32> {
    text.split_whitespace().map(|word| word.len() as u32).collect()
}

fn assistant() -> Arc<Assistant> {
    let redactor = Arc::new(Redactor::builder().build().unwrap());
    let guard = OutputGuard::new(redactor, Vec::new(), Arc::new(tokens));
    Arc::new(Assistant::new(Arc::new(Script::default()), Arc::new(guard)).with_outside([outside()]))
}

/// A provider outside that says what was asked of it.
fn outside() -> Arc<dyn Provider> {
    Arc::new(Script { is_outside: true })
}

/// Finds with the real redactor; knows one operator.
struct Finds;

impl Redaction for Finds {
    fn redact(&self, texts: &[String], how: &RedactionOrder) -> Result<Vec<RedactedText>, String> {
        if how.operator.as_ref().is_some_and(|operator| operator != "placeholder") {
            return Err("there is no such operator".into());
        }
        let redactor = Redactor::builder().build().unwrap();
        let redacted = texts.iter().map(|text| {
            let redacted = redactor.redact(text, &[]);
            let found = redactor.find(text).into_iter();
            RedactedText {
                findings: found.map(|f| (f.kind.name(), f.span.start, f.span.end, f.score)).collect(),
                counts: redacted.counts.iter().map(|(kind, count)| (kind.name(), count)).collect(),
                text: redacted.text,
            }
        });
        Ok(redacted.collect())
    }

    fn types(&self) -> Vec<(&'static str, &'static str)> {
        vec![("EMAIL", "mail addresses"), ("PHONE", "telephone numbers"), ("PERSON", "names")]
    }
}

/// The folder of one snapshot with three rows, until it is gone.
struct Folder {
    is_there: Arc<AtomicBool>,
}

impl SnapshotFolders for Folder {
    fn papers(&self, _: &candor_store::SnapshotRow) -> Option<SnapshotPapers> {
        let papers = SnapshotPapers { rows: 3, found: [("EMAIL".to_owned(), 9)].into() };
        self.is_there.load(Ordering::Relaxed).then_some(papers)
    }

    fn sample(&self, _: &candor_store::SnapshotRow) -> Option<Arc<Vec<String>>> {
        let texts = ["one <b>[EMAIL_1]</b>", "two by Bo Li", "three"].map(str::to_owned).to_vec();
        self.is_there.load(Ordering::Relaxed).then(|| Arc::new(texts))
    }
}

/// A running site.
pub struct Site {
    pub store: Store,
    pub router: Router,
    clock: Arc<Still>,
    /// Whether the folders of snapshots are there.
    pub folder: Arc<AtomicBool>,
    _dir: Option<tempfile::TempDir>,
}

/// How a site is set up.
pub struct Setup {
    pub dev_login: bool,
    pub https: bool,
    pub keys: bool,
    pub model: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { dev_login: true, https: false, keys: false, model: true }
    }
}

impl Site {
    pub async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub async fn with(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let site = Self::at(dir.path(), setup).await;
        Self { _dir: Some(dir), ..site }
    }

    /// A site in a folder of the caller.
    pub async fn at(dir: &std::path::Path, setup: Setup) -> Self {
        let store = Store::open(dir, RuleBook::shipped("seeds-2024").unwrap()).await.unwrap();
        fill(&store).await;
        let clock = Arc::new(Still(Mutex::new(t("2024-11-01T10:00:00Z"))));
        let keys = ApiKey { name: "test".into(), sha256: Sha256::digest(KEY).into() };
        let folder = Arc::new(AtomicBool::new(true));
        let state = AppState {
            store: store.clone(),
            assistant: setup.model.then(assistant),
            templates: Arc::new(Templates::shipped().unwrap()),
            redaction: Arc::new(Finds),
            snapshots: Arc::new(Folder { is_there: Arc::clone(&folder) }),
            dev_login: setup.dev_login,
            clock: clock.clone(),
            base: Config {
                platform: "Guildhall".into(),
                contact: "privacy@guildhall.example".into(),
                https: setup.https,
                secret: [7; 32],
                api_keys: if setup.keys { vec![keys] } else { vec![] },
            },
        };
        Self { store, router: candor_web::router(state), clock, folder, _dir: None }
    }

    pub fn set_clock(&self, now: &str) {
        *self.clock.0.lock().unwrap() = t(now);
    }

    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: None, gpc: false }
    }

    /// A browser of this member, signed in.
    pub async fn member(&self, member: &str) -> Browser {
        let mut browser = self.browser();
        let reply = browser.post("/auth/login", &[("member", member)]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
        browser
    }

    /// A browser of the officer, signed in.
    pub async fn officer(&self) -> Browser {
        let mut browser = self.browser();
        let reply = browser.post("/auth/login", &[("role", "officer")]).await;
        assert_eq!(reply.location(), "/console");
        browser
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        send(&self.router, request).await
    }
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap();
    Reply { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn location(&self) -> &str {
        self.header("location")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The token of the page's forms.
    pub fn csrf(&self) -> String {
        let (_, rest) = self.text.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split('"').next().unwrap().to_owned()
    }
}

/// A browser that keeps its cookie.
pub struct Browser {
    router: Router,
    pub cookie: Option<String>,
    pub gpc: bool,
}

impl Browser {
    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header("host", "site.test");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if self.gpc {
            request = request.header("sec-gpc", "1");
        }
        request
    }

    pub async fn get(&self, path: &str) -> Reply {
        send(&self.router, self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.post_with(path, form, &[("sec-fetch-site", "same-origin")]).await
    }

    pub async fn post_with(&mut self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let mut request = self.request("POST", path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = send(&self.router, request.body(Body::from(body.join("&"))).unwrap()).await;
        if let Some(cookie) = reply.headers.get(header::SET_COOKIE) {
            self.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        reply
    }
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'_' { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Members, their notices and a record of each.
async fn fill(store: &Store) {
    let people = [
        ("ann", "Ann Example", "US"),
        ("bea", "Bea Other", "US"),
        ("cem", "Cem Deutsch", "DE"),
        ("dan", "Dan Brit", "GB"),
    ];
    let mut changes = Vec::new();
    for (member, name, residence) in people {
        let registered = t("2023-01-01T00:00:00Z");
        changes.push(Change::PutMember(Member {
            id: id(member),
            handle: Some(format!("{member}_handle")),
            name: name.into(),
            profile_url: None,
            registered,
            residence: Some(residence.into()),
            birth_date: Some("1990-01-01".parse().unwrap()),
            account: Default::default(),
        }));
        let event = Event::MemberRegistered {
            member: id(member),
            residence: Some(residence.into()),
            birth_date: Some("1990-01-01".parse().unwrap()),
            account: Default::default(),
        };
        changes.push(Change::Event { event, t_valid: Some(registered), key: Some(format!("registered:{member}")) });
        let policy = PolicyId::new("2024-09-18").unwrap();
        changes.push(Change::event(Event::NoticeDelivered { member: id(member), policy, channel: None }));
    }
    changes.push(Change::PutRecords(people.iter().map(|(member, ..)| record(member)).collect()));
    store.commit(t("2024-09-19T00:00:00Z"), changes).await.unwrap();
}

fn record(member: &str) -> Record {
    Record {
        id: RecordId::derive("platform", member),
        member: id(member),
        kind: RecordKind::Post,
        created: t("2024-05-01T00:00:00Z"),
        edited: t("2024-05-01T00:00:00Z"),
        visibility: Visibility::Public,
        source: "platform".into(),
        thread: None,
        language: None,
        license: None,
        title: None,
        text: format!("the secret thought of {member}"),
    }
}
