//! One HTTP client: only the configured hosts, only over verified TLS, no redirect, and patience with busy servers.
//!
//! It speaks HTTP/1.1 by hyper on connections that it opens itself, because the address that is checked must be the
//! address that is connected to, and no proxy or redirect may lead elsewhere.

use super::address::is_public;
use super::{FetchError, RemoteSource, Tools, Why};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};
use url::{Host, Url};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);
/// How long an answer may take until it is whole.
const ANSWER: Duration = Duration::from_secs(120);
/// The largest answer: a page of rows is far smaller.
const LARGEST: usize = 64 << 20;
/// How often a request is sent at most.
const TRIES: u32 = 6;
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// A request.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The `Authorization` header.
    pub(crate) authorization: Option<HeaderValue>,
    /// A form.
    pub(crate) form: Option<String>,
    /// One more header.
    pub(crate) extra: Option<(&'static str, &'static str)>,
}

impl Ask {
    /// A GET.
    pub(crate) fn get(url: &Url) -> Self {
        Self { method: Method::GET, url: url.clone(), authorization: None, form: None, extra: None }
    }
}

/// An answer, whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A client for one source. It keeps one connection.
pub(crate) struct Http<'a> {
    allowed: Vec<url::Origin>,
    allow_private: bool,
    tls: TlsConnector,
    tools: &'a dyn Tools,
    kept: Option<(url::Origin, SendRequest<Full<Bytes>>)>,
}

/// The host with its port, as errors name it.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// A fault at an address.
pub(crate) fn at(url: &Url, why: Why) -> FetchError {
    FetchError::new(&host_of(url), url.path(), why)
}

/// Reads a configured address.
pub(crate) fn address(text: &str) -> Result<Url, FetchError> {
    let bad = || FetchError::new("", "", Why::BadAddress);
    let url = Url::parse(text.trim()).map_err(|_| bad())?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
        return Err(bad());
    }
    Ok(url)
}

impl<'a> Http<'a> {
    /// A client that asks the hosts of the source and no other.
    pub(crate) fn new(of: &RemoteSource, tools: &'a dyn Tools) -> Result<Self, FetchError> {
        let mut allowed = vec![address(&of.base_url)?.origin()];
        if let Some(text) = &of.token_url {
            allowed.push(address(text)?.origin());
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| FetchError::new("", "", Why::Untrusted))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let tls = TlsConnector::from(Arc::new(config));
        Ok(Self { allowed, allow_private: of.allow_private, tls, tools, kept: None })
    }

    /// Sends a request until there is an answer that another try would not change. `sign` makes the `Authorization`
    /// of each try: a signature holds once.
    pub(crate) async fn send(
        &mut self,
        ask: &Ask,
        sign: &(dyn Fn(&Ask) -> Option<HeaderValue> + Send + Sync),
    ) -> Result<Answer, FetchError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let signed = Ask { authorization: sign(ask), ..ask.clone() };
            let (failed, wait) = match timeout(ANSWER, self.once(&signed)).await {
                Ok(Ok(answer)) => match answer.status {
                    429 | 500 | 502..=504 => {
                        (at(&ask.url, Why::Busy(answer.status)), asked_wait(&answer.headers))
                    }
                    300..=399 => return Err(at(&ask.url, Why::Redirect(answer.status))),
                    _ => return Ok(answer),
                },
                Ok(Err(why @ Why::Cut)) => (at(&ask.url, why), None),
                Ok(Err(why)) => return Err(at(&ask.url, why)),
                Err(_) => (at(&ask.url, Why::TooSlow), None),
            };
            if tries == TRIES {
                return Err(failed);
            }
            let backoff = Duration::from_secs(1 << (tries - 1));
            self.kept = None;
            self.tools.sleep(wait.unwrap_or(backoff).min(LONGEST_WAIT)).await;
        }
    }

    async fn once(&mut self, ask: &Ask) -> Result<Answer, Why> {
        let origin = ask.url.origin();
        if !self.allowed.contains(&origin) {
            return Err(Why::BadAddress);
        }
        let kept = self.kept.take().filter(|(of, sender)| *of == origin && sender.is_ready());
        let mut sender = match kept {
            Some((_, sender)) => sender,
            None => self.connect(&ask.url).await?,
        };
        let target = match ask.url.query() {
            Some(query) => format!("{}?{query}", ask.url.path()),
            None => ask.url.path().to_owned(),
        };
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(target)
            .header("host", host_of(&ask.url))
            .header("accept", "application/json")
            .header("user-agent", "everpresent");
        if let Some(authorization) = &ask.authorization {
            request = request.header("authorization", authorization);
        }
        if let Some((name, value)) = ask.extra {
            request = request.header(name, value);
        }
        if ask.form.is_some() {
            request = request.header("content-type", "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(ask.form.clone().unwrap_or_default()));
        let request = request.body(body).map_err(|_| Why::BadAddress)?;
        sender.ready().await.map_err(|_| Why::Cut)?;
        let (head, mut incoming) = sender.send_request(request).await.map_err(|_| Why::Cut)?.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            if let Ok(data) = frame.map_err(|_| Why::Cut)?.into_data() {
                if body.len() + data.len() > LARGEST {
                    return Err(Why::TooLarge(LARGEST));
                }
                body.extend_from_slice(&data);
            }
        }
        self.kept = Some((origin, sender));
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    async fn connect(&self, url: &Url) -> Result<SendRequest<Full<Bytes>>, Why> {
        let port = url.port_or_known_default().ok_or(Why::BadAddress)?;
        let addresses: Vec<IpAddr> = match url.host().ok_or(Why::BadAddress)? {
            Host::Ipv4(v4) => vec![v4.into()],
            Host::Ipv6(v6) => vec![v6.into()],
            Host::Domain(name) => timeout(CONNECT, tokio::net::lookup_host((name, port)))
                .await
                .map_err(|_| Why::TooSlow)?
                .map_err(|_| Why::UnknownHost)?
                .map(|socket| socket.ip())
                .collect(),
        };
        // One private address among public ones is an attempt to get in, so all must be allowed.
        let all_private = addresses.iter().all(|each| !is_public(*each));
        if !self.allow_private && addresses.iter().any(|each| !is_public(*each)) {
            return Err(Why::Private);
        }
        let secure = url.scheme() == "https";
        if !(secure || self.allow_private && all_private) {
            return Err(Why::NotSecure);
        }
        let mut found = None;
        for address in addresses {
            if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect((address, port))).await {
                found = Some(stream);
                break;
            }
        }
        let stream = found.ok_or(Why::Cut)?;
        if !secure {
            return speak(TokioIo::new(stream)).await;
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(|_| Why::BadAddress)?;
        let stream = timeout(CONNECT, self.tls.connect(name, stream)).await.map_err(|_| Why::TooSlow)?;
        let stream = stream.map_err(|error| match error.kind() {
            std::io::ErrorKind::InvalidData => Why::Untrusted,
            _ => Why::Cut,
        })?;
        speak(TokioIo::new(stream)).await
    }
}

/// Begins HTTP on a connection; it is driven until it closes.
async fn speak<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, Why>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(stream).await.map_err(|_| Why::Cut)?;
    // Its end, good or bad, is seen by the request that waits for it.
    drop(tokio::spawn(connection));
    Ok(sender)
}

/// How many seconds the server asks us to wait; a date is answered with our own patience.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    headers.get("retry-after")?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
