//! The session cookie: opaque, HttpOnly, SameSite=Lax, and `__Host-` with Secure wherever the site is not on loopback.

use axum::http::{HeaderMap, HeaderValue, header};

const PLAIN: &str = "everpresent";
const SECURE: &str = "__Host-everpresent";

fn name(over_tls: bool) -> &'static str {
    if over_tls { SECURE } else { PLAIN }
}

/// The session token a request carries.
pub(super) fn read(headers: &HeaderMap, over_tls: bool) -> Option<&str> {
    value(headers, name(over_tls))
}

/// The value of a cookie a request carries.
pub(super) fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The header that sets the session token until the browser is closed.
pub(super) fn set(token: &str, over_tls: bool) -> Option<HeaderValue> {
    let secure = if over_tls { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}", name(over_tls))).ok()
}

/// The header that removes it.
pub(super) fn clear(over_tls: bool) -> Option<HeaderValue> {
    let secure = if over_tls { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}", name(over_tls)))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_loopback_the_cookie_is_bound_to_host_and_tls() {
        let set = set("t", true).unwrap();
        let text = set.to_str().unwrap();
        assert!(
            text.starts_with("__Host-everpresent=t;") && text.contains("Secure") && text.contains("HttpOnly")
        );
        let mut headers = HeaderMap::new();
        headers
            .insert(header::COOKIE, "language=es; __Host-everpresent=t; everpresent=forged".parse().unwrap());
        assert_eq!(read(&headers, true), Some("t"));
    }
}
