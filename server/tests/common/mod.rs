//! For tests of the web server: two districts, a clock and chance of the test's own, and a browser without a screen.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what is not as expected fails the test")]

pub mod roster;

use access::Scope;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use model::canonical::Carries;
use model::ids::{DistrictId, PersonId, StudentId};
use model::role::Role;
use roster::Exports;
use server::web::{Site, leptos_options, router};
use services::demo::Made;
use services::sources::{Given, KeyPlace, Kind};
use services::{Chance, Clock, Context, Home, Silent};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use store::{Directory, Location};
use tempfile::TempDir;
use tower::ServiceExt;

/// The day on which everything happens: a Wednesday with school.
pub fn today() -> NaiveDate {
    "2026-03-18".parse().unwrap()
}

/// A clock that goes only when it is told to.
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// The morning of [`today`].
    pub fn morning() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-03-18T14:00:00Z".parse().unwrap())))
    }

    /// Lets time pass.
    pub fn pass(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// Chance that is the same in every run, and never the same twice in one (SplitMix64).
pub struct SeededChance(AtomicU64);

impl SeededChance {
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seed)))
    }
}

impl Chance for SeededChance {
    fn bits(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The demo's district, whose people can be stepped into.
pub fn demo() -> DistrictId {
    "demo".parse().unwrap()
}

/// A district beside it, which is no demo.
pub fn other() -> DistrictId {
    "other".parse().unwrap()
}

/// The exports of both districts.
pub struct Delivered {
    pub demo: Exports,
    pub other: Exports,
}

/// A server with both districts.
pub struct World {
    pub context: Context,
    pub clock: Arc<ManualClock>,
    pub router: Router,
    pub directory: Directory,
    pub made: Made,
    pub delivered: Arc<Delivered>,
    pub site: PathBuf,
    _folder: Option<TempDir>,
}

/// How the server is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    Plainly,
    OverTls,
}

/// Writes what the demo district was made of once more.
pub fn write_demo_export(folder: &Path) {
    let plan = demo::Plan { students: 150, seed: 1, ..demo::Plan::new(today()) };
    demo::write(&plan, folder, &mut |_, _| {}).unwrap();
}

/// Makes both districts in an empty store, with their exports in `exports`.
async fn fill(context: &Context, exports: &Path) -> Made {
    let order = services::demo::Order {
        students: 150,
        seed: 1,
        today: Some(today()),
        out: Some(exports.join("demo")),
    };
    let made = services::demo::make(context, &order, &Silent).await.unwrap();
    let plan = demo::Plan { students: 150, seed: 77, ..demo::Plan::new(today()) };
    demo::write(&plan, &exports.join("other"), &mut |_, _| {}).unwrap();
    services::district::add(context, &other(), "The other district", demo::TIME_ZONE, &[]).await.unwrap();
    sync(context, &other(), &exports.join("other")).await;
    made
}

/// Syncs a district from a folder.
pub async fn sync(context: &Context, district: &DistrictId, from: &Path) {
    let order =
        services::sync::Order { from: from.to_owned(), profile: None, dry_run: false, allow_removals: false };
    services::sync::run(context, district, &order, &Silent).await.unwrap();
}

/// Says of a district that its data comes from a folder.
pub async fn add_folder(context: &Context, district: &DistrictId, name: &str, from: &Path, carries: Carries) {
    let given = Given {
        kind: Kind::Folder,
        carries: Some(carries),
        url: None,
        token_url: None,
        version: None,
        sign_in: None,
        school_year: None,
        exit_day_not_enrolled: false,
        instructional_events: Vec::new(),
        allow_private: false,
        path: Some(from.to_owned()),
        watched: false,
        profile: None,
        credentials: None,
    };
    services::sources::add(context, district, name, given, &KeyPlace { file: None, text: None })
        .await
        .unwrap();
}

/// What every test begins with, made once a process and kept in memory: a static is never dropped, and a folder of it
/// would stay behind.
struct Template {
    files: Vec<(PathBuf, Vec<u8>)>,
    made: Made,
    delivered: Arc<Delivered>,
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| std::thread::spawn(make_template).join().expect("two districts are made"))
}

fn make_template() -> Template {
    let making = tempfile::tempdir().unwrap();
    let folder = making.path().to_owned();
    let data = folder.join("data");
    std::fs::create_dir_all(&data).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let made = runtime.block_on(async {
        let context =
            Context::open(Home::Folder { path: data.clone() }, ManualClock::morning(), SeededChance::new(1));
        let context = context.await.unwrap();
        let made = fill(&context, &folder).await;
        context.close().await;
        made
    });
    Template { files: files_of(&data, Path::new("")), made, delivered: Arc::new(Delivered::read(&folder)) }
}

impl Delivered {
    fn read(folder: &Path) -> Self {
        Self { demo: Exports::read(&folder.join("demo")), other: Exports::read(&folder.join("other")) }
    }
}

/// Every file of a folder, by its path in it.
fn files_of(folder: &Path, below: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            files.extend(files_of(folder, &path));
        } else {
            files.push((path, std::fs::read(entry.path()).unwrap()));
        }
    }
    files
}

fn write_files(files: &[(PathBuf, Vec<u8>)], to: &Path) {
    for (path, bytes) in files {
        let target = to.join(path);
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}

impl World {
    /// The demo and another district, in SQLite files.
    pub async fn new() -> Self {
        Self::reached(Reached::Plainly).await
    }

    /// The same, reached plainly or over TLS.
    pub async fn reached(reached: Reached) -> Self {
        let template = template();
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        write_files(&template.files, &data);
        let clock = ManualClock::morning();
        let home = Home::Folder { path: data.clone() };
        let context = Context::open(home, clock.clone(), SeededChance::new(2)).await.unwrap();
        let directory = Directory::open(Location::Folder(data)).await.unwrap();
        let site = folder.path().join("site");
        Self::assemble(
            context,
            clock,
            directory,
            template.made.clone(),
            template.delivered.clone(),
            site,
            reached,
            Some(folder),
        )
    }

    /// The same districts on PostgreSQL.
    pub async fn on_postgres() -> Self {
        let store = store::testing::postgres().await;
        let Location::Postgres(url) = store.location.clone() else { panic!("not PostgreSQL") };
        let clock = ManualClock::morning();
        let context =
            Context::open(Home::Postgres { url }, clock.clone(), SeededChance::new(1)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let made = fill(&context, folder.path()).await;
        let delivered = Arc::new(Delivered::read(folder.path()));
        let site = folder.path().join("site");
        Self::assemble(
            context,
            clock,
            store.directory.clone(),
            made,
            delivered,
            site,
            Reached::Plainly,
            Some(folder),
        )
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one thing")]
    fn assemble(
        context: Context,
        clock: Arc<ManualClock>,
        directory: Directory,
        made: Made,
        delivered: Arc<Delivered>,
        site: PathBuf,
        reached: Reached,
        folder: Option<TempDir>,
    ) -> Self {
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let context = context.as_demo(demo(), Some(today()), made.people.clone());
        let router = router(Site {
            context: context.clone(),
            options: leptos_options(&site),
            over_tls: reached == Reached::OverTls,
            data: site.clone(),
        });
        Self { context, clock, router, directory, made, delivered, site, _folder: folder }
    }

    /// The same store, served as an installation that is no demo.
    pub async fn without_demo(&self) -> Router {
        let Some(folder) = &self._folder else { panic!("only on SQLite") };
        let home = Home::Folder { path: folder.path().join("data") };
        let context = Context::open(home, self.clock.clone(), SeededChance::new(3)).await.unwrap();
        let data = folder.path().join("data");
        router(Site { context, options: leptos_options(&self.site), over_tls: false, data })
    }

    /// The scope of a job, to look things up for a test.
    pub fn job() -> Scope {
        Scope::system("test", today(), today())
    }

    /// A person by the id of the roster.
    pub async fn person(&self, district: &DistrictId, local_id: &str) -> PersonId {
        let found =
            self.directory.district(district).await.unwrap().find_people(&Self::job(), local_id).await;
        found.unwrap().first().unwrap_or_else(|| panic!("{local_id} is in the roster of {district}")).id
    }

    /// A student by the id of the roster.
    pub async fn student(&self, district: &DistrictId, local_id: &str) -> StudentId {
        self.person(district, local_id).await.student()
    }

    /// A browser that has just followed a person's invitation.
    pub async fn invited(&self, district: &DistrictId, role: Role, local_id: &str) -> Browser {
        let invitation = services::invite::make(&self.context, district, role, Some(local_id)).await.unwrap();
        let mut browser = self.browser();
        let answer = browser.get(&format!("/invitation/{}", invitation.reveal())).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, Some("/")));
        browser
    }

    /// A browser with a session that was opened past every door, whatever the person is entitled to.
    pub async fn smuggled(&self, district: &DistrictId, local_id: &str) -> Browser {
        let person = self.person(district, local_id).await;
        let secret: String = (0..4).map(|_| format!("{:016x}", self.context.chance().bits())).collect();
        let hash = Sha256::digest(secret.as_bytes()).into();
        let mut write = self.directory.district(district).await.unwrap().write().await.unwrap();
        write.create_session(&hash, person, self.clock.now()).await.unwrap();
        write.commit().await.unwrap();
        let mut browser = self.browser();
        browser.cookie = Some(format!("everpresent={district}.{secret}"));
        browser
    }

    /// A browser that nobody is signed in with.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookie: None }
    }
}

/// A browser without a screen: keeps the session cookie, and says where a form comes from.
#[derive(Clone)]
pub struct Browser {
    pub router: Router,
    pub cookie: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where it leads.
    pub fn location(&self) -> Option<&str> {
        self.header("location")
    }
}

impl Browser {
    /// Sends any request, with the cookie.
    pub async fn send(&mut self, mut request: Request<Body>) -> Answer {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().append(header::COOKIE, cookie.parse().unwrap());
        }
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let set = parts.headers.get(header::SET_COOKIE).map(|value| value.to_str().unwrap().to_owned());
        if let Some(set) = set {
            let pair = set.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    /// Opens an address.
    pub async fn get(&mut self, address: &str) -> Answer {
        self.send(Request::get(address).body(Body::empty()).unwrap()).await
    }

    /// Sends a form from a page of ours.
    pub async fn post(&mut self, address: &str, form: &str) -> Answer {
        self.send(ours(Method::POST, address, "application/x-www-form-urlencoded", form)).await
    }

    /// Calls a server function from a page of ours.
    pub async fn call(&mut self, address: &str, json: &serde_json::Value) -> Answer {
        self.send(ours(Method::POST, address, "application/json", &json.to_string())).await
    }
}

/// A request as a page of ours sends it.
pub fn ours(method: Method, address: &str, content_type: &str, body: &str) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(address)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_LENGTH, body.len())
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body.to_owned()))
        .unwrap()
}
