//! Who asks: OAuth 2 client credentials (RFC 6749, 4.4) with a token that is renewed, or OAuth 1.0a (RFC 5849).

use super::http::{Answer, Ask, Http, address, at};
use super::{FetchError, RemoteSource, Secrets, SignIn, Tools, Why};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use hyper::header::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded;

/// What RFC 3986 leaves as it is, and RFC 5849 (3.6) with it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A token is renewed this many seconds before it ends.
const EARLY: i64 = 120;

/// A signed-in conversation with a source.
pub(crate) struct Session<'a> {
    http: Http<'a>,
    tools: &'a dyn Tools,
    secrets: &'a Secrets,
    sign_in: SignIn,
    token_url: Url,
    scopes: &'a [&'a str],
    token: Option<Token>,
    /// A header that each request for data bears.
    pub(crate) extra: Option<(&'static str, &'static str)>,
}

struct Token {
    header: HeaderValue,
    until: i64,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    expires_in: Option<i64>,
}

impl<'a> Session<'a> {
    /// A conversation that asks `token_url` for tokens with `scopes`, where the source names no other place.
    pub(crate) fn new(
        of: &RemoteSource,
        secrets: &'a Secrets,
        sign_in: SignIn,
        token_url: Url,
        scopes: &'a [&'a str],
        tools: &'a dyn Tools,
    ) -> Result<Self, FetchError> {
        let token_url = of.token_url.as_deref().map_or(Ok(token_url), address)?;
        Ok(Self {
            http: Http::new(of, tools)?,
            tools,
            secrets,
            sign_in,
            token_url,
            scopes,
            token: None,
            extra: None,
        })
    }

    /// Gets an address. 401 and 403 are answered once with a new token, for servers mix them up.
    ///
    /// # Errors
    /// Where there is no answer, or the id and the secret are refused. Other statuses are the caller's.
    pub(crate) async fn get(&mut self, url: &Url) -> Result<Answer, FetchError> {
        let ask = Ask { extra: self.extra, ..Ask::get(url) };
        if self.sign_in != SignIn::OAuth2 {
            let (secrets, tools, sign_in) = (self.secrets, self.tools, self.sign_in);
            let sign = move |ask: &Ask| signature(&ask.url, secrets, sign_in, tools.now(), &tools.nonce());
            let answer = self.http.send(&ask, &sign).await?;
            return match answer.status {
                401 | 403 => Err(at(url, Why::SignIn(answer.status))),
                _ => Ok(answer),
            };
        }
        let mut renewed = false;
        loop {
            if self.token.as_ref().is_none_or(|token| token.until <= self.tools.now()) {
                self.token = Some(self.ask_token().await?);
            }
            let header = self.token.as_ref().map(|token| token.header.clone());
            let answer = self.http.send(&ask, &|_: &Ask| header.clone()).await?;
            match answer.status {
                401 | 403 if !renewed => {
                    renewed = true;
                    self.token = None;
                }
                401 => return Err(at(url, Why::SignIn(401))),
                _ => return Ok(answer),
            }
        }
    }

    fn form(&self, with_secret: bool) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !self.scopes.is_empty() {
            form.append_pair("scope", &self.scopes.join(" "));
        }
        if with_secret {
            form.append_pair("client_id", &self.secrets.client_id);
            form.append_pair("client_secret", &self.secrets.client_secret);
        }
        form.finish()
    }

    /// Asks for a token: first with HTTP Basic, as RFC 6749 (2.3.1) wants it, then with the secret in the form.
    async fn ask_token(&mut self) -> Result<Token, FetchError> {
        let mut last = 0;
        for in_form in [false, true] {
            let form = self.form(in_form);
            let basic = format!("{}:{}", self.secrets.client_id, self.secrets.client_secret);
            let header = (!in_form).then(|| secret_header(&format!("Basic {}", STANDARD.encode(basic))));
            let header = header.transpose().map_err(|why| at(&self.token_url, why))?;
            let ask = Ask {
                method: Method::POST,
                url: self.token_url.clone(),
                authorization: None,
                form: Some(form),
                extra: None,
            };
            let answer = self.http.send(&ask, &|_: &Ask| header.clone()).await?;
            last = answer.status;
            if (200..300).contains(&last) {
                let bad = |what| at(&self.token_url, Why::Unreadable(what));
                let given: Given = serde_json::from_slice(&answer.body).map_err(|_| bad("no token in it"))?;
                let header = secret_header(&format!("Bearer {}", given.access_token))
                    .map_err(|_| bad("no token in it"))?;
                let seconds = given.expires_in.unwrap_or(3600);
                // A token that holds shorter than that is renewed when it is refused.
                let holds = if seconds > 2 * EARLY { seconds - EARLY } else { seconds };
                let until = self.tools.now().saturating_add(holds);
                return Ok(Token { header, until });
            }
            if !matches!(last, 400 | 401 | 403) {
                break;
            }
        }
        let why = match last {
            400 | 401 | 403 => Why::SignIn(last),
            204 | 404 => Why::Missing(last),
            _ => Why::Status(last),
        };
        Err(at(&self.token_url, why))
    }
}

fn secret_header(text: &str) -> Result<HeaderValue, Why> {
    let mut value = HeaderValue::from_str(text).map_err(|_| Why::SignIn(0))?;
    value.set_sensitive(true);
    Ok(value)
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The `Authorization` header of a GET by a consumer without a token (RFC 5849, 3.4 and 3.5.1).
fn signature(url: &Url, secrets: &Secrets, sign_in: SignIn, now: i64, nonce: &str) -> Option<HeaderValue> {
    let (method, algorithm) = match sign_in {
        SignIn::OAuth2 => return None,
        SignIn::OAuth1Sha1 => ("HMAC-SHA1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        SignIn::OAuth1Sha256 => ("HMAC-SHA256", hmac::HMAC_SHA256),
    };
    let now = now.to_string();
    let oauth = [
        ("oauth_consumer_key", secrets.client_id.as_str()),
        ("oauth_nonce", nonce),
        ("oauth_signature_method", method),
        ("oauth_timestamp", now.as_str()),
        ("oauth_version", "1.0"),
    ];
    let mut pairs: Vec<(String, String)> = url.query_pairs().map(|(n, v)| (encode(&n), encode(&v))).collect();
    pairs.extend(oauth.iter().map(|(n, v)| (encode(n), encode(v))));
    pairs.sort();
    let parameters: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let place = format!("{}{}", url.origin().ascii_serialization(), url.path());
    let base = format!("GET&{}&{}", encode(&place), encode(&parameters.join("&")));
    let key = hmac::Key::new(algorithm, format!("{}&", encode(&secrets.client_secret)).as_bytes());
    let signed = STANDARD.encode(hmac::sign(&key, base.as_bytes()));
    let mut shown: Vec<String> = oauth.iter().map(|(n, v)| format!("{n}=\"{}\"", encode(v))).collect();
    shown.push(format!("oauth_signature=\"{}\"", encode(&signed)));
    secret_header(&format!("OAuth {}", shown.join(", "))).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

    use super::{Secrets, SignIn, signature};
    use url::Url;

    #[test]
    fn secrets_are_not_shown() {
        let secrets = Secrets::new("an-id", "a-secret");
        assert_eq!(format!("{secrets:?}"), "Secrets");
        let url = Url::parse("https://a.test/x?b=1").unwrap();
        let header = signature(&url, &secrets, SignIn::OAuth1Sha256, 1, "n").unwrap();
        assert_eq!(format!("{header:?}"), "Sensitive");
    }
}
