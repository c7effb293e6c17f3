//! A provider outside, asked over real sockets: what goes out, what comes back, and how every bad answer ends.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use candor_assist::{
    Assistant, DraftError, ModelInfo, Options, OutputGuard, Prompt, Provider, ProviderError, Request, Route, egress,
    outgoing::{Destination, Limits, Reach},
    remote::{Call, Ledger, Remote, RemoteSettings, Secret, WireForm},
};
use candor_core::{Event, History, Logged, MemberId, RecipientKey, RuleBook, Seq};
use candor_redact::{Directory, Entry, Redactor};

/// What the server was sent.
#[derive(Debug, Default, Clone)]
struct Asked {
    head: String,
    body: serde_json::Value,
}

/// A server that answers one request after another with these bytes.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    fn new(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let kept = Arc::clone(&asked);
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                kept.lock().unwrap().push(read(&stream));
                // One byte at a time at first, so that whatever can be cut is.
                for byte in answer {
                    if stream.write_all(&[byte]).is_err() {
                        break;
                    }
                }
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Asked { head, body: serde_json::from_slice(&body).unwrap() }
}

/// Pieces as an OpenAI server streams them.
fn streamed(pieces: &[&str]) -> Vec<u8> {
    let mut text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n".to_owned();
    // Azure begins with what it thinks of the prompt.
    text += "data: {\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n: ping\n\n";
    for piece in pieces {
        let chunk =
            serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": piece }, "finish_reason": null }] });
        text += &format!("data: {chunk}\n\n");
    }
    text += "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    text.into_bytes()
}

fn plain(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// Keeps what was counted; refuses when it is full.
#[derive(Default)]
struct Book(Mutex<Vec<Call>>, bool);

#[async_trait]
impl Ledger for Book {
    async fn count(&self, call: &Call) -> Result<(), String> {
        if self.1 {
            return Err("the disk is full".into());
        }
        self.0.lock().unwrap().push(call.clone());
        Ok(())
    }
}

fn redactor() -> Arc<Redactor> {
    let entry = Entry { member: "m".into(), names: vec!["Anna Kovač".into()], ..Entry::default() };
    Arc::new(Redactor::builder().directory(Directory::build([entry]).unwrap()).build().unwrap())
}

fn remote(address: SocketAddr, form: WireForm, book: &Arc<Book>) -> Remote {
    let path = match form {
        WireForm::OpenAi => "v1/chat/completions",
        WireForm::Azure => "openai/deployments/gpt/chat/completions?api-version=2024-10-21",
    };
    let recipient = RecipientKey::new("acme").unwrap();
    let info = ModelInfo {
        id: "acme".into(),
        name: "Acme".into(),
        runs_at: "Acme, US".into(),
        release: None,
        created: 0,
        outside: Some(egress::Outside { recipient, region: "US".into() }),
        tasks: Vec::new(),
    };
    let settings = RemoteSettings {
        info,
        to: Destination::within(&format!("http://{address}/{path}"), Reach::Near).unwrap(),
        form,
        key: Some(Secret::new("s3cret\n")),
        model: "large".into(),
        limit_field: "max_tokens".into(),
    };
    let limits = Limits { whole: Duration::from_secs(20), silence: Duration::from_millis(500), bytes: 1 << 20 };
    Remote::new(settings, tokio::sync::watch::channel(redactor()).1, Arc::clone(book) as Arc<dyn Ledger>)
        .unwrap()
        .with_limits(limits)
}

async fn text_of(remote: &Remote, prompt: &str) -> Result<String, ProviderError> {
    let options = Options { seed: Some(7), stop: vec!["END".into()], ..Options::default() };
    let mut pieces = remote.generate(&Prompt::brief(prompt).unwrap(), &options).await?;
    let mut text = String::new();
    while let Some(piece) = pieces.recv().await {
        text.push_str(&piece?);
    }
    Ok(text)
}

const PROMPT: &str = "Thank Anna Kovač and write to bo@firma.de";

#[tokio::test]
async fn stand_ins_go_out_and_values_come_back() {
    let answer = streamed(&["Dear [PER", "SON", "_1], ", "mail", " [EMAIL_1", "]. [EMAIL_2] é"]);
    for form in [WireForm::OpenAi, WireForm::Azure] {
        let (server, book) = (Server::new(vec![answer.clone()]), Arc::new(Book::default()));
        let text = text_of(&remote(server.address, form, &book), PROMPT).await.unwrap();
        assert_eq!(text, "Dear Anna Kovač, mail bo@firma.de. [EMAIL_2] é");
        let [asked] = server.asked().try_into().unwrap();
        let message = &asked.body["messages"][0];
        assert_eq!(message["content"], "Thank [PERSON_1] and write to [EMAIL_1]");
        assert!(!asked.body.to_string().contains("Anna") && !asked.head.contains("Anna"));
        assert_eq!((&asked.body["stream"], &asked.body["max_tokens"]), (&true.into(), &160.into()));
        assert_eq!((&asked.body["seed"], &asked.body["stop"][0]), (&7.into(), &"END".into()));
        let (line, key) = match form {
            WireForm::OpenAi => ("POST /v1/chat/completions HTTP/1.1", "authorization: Bearer s3cret\r\n"),
            WireForm::Azure => {
                ("POST /openai/deployments/gpt/chat/completions?api-version=2024-10-21 HTTP/1.1", "api-key: s3cret\r\n")
            }
        };
        assert!(asked.head.starts_with(line) && asked.head.contains(key), "{}", asked.head);
        assert_eq!(asked.body.get("model").is_some(), form == WireForm::OpenAi);
        let counted = book.0.lock().unwrap().clone();
        let call = Call {
            recipient: RecipientKey::new("acme").unwrap(),
            task: "chat".into(),
            replaced: [("EMAIL", 1), ("PERSON", 1)].into(),
        };
        assert_eq!(counted, [call], "by category, never by content");
    }
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_read_too() {
    let body = r#"{"choices":[{"message":{"role":"assistant","content":"Hi [PERSON_1]"},"finish_reason":"stop"}]}"#;
    let server = Server::new(vec![plain("200 OK", "application/json; charset=utf-8", body)]);
    let text = text_of(&remote(server.address, WireForm::OpenAi, &Arc::default()), PROMPT).await.unwrap();
    assert_eq!(text, "Hi Anna Kovač");
}

#[tokio::test]
async fn bad_answers_end_in_errors_that_tell_nothing() {
    let sse = |body: &str| plain("200 OK", "text/event-stream", body);
    let broken = streamed(&["half"]);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (plain("401 Unauthorized", "application/json", "{\"error\":\"bo@firma.de\"}"), "refuses the key"),
        (plain("429 Too Many Requests", "text/plain", "slow"), "busy"),
        (plain("500 Oops", "text/plain", "Anna Kovač"), "answers 500"),
        (plain("307 Moved", "text/plain\r\nLocation: http://127.0.0.1:1/", ""), "not followed"),
        (sse("data: {\"error\":{\"message\":\"Anna Kovač\"}}\n\n"), "tells of an error"),
        (sse("data: not json bo@firma.de\n\n"), "what is no answer"),
        (sse("<html>Anna Kovač</html>"), "in the middle"),
        (broken[..broken.len() - 90].to_vec(), "in the middle"),
        (b"\x00\x01\x02\r\n\r\n".to_vec(), "does not answer"),
        (Vec::new(), "does not answer"),
    ];
    for (answer, expected) in cases {
        let server = Server::new(vec![answer.clone()]);
        let error = text_of(&remote(server.address, WireForm::OpenAi, &Arc::default()), PROMPT).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains(expected), "{shown} for {}", String::from_utf8_lossy(&answer));
        assert!(!shown.contains("Anna") && !shown.contains("firma") && !shown.contains("s3cret"), "{shown}");
    }
}

#[tokio::test]
async fn what_cannot_be_counted_is_not_sent() {
    let server = Server::new(vec![streamed(&["x"])]);
    let book = Arc::new(Book(Mutex::default(), true));
    let error = text_of(&remote(server.address, WireForm::OpenAi, &book), PROMPT).await.unwrap_err();
    assert_eq!(error, ProviderError::Uncounted);
    assert!(server.asked().is_empty());
}

/// Says nothing, and must not be asked.
struct Silent;

#[async_trait]
impl Provider for Silent {
    fn model(&self) -> ModelInfo {
        ModelInfo {
            id: "local".into(),
            name: "Local".into(),
            runs_at: "this server".into(),
            release: None,
            created: 0,
            outside: None,
            tasks: Vec::new(),
        }
    }

    async fn generate(
        &self,
        _: &Prompt,
        _: &Options,
    ) -> Result<tokio::sync::mpsc::Receiver<Result<String, ProviderError>>, ProviderError> {
        Err(ProviderError::Failed("the local model was asked".into()))
    }
}

/// A history in which `ann` may use `acme`.
fn history() -> History {
    let events = [
        serde_json::json!({ "type": "recipient_added", "recipient": "acme", "kind": "processor", "region": "US", "no_train": true }),
        serde_json::json!({ "type": "region_set_changed", "name": "processors", "countries": ["US"], "source": "a test", "date": "2024-10-01" }),
        serde_json::json!({ "type": "policy_published", "policy": "acme", "effective_from": "2024-10-01",
            "discloses": [{ "purpose": "generative_features", "recipient": "acme", "covers_past_from": "beginning" }] }),
        serde_json::json!({ "type": "member_registered", "member": "ann", "residence": "US", "birth_date": "1990-01-01" }),
        serde_json::json!({ "type": "notice_delivered", "member": "ann", "policy": "acme" }),
    ];
    let mut history = History::new(RuleBook::shipped("seeds-2024").unwrap());
    for (event, seq) in events.into_iter().zip(1..) {
        let event: Event = serde_json::from_value(event).unwrap();
        let t = "2024-10-01T00:00:00Z".parse().unwrap();
        history.push(Logged { seq: Seq(seq), t, t_valid: None, event }).unwrap();
    }
    history
}

#[tokio::test]
async fn the_guard_reads_what_comes_from_outside() {
    let answer = streamed(&["Dear [PERSON_1], ask eve@firma.de and ", "[EMAIL_1]."]);
    let (server, book) = (Server::new(vec![answer]), Arc::new(Book::default()));
    let guard = OutputGuard::new(redactor(), Vec::new(), Arc::new(|text: &str| vec![0; text.len()]));
    let outside: Arc<dyn Provider> = Arc::new(remote(server.address, WireForm::OpenAi, &book));
    let assistant = Assistant::new(Arc::new(Silent), Arc::new(guard)).with_outside([outside]);
    let model = assistant.outside().pop().unwrap();
    let (ann, now) = (MemberId::new("ann").unwrap(), "2024-10-02T00:00:00Z".parse().unwrap());
    let permit = egress::permit(&history(), &model.outside.unwrap(), &ann, now).unwrap();
    let request = |route| Request { prompt: Prompt::brief(PROMPT).unwrap(), options: Options::default(), route };
    let local = assistant.draft(request(Route::Local)).await.unwrap_err();
    assert!(matches!(local, DraftError::Provider(ProviderError::Failed(_))));
    let whole = assistant.draft(request(Route::Outside(permit))).await.unwrap().whole().await.unwrap();
    assert_eq!(whole.text, "Dear Anna Kovač, ask [mail address] and bo@firma.de.");
    assert_eq!(whole.removed.values().sum::<u64>(), 1);
}
