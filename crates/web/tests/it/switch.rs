//! The switch: off, on, back, by form alone; what it says before and after; whose it is.

use axum::http::StatusCode;
use candor_core::{ChoiceValue, PurposeKey, Scope, Seq};

use crate::support::{Browser, Site, id, t};

/// Fields of a form, or headers.
type Pairs<'a> = Vec<(&'a str, &'a str)>;

const SWITCH: &str = "/settings/data-privacy/generative-ai";

async fn set(browser: &mut Browser, value: &str, scope: &str) -> String {
    let csrf = browser.get(SWITCH).await.csrf();
    let reply = browser.post(SWITCH, &[("csrf", &csrf), ("value", value), ("scope", scope)]).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
    let to = reply.location().to_owned();
    browser.get(&to).await.text
}

fn stands(site: &Site, member: &str) -> (ChoiceValue, Scope, bool) {
    let choice = site.store.choice(&id(member), &PurposeKey::generative_training(), t("2030-01-01T00:00:00Z"));
    (choice.value, choice.scope, choice.default)
}

#[tokio::test]
async fn the_switch_is_a_form_that_says_what_it_does() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let before = ann.get(SWITCH).await.text;
    assert!(before.contains("Use my data for training content creation AI models"));
    assert!(before.contains(r#"role="switch" name="value" value="off" aria-checked="true""#), "{before}");
    assert!(before.contains("on by default for United States") && before.contains("Nothing of yours, old or new"));
    let after = set(&mut ann, "off", "future_use").await;
    assert!(after.contains(r#"role="switch" name="value" value="on" aria-checked="false""#));
    assert!(
        after.contains("Turned off.")
            && after.contains("1 November 2024, 10:00 UTC")
            && after.contains("Receipt of entry")
    );
    assert_eq!(stands(&site, "ann"), (ChoiceValue::Off, Scope::FutureUse, false));
    site.set_clock("2024-11-01T10:00:01Z");
    let on = set(&mut ann, "on", "include_past").await;
    assert!(on.contains(r#"value="off" aria-checked="true""#) && on.contains("Turned on."));
    assert_eq!(stands(&site, "ann"), (ChoiceValue::On, Scope::IncludePast, false));
    assert!(on.contains("Also what was written before") && on.contains("No new training"), "the table of decisions");
}

#[tokio::test]
async fn sending_it_twice_changes_nothing_more() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    set(&mut ann, "off", "future_use").await;
    let head = site.store.head();
    set(&mut ann, "off", "future_use").await;
    assert_eq!(site.store.head(), head);
    // A page that was open since before says what it wants and gets it.
    site.set_clock("2024-11-01T10:00:01Z");
    set(&mut ann, "on", "from_now").await;
    site.set_clock("2024-11-01T10:00:02Z");
    set(&mut ann, "off", "future_use").await;
    assert_eq!(site.store.head().seq, Seq(head.seq.0 + 2));
    assert_eq!(stands(&site, "ann").0, ChoiceValue::Off);
}

#[tokio::test]
async fn taking_back_queues_the_forgetting_in_the_same_commit() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let page = set(&mut ann, "off", "retract").await;
    assert!(page.contains("Turned off and taken back."));
    let jobs = site.store.jobs(10).await.unwrap();
    let job = jobs.first().expect("a job");
    assert_eq!((job.kind.as_str(), &job.payload["member"]), ("forget_member", &serde_json::json!("ann")));
    set(&mut ann, "off", "retract").await;
    assert_eq!(site.store.jobs(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn forms_that_are_not_theirs_are_refused() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    let csrf = ann.get(SWITCH).await.csrf();
    let bea = site.member("bea").await.get(SWITCH).await.csrf();
    let off = ("value", "off");
    let scope = ("scope", "future_use");
    let same = [("sec-fetch-site", "same-origin")];
    let cases: [(&str, Pairs<'_>, Pairs<'_>, u16); 8] = [
        ("no token", vec![off, scope], same.to_vec(), 400),
        ("a wrong token", vec![("csrf", "00"), off, scope], same.to_vec(), 403),
        ("somebody else's token", vec![("csrf", &bea), off, scope], same.to_vec(), 403),
        ("from another site", vec![("csrf", &csrf), off, scope], vec![("sec-fetch-site", "cross-site")], 403),
        ("from a sister site", vec![("csrf", &csrf), off, scope], vec![("sec-fetch-site", "same-site")], 403),
        (
            "an old browser, another origin",
            vec![("csrf", &csrf), off, scope],
            vec![("origin", "https://evil.test")],
            403,
        ),
        ("a scope of on", vec![("csrf", &csrf), off, ("scope", "from_now")], same.to_vec(), 400),
        ("no such value", vec![("csrf", &csrf), ("value", "perhaps"), scope], same.to_vec(), 400),
    ];
    for (case, form, headers, status) in cases {
        let reply = ann.post_with(SWITCH, &form, &headers).await;
        assert_eq!(reply.status.as_u16(), status, "{case}: {}", reply.text);
    }
    assert!(stands(&site, "ann").2, "nothing was changed");
    let mut nobody = site.browser();
    let reply = nobody.post(SWITCH, &[("csrf", &csrf), off, scope]).await;
    assert_eq!(reply.location(), "/auth/login");
    let big = "x".repeat(70_000);
    let reply = ann.post(SWITCH, &[("csrf", &csrf), off, ("scope", &big)]).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn regions_that_are_left_out_have_a_sentence_and_no_dead_switch() {
    let site = Site::new().await;
    let cases =
        [("cem", "members in Germany are left out"), ("dan", "training is paused for members in United Kingdom")];
    for (member, sentence) in cases {
        let mut browser = site.member(member).await;
        let page = browser.get(SWITCH).await.text;
        assert!(page.contains(sentence) && !page.contains("role=\"switch\""), "{page}");
        // They can still say no for the day when that changes.
        let page = set(&mut browser, "off", "future_use").await;
        assert!(page.contains("It stays off if that changes"), "{page}");
    }
}

#[tokio::test]
async fn a_receipt_is_only_shown_to_whose_it_is() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    set(&mut ann, "off", "future_use").await;
    let seq = site.store.head().seq;
    let bea = site.member("bea").await;
    let page = bea.get(&format!("{SWITCH}?entry={seq}")).await.text;
    assert!(!page.contains("Receipt of entry") && page.contains(r#"aria-checked="true""#));
}

#[tokio::test]
async fn a_browser_that_says_no_is_noted_once() {
    let site = Site::new().await;
    let mut ann = site.member("ann").await;
    ann.gpc = true;
    let head = site.store.head().seq;
    for _ in 0..3 {
        assert_eq!(ann.get("/").await.status, StatusCode::OK);
    }
    assert_eq!(site.store.head().seq, Seq(head.0 + 1));
    assert_eq!(site.store.entry(site.store.head().seq).await.unwrap().unwrap().kind, "signal_received");
}

/// A small disk of its own, gone with the test.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(dir.path()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: this user may not mount a tmpfs, so no disk was filled; run the test as root");
            return None;
        }
        Some(Self(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _gone = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn the_switch_works_when_the_disk_is_full() {
    let Some(disk) = Disk::mount() else { return };
    let site = Site::at(disk.0.path(), Default::default()).await;
    let (mut ann, mut bea) = (site.member("ann").await, site.member("bea").await);
    let csrf = bea.get(SWITCH).await.csrf();
    let mut ballast = std::fs::File::create(disk.0.path().join("ballast")).unwrap();
    while std::io::Write::write_all(&mut ballast, &[7; 4096]).is_ok() {}
    while std::io::Write::write_all(&mut ballast, &[7]).is_ok() {}
    // What is left of the last pages is used up first.
    let own = ann.get(SWITCH).await.csrf();
    for n in 0..2000 {
        site.set_clock(&format!("2024-11-01T10:{:02}:{:02}Z", 1 + n / 60, n % 60));
        let (value, scope) = [("on", "include_past"), ("on", "from_now")][n % 2];
        ann.post(SWITCH, &[("csrf", &own), ("value", "off"), ("scope", "future_use")]).await;
        let on = ann.post(SWITCH, &[("csrf", &own), ("value", value), ("scope", scope)]).await;
        if on.status == StatusCode::SERVICE_UNAVAILABLE {
            break;
        }
    }
    let reply = bea.post(SWITCH, &[("csrf", &csrf), ("value", "off"), ("scope", "future_use")]).await;
    assert_eq!(
        (reply.status, reply.location()),
        (StatusCode::SEE_OTHER, "/settings/data-privacy/generative-ai?journaled=1")
    );
    let page = bea.get(reply.location()).await.text;
    assert!(page.contains("kept in the emergency journal"), "{page}");
}
