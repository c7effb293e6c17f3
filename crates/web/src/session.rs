//! Who is signed in, and whether a form is really theirs.
//!
//! The cookie holds a random identifier and nothing else; over https it is bound to the host (`__Host-`). A form carries
//! a token that is an HMAC over that identifier, and a request that the browser says comes from elsewhere is refused
//! before the token is looked at.

use std::fmt::Write as _;

use axum::{
    Form,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use candor_core::Member;
use candor_store::{Role, StoreError};
use hmac::{Hmac, Mac};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::{
    error::PageError,
    signals,
    state::{App, AppState},
};

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    secret: String,
    member: Option<Member>,
    role: Role,
}

impl Signed {
    /// Who it is, as pages show it.
    pub(crate) fn name(&self) -> &str {
        self.member.as_ref().map_or("Privacy officer", |member| &member.name)
    }

    /// The member, unless it is an officer.
    pub(crate) fn member(&self) -> Option<&Member> {
        self.member.as_ref()
    }

    pub(crate) fn is_officer(&self) -> bool {
        match self.role {
            Role::Officer => true,
            Role::Member => false,
        }
    }

    /// The token of this session's forms.
    pub(crate) fn csrf(&self, key: &[u8; 32]) -> String {
        hex::encode(self.mac(key).finalize().into_bytes())
    }

    fn mac(&self, key: &[u8; 32]) -> Hmac<Sha256> {
        // HMAC fills a shorter key with zeros to the block of its hash; so does this.
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        let mut mac = <Hmac<Sha256> as Mac>::new(&block.into());
        mac.update(b"candor/form/v1\0");
        mac.update(self.secret.as_bytes());
        mac
    }

    fn owns(&self, key: &[u8; 32], token: &str) -> bool {
        hex::decode(token).is_ok_and(|token| self.mac(key).verify_slice(&token).is_ok())
    }
}

/// Name of the cookie.
fn cookie_name(app: &AppState) -> &'static str {
    if app.base.https { "__Host-candor" } else { "candor" }
}

/// The session's identifier from the cookies.
pub(crate) fn secret(app: &AppState, headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == cookie_name(app)).map(|(_, value)| value.to_owned())
}

/// The header that sets the cookie; an empty secret takes it away.
pub(crate) fn set_cookie(app: &AppState, secret: &str) -> Option<HeaderValue> {
    let mut cookie = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax", cookie_name(app));
    if app.base.https {
        cookie.push_str("; Secure");
    }
    if secret.is_empty() {
        cookie.push_str("; Max-Age=0");
    } else {
        // A write to a string does not fail.
        let _ = write!(cookie, "; Max-Age={}", candor_store::SESSION_ABSOLUTE.as_secs());
    }
    HeaderValue::from_str(&cookie).ok()
}

/// Looks up who is signed in. A session of a member who is no longer in the directory is none.
pub(crate) async fn look_up(app: &AppState, headers: &HeaderMap) -> Result<Option<Signed>, StoreError> {
    let Some(secret) = secret(app, headers) else { return Ok(None) };
    let Some(session) = app.store.session(app.now(), &secret).await? else { return Ok(None) };
    let member = match &session.member {
        Some(member) => app.store.member(member).await?,
        None => None,
    };
    let exists = match session.role {
        Role::Member => member.is_some(),
        Role::Officer => true,
    };
    Ok(exists.then_some(Signed { secret, member, role: session.role }))
}

/// Whoever looks, signed in or not.
pub(crate) struct Viewer(pub(crate) Option<Signed>);

impl FromRequestParts<App> for Viewer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let signed = look_up(app, &parts.headers).await?;
        if let Some(member) = signed.as_ref().and_then(Signed::member) {
            // What cannot be written now is noted at the next request; the page is shown all the same.
            if let Err(error) = signals::note(app, member, &parts.headers).await {
                tracing::warn!(%error, "a signal of a browser was not noted");
            }
        }
        Ok(Self(signed))
    }
}

/// A member who is signed in. Others are sent to sign in; an officer is told that the page is a member's.
pub(crate) struct SignedMember {
    pub(crate) signed: Signed,
    pub(crate) member: Member,
}

impl FromRequestParts<App> for SignedMember {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Viewer(signed) = Viewer::from_request_parts(parts, app).await?;
        let signed = signed.ok_or(PageError::SignIn)?;
        let member = signed.member().cloned();
        let member =
            member.ok_or(PageError::Forbidden("This page is a member's own. Sign in as a member to see theirs."))?;
        Ok(Self { signed, member })
    }
}

/// An officer who is signed in.
pub(crate) struct SignedOfficer(pub(crate) Signed);

impl FromRequestParts<App> for SignedOfficer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let Viewer(signed) = Viewer::from_request_parts(parts, app).await?;
        let signed = signed.ok_or(PageError::SignIn)?;
        if signed.is_officer() {
            Ok(Self(signed))
        } else {
            Err(PageError::Forbidden("The console is for privacy officers."))
        }
    }
}

/// Refuses a request that another site made the browser send.
pub(crate) fn check_site(headers: &HeaderMap) -> Result<(), PageError> {
    let site = headers.get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let foreign = match site {
        Some(site) => site != "same-origin",
        // An old browser or no browser; a foreign page still names itself.
        None => headers.get(header::ORIGIN).is_some_and(|origin| !is_own(origin, headers)),
    };
    if foreign { Err(PageError::Forbidden("The form was sent from another site.")) } else { Ok(()) }
}

fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin == host)
}

/// A form of somebody who is signed in, with a token that is theirs.
pub(crate) struct Checked<T> {
    pub(crate) signed: Signed,
    pub(crate) form: T,
}

#[derive(Deserialize)]
struct WithToken<T> {
    csrf: String,
    #[serde(flatten)]
    form: T,
}

impl<T: DeserializeOwned> FromRequest<App> for Checked<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let headers = request.headers().clone();
        check_site(&headers).map_err(IntoResponse::into_response)?;
        let signed = look_up(app, &headers).await.map_err(|error| PageError::from(error).into_response())?;
        let signed = signed.ok_or_else(|| PageError::SignIn.into_response())?;
        let form = Form::<WithToken<T>>::from_request(request, app).await;
        let Form(form) = form.map_err(|error| match error.status().as_u16() {
            413 => error.into_response(),
            _ => PageError::Form("The form is not complete. Go back, reload the page and try again.").into_response(),
        })?;
        if !signed.owns(&app.base.secret, &form.csrf) {
            let text = "The page was out of date. Go back, reload it and try again. Nothing was changed.";
            return Err(PageError::Forbidden(text).into_response());
        }
        Ok(Self { signed, form: form.form })
    }
}
