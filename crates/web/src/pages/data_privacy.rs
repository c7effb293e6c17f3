//! `/settings/data-privacy`: the index of what a member can decide, each with its state.

use askama::Template;
use axum::{extract::State, response::Response};
use candor_core::{Member, PurposeKey, rule::PurposeKind};
use candor_store::ChoiceView;

use crate::{
    error::PageError,
    objections,
    page::{Shell, html},
    session::SignedMember,
    standing::{Standing, sentence, today},
    state::App,
    words,
};

/// A purpose that this page only tells of.
struct OtherPurpose {
    title: &'static str,
    effect: &'static str,
}

#[derive(Template)]
#[template(path = "data_privacy.html")]
struct DataPrivacyPage {
    shell: Shell,
    line: String,
    word: &'static str,
    used: String,
    objections: &'static str,
    others: Vec<OtherPurpose>,
}

/// Shows the member their settings.
pub(crate) async fn get(
    State(app): State<App>,
    SignedMember { signed, member }: SignedMember,
) -> Result<Response, PageError> {
    let purpose = PurposeKey::generative_training();
    let now = app.now();
    let standing = today(&app.store.history(), &member.id, &purpose, now);
    let choice = app.store.choice(&member.id, &purpose, now);
    Ok(html(&DataPrivacyPage {
        shell: Shell::new(&app, Some(&signed)),
        line: line(standing, &choice),
        word: word(standing),
        used: words::many(in_use(&app, &member).await?, "record", "records"),
        objections: objections(&app, &member),
        others: others(&app),
    }))
}

/// Records of the member in the training sets that may be used: the most in one, as one record may be in several.
async fn in_use(app: &App, member: &Member) -> Result<u64, PageError> {
    let used = app.store.used_by(&member.id).await?;
    Ok(used.iter().filter(|used| !used.withdrawn).map(|used| used.records).max().unwrap_or(0))
}

/// Whether an objection of the member awaits an answer or was upheld.
fn objections(app: &App, member: &Member) -> &'static str {
    let cases = objections::cases_of(&app.store.history(), &member.id, app.now());
    match (cases.iter().any(|case| case.state.is_pending()), cases.iter().any(|case| case.restricted)) {
        (true, _) => "Being weighed",
        (false, true) => "You objected",
        (false, false) => "None",
    }
}

fn others(app: &App) -> Vec<OtherPurpose> {
    let history = app.store.history();
    let kinds = history.book().purposes.iter().map(|purpose| purpose.kind);
    let told = kinds.filter_map(|kind| match kind {
        PurposeKind::Moderation => Some(OtherPurpose {
            title: "Finding abuse",
            effect: "Not covered by the setting above; these models do not create content",
        }),
        PurposeKind::Personalization => Some(OtherPurpose {
            title: "Ranking and suggesting",
            effect: "Not covered by the setting above; these models do not create content",
        }),
        PurposeKind::Sharing => {
            Some(OtherPurpose { title: "Sharing with affiliates", effect: "Nothing is shared by this server" })
        }
        PurposeKind::GenerativeTraining | PurposeKind::GenerativeFeatures => None,
    });
    told.collect()
}

/// Where a member stands, in one sentence.
pub(crate) fn line(standing: Standing, choice: &ChoiceView) -> String {
    match standing {
        Standing::Used => "Your data is used to train models that write text.".into(),
        Standing::NotTold(reason) => {
            format!(
                "Your data is not used to train models that write text: {}.",
                reason.words().replace("the member was", "you were")
            )
        }
        Standing::OwnChoice(_) => match choice.since {
            Some(since) => format!("Your data stays out of training, since {}.", words::day(since)),
            None => "Your data stays out of training until you turn it on.".into(),
        },
        Standing::LeftOut(reason) => format!("Your data stays out of training: {}", sentence(reason, choice)),
    }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Used | Standing::NotTold(_) => "On",
        Standing::OwnChoice(_) => "Off",
        Standing::LeftOut(_) => "Not used",
    }
}
