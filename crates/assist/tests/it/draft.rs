//! Drafts from prompt to end: text, what is taken out, stops, bounds, and what a swap does to a draft in flight.

use std::sync::Arc;

use async_trait::async_trait;
use candor_assist::{
    Assistant, DraftError, DraftEvent, Finish, ModelInfo, Options, OptionsError, OutputGuard, Prompt, Provider,
    ProviderError, Request, Route,
};
use candor_redact::Redactor;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

/// Says a text word by word, as often as it is told; fails at its end if told so.
struct Script {
    text: &'static str,
    times: usize,
    error: Option<ProviderError>,
}

#[async_trait]
impl Provider for Script {
    fn model(&self) -> ModelInfo {
        ModelInfo {
            id: "script".into(),
            name: "Script".into(),
            runs_at: "this test".into(),
            release: None,
            created: self.times as i64,
            outside: None,
            tasks: Vec::new(),
        }
    }

    async fn generate(
        &self,
        _: &Prompt,
        _: &Options,
    ) -> Result<mpsc::Receiver<Result<String, ProviderError>>, ProviderError> {
        let (sender, receiver) = mpsc::channel(1);
        let (text, times, error) = (self.text, self.times, self.error.clone());
        tokio::spawn(async move {
            for word in std::iter::repeat_n(text, times).flat_map(|text| text.split_inclusive(' ')) {
                if sender.send(Ok(word.to_owned())).await.is_err() {
                    return;
                }
            }
            if let Some(error) = error {
                let _ = sender.send(Err(error)).await;
            }
        });
        Ok(receiver)
    }
}

/// A token a word.
fn tokens(text: &str) -> Vec<u32> {
    text.split_whitespace().map(|word| word.len() as u32).collect()
}

fn guard() -> Arc<OutputGuard> {
    let redactor = Redactor::builder().build().unwrap();
    Arc::new(OutputGuard::new(Arc::new(redactor), Vec::new(), Arc::new(tokens)))
}

fn assistant(script: Script) -> Assistant {
    Assistant::new(Arc::new(script), guard())
}

fn request(options: Options) -> Request {
    Request { prompt: Prompt::brief("a post about bees").unwrap(), options, route: Route::Local }
}

fn options(max_tokens: u32, stop: &[&str]) -> Options {
    Options { max_tokens, stop: stop.iter().map(|s| (*s).to_owned()).collect(), ..Options::default() }
}

#[tokio::test]
async fn drafts_end_as_they_should() {
    let cases: [(&'static str, Options, &str, Finish); 4] = [
        ("bees are fine ", options(100, &[]), "bees are fine ", Finish::Stop),
        ("bees are fine ", options(3, &[]), "bees are fine ", Finish::Length),
        ("bees are fine ", options(100, &["fine"]), "bees are ", Finish::Stop),
        ("write bo@firma.de soon ", options(100, &[]), "write [mail address] soon ", Finish::Stop),
    ];
    for (text, options, expected, finish) in cases {
        let assistant = assistant(Script { text, times: 1, error: None });
        let whole = assistant.draft(request(options)).await.unwrap().whole().await.unwrap();
        assert_eq!((whole.text.as_str(), whole.finish), (expected, finish));
        assert_eq!(whole.prompt_tokens, 4);
        assert_eq!(whole.removed.values().sum::<u64>(), u64::from(text.contains('@')));
    }
}

#[tokio::test]
async fn a_failing_model_is_told() {
    let error = ProviderError::Failed("it broke".into());
    let assistant = assistant(Script { text: "bees ", times: 1, error: Some(error.clone()) });
    let draft = assistant.draft(request(Options::default())).await.unwrap();
    assert_eq!(draft.whole().await, Err(DraftError::Provider(error)));
    let bad = assistant.draft(request(options(0, &[]))).await.unwrap_err();
    assert_eq!(bad, DraftError::Options(OptionsError::MaxTokens(0)));
}

#[tokio::test]
async fn a_swap_ends_drafts_in_flight() {
    let assistant = assistant(Script { text: "on and on ", times: 10_000, error: None });
    let mut draft = assistant.draft(request(options(1024, &[]))).await.unwrap();
    let first = draft.next().await.unwrap().unwrap();
    assert!(matches!(first, DraftEvent::Text(_)));
    assistant.swap(Arc::new(Script { text: "new", times: 1, error: None }), guard());
    let whole = draft.whole().await.unwrap();
    assert_eq!(whole.finish, Finish::Guard);
    assert!(whole.text.len() < 8_000, "{} bytes", whole.text.len());
    assert_eq!(assistant.model().created, 1);
    let whole = assistant.draft(request(Options::default())).await.unwrap().whole().await.unwrap();
    assert_eq!(whole.text, "new");
}

#[tokio::test]
async fn too_many_drafts_are_refused() {
    let assistant = assistant(Script { text: "on and on ", times: 10_000, error: None });
    let mut drafts = Vec::new();
    for _ in 0..4 {
        drafts.push(assistant.draft(request(options(1024, &[]))).await.unwrap());
    }
    assert_eq!(assistant.draft(request(options(1024, &[]))).await.unwrap_err(), DraftError::Busy);
    drop(drafts);
    // A place is free again once a draft sees that nobody reads it.
    let again = async {
        while assistant.draft(request(options(1024, &[]))).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), again).await.unwrap();
}
