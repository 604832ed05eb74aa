//! A store with a clock that is set by hand, and chance that is none.
#![allow(dead_code, reason = "each test file uses its part")]

use chrono::{DateTime, Utc};
use services::{Chance, Clock, Context, Home};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use store::Location;
use store::testing::TestStore;

/// A clock that is set by hand.
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn set(&self, moment: &str) {
        self.0.store(moment.parse::<DateTime<Utc>>().unwrap().timestamp(), Ordering::Relaxed);
    }
}

impl SetClock {
    /// Lets a minute pass.
    pub(crate) fn minute(&self) {
        self.0.fetch_add(60, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::Relaxed), 0).unwrap()
    }
}

/// Numbers that are no chance: each run gets the same ids.
struct Counted(AtomicU64);

impl Chance for Counted {
    fn bits(&self) -> u64 {
        let n = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (n ^ (n >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }
}

/// Opens a store as the program does.
pub(crate) async fn open(store: &TestStore) -> (Context, Arc<SetClock>) {
    let home = match &store.location {
        Location::Folder(folder) => Home::Folder { path: folder.clone() },
        Location::Postgres(url) => Home::Postgres { url: url.clone() },
    };
    let clock = Arc::new(SetClock(AtomicI64::new(0)));
    let context = Context::open(home, clock.clone(), Arc::new(Counted(AtomicU64::new(1)))).await.unwrap();
    (context, clock)
}
