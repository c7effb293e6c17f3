//! Every page: who may see it, its headers, its size, and that it shows nobody else's data.

use axum::http::StatusCode;

use crate::support::{DRAFT, Setup, Site};

const PAGES: [&str; 12] = [
    "/",
    "/log",
    "/problems",
    "/auth/login",
    "/settings/data-privacy",
    "/settings/data-privacy/generative-ai",
    "/settings/data-privacy/objection",
    "/used",
    "/assist",
    "/console",
    "/console/objections",
    "/console/rules",
];

#[tokio::test]
async fn each_page_is_for_its_readers() {
    let site = Site::new().await;
    let readers = [("nobody", site.browser()), ("ann", site.member("ann").await), ("officer", site.officer().await)];
    // What nobody, a member and an officer are answered.
    let table = [
        ("/", [200, 200, 200]),
        ("/log", [200, 200, 200]),
        ("/auth/login", [200, 200, 200]),
        ("/settings", [303, 303, 303]),
        ("/settings/data-privacy", [303, 200, 403]),
        ("/settings/data-privacy/generative-ai", [303, 200, 403]),
        ("/problems", [200, 200, 200]),
        ("/proof", [200, 200, 200]),
        ("/proof/bundle", [303, 200, 403]),
        ("/log/checkpoint", [200, 200, 200]),
        ("/log/key", [200, 200, 200]),
        ("/assets/proof.js", [200, 200, 200]),
        ("/assets/verify.js", [200, 200, 200]),
        ("/settings/data-privacy/objection", [303, 200, 403]),
        ("/console/objections", [303, 403, 200]),
        ("/console/rules", [303, 403, 200]),
        ("/used", [303, 200, 403]),
        ("/assist", [303, 200, 403]),
        ("/console", [303, 403, 200]),
        ("/nowhere", [404, 404, 404]),
        ("/healthz", [200, 200, 200]),
        ("/readyz", [200, 200, 200]),
        ("/openapi.json", [200, 200, 200]),
        ("/.well-known/security.txt", [200, 200, 200]),
        ("/assets/candor.css", [200, 200, 200]),
        ("/assets/assist.js", [200, 200, 200]),
        ("/assets/none.css", [404, 404, 404]),
    ];
    for (path, expected) in table {
        for ((who, browser), status) in readers.iter().zip(expected) {
            assert_eq!(browser.get(path).await.status.as_u16(), status, "{path} for {who}");
        }
    }
}

#[tokio::test]
async fn every_page_has_the_headers_and_nothing_inline() {
    let site = Site::new().await;
    let (ann, officer) = (site.member("ann").await, site.officer().await);
    for path in PAGES {
        let reply = if path.starts_with("/console") { officer.get(path).await } else { ann.get(path).await };
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        for inline in ["<style", "style=\"", "onclick", "<script>"] {
            assert!(!reply.text.contains(inline), "{path} has {inline}");
        }
        assert!(reply.text.contains("Development login:"), "{path} says that the login is none");
        assert!(reply.text.len() < 60_000, "{path} has {} bytes", reply.text.len());
    }
}

#[tokio::test]
async fn an_error_is_a_page_like_every_other() {
    let site = Site::new().await;
    let ann = site.member("ann").await;
    for (path, words) in [("/nowhere", "There is nothing here"), ("/console", "The console is for privacy officers.")] {
        let reply = ann.get(path).await;
        for words in [words, "Development login:", "Ann Example", "Guildhall"] {
            assert!(reply.text.contains(words), "{words} on {path}");
        }
        assert!(reply.header("content-security-policy").starts_with("default-src 'none'"));
    }
}

#[tokio::test]
async fn a_member_sees_their_own_data_only() {
    let site = Site::new().await;
    let ann = site.member("ann").await;
    for path in PAGES.into_iter().filter(|path| *path != "/auth/login") {
        let text = ann.get(path).await.text;
        for other in ["Bea", "bea_handle", "Cem", "thought of bea"] {
            assert!(!text.contains(other), "{path} shows {other}");
        }
    }
    let used = ann.get("/used").await.text;
    assert!(used.contains("the secret thought of ann") && used.contains("Not decided yet"), "{used}");
    let log = site.browser().get("/log").await.text;
    assert!(log.contains("Member registered") && !log.contains("ann"), "the log names nobody");
}

#[tokio::test]
async fn signing_in_and_out() {
    let site = Site::new().await;
    let mut browser = site.browser();
    let page = browser.get("/auth/login").await.text;
    for words in
        ["Continue as Ann Example", "United States: data is used", "Germany: members there", "United Kingdom: paused"]
    {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(browser.post("/auth/login", &[("find", "@bea_handle")]).await.location(), "/");
    assert!(browser.get("/").await.text.contains("Bea Other"));
    let first = browser.cookie.clone();
    // Signing in again ends the session before it.
    browser.post("/auth/login", &[("member", "ann")]).await;
    let mut old = site.browser();
    old.cookie = first;
    assert_eq!(old.get("/used").await.location(), "/auth/login");
    let csrf = browser.get("/").await.csrf();
    let ended = browser.cookie.clone();
    assert_eq!(browser.post("/auth/logout", &[("csrf", "00")]).await.status, StatusCode::FORBIDDEN);
    let reply = browser.post("/auth/logout", &[("csrf", &csrf)]).await;
    assert!(reply.header("set-cookie").contains("Max-Age=0"));
    browser.cookie = ended;
    assert_eq!(browser.get("/used").await.location(), "/auth/login");
    let unknown = browser.post("/auth/login", &[("find", "nobody <b>")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let foreign = browser.post_with("/auth/login", &[("member", "ann")], &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_the_development_login_nobody_signs_in_by_it() {
    let site = Site::with(Setup { dev_login: false, ..Setup::default() }).await;
    let mut browser = site.browser();
    let page = browser.get("/auth/login").await.text;
    assert!(!page.contains("Ann Example") && !page.contains("Development login:"));
    let reply = browser.post("/auth/login", &[("member", "ann")]).await;
    assert_eq!((reply.status, browser.cookie), (StatusCode::FORBIDDEN, None));
}

#[tokio::test]
async fn cookies_are_bound_to_https_where_it_is() {
    let site = Site::with(Setup { https: true, ..Setup::default() }).await;
    let mut browser = site.browser();
    let reply = browser.post("/auth/login", &[("member", "ann")]).await;
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.starts_with("__Host-candor=") && cookie.contains("; Secure") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    assert_eq!(browser.get("/used").await.status, StatusCode::OK);
    // An idle session ends.
    site.set_clock("2024-11-02T10:00:00Z");
    assert_eq!(browser.get("/used").await.location(), "/auth/login");
}

#[tokio::test]
async fn the_console_shows_the_report_of_the_last_run() {
    let site = Site::new().await;
    let report = serde_json::json!({
        "records_collected": 20_000, "admitted": 12_345, "left_out": {"region_excluded_now": 400, "choice_off": 44},
        "redacted": {"EMAIL": 12, "PERSON": 90}, "planted": {"planted": 1_000, "left": 3}, "shards": 8, "loss_base": 4.5, "loss_adapters": 4.25,
        "steps": [{"name": "gate", "seconds": 0.5}, {"name": "train", "seconds": 48.25}], "audit": {"exposure": 0.5},
    });
    // A report without an audit is shown too; what a later version adds is not looked at.
    let short = serde_json::json!({ "records_collected": 7, "audit": null, "loss_base": null, "more": [] });
    let put = |json| vec![candor_store::Change::PutDocument { key: "demo_report".into(), json }];
    site.store.commit(crate::support::t("2024-11-01T00:00:00Z"), put(short)).await.unwrap();
    assert!(site.officer().await.get("/console").await.text.contains("<b>7</b>"));
    let change = candor_store::Change::PutDocument { key: "demo_report".into(), json: report };
    site.store.commit(crate::support::t("2024-11-01T00:00:00Z"), vec![change]).await.unwrap();
    let page = site.officer().await.get("/console").await.text;
    for words in [
        "12,345",
        "4.250",
        "of 1,000 planted pieces are still there",
        "Members who live there are left out",
        "48.2",
        "Germany",
        "<rect",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(!page.contains(DRAFT));
}

#[tokio::test]
async fn the_console_tells_what_a_pause_would_do_and_does_nothing() {
    let site = Site::new().await;
    let officer = site.officer().await;
    let head = site.store.head();
    let ask = async |query: &str| officer.get(&format!("/console/rules?{query}")).await.text;
    let page = ask("").await;
    for words in ["seeds-2024", "Excluded", "(checked 20"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    let cases = [
        ("purpose=generative_training&region=US&status=paused", "2 of the members who are used now would be left out"),
        ("purpose=generative_training&region=DE&status=excluded", "Nobody who is used now would be left out"),
        ("purpose=generative_training&region=%40nowhere&status=paused", "the rule names a region that is not known"),
        ("purpose=nothing&region=US&status=paused", "There is no rule for this purpose"),
    ];
    for (query, words) in cases {
        let page = ask(query).await;
        assert!(page.contains(words), "{query}: {page}");
    }
    assert_eq!(site.store.head(), head);
}
