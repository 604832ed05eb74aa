//! What somebody has to know of a source: it is late, its run failed, or its run waits for a person. No student is in it.

use crate::ids::SourceId;
use serde::{Deserialize, Serialize};

/// What is wrong with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Nothing new came from it when it should have, by its own rhythm.
    Late,
    /// Its run failed, and is not tried again by itself.
    Failed,
    /// Its run stopped before it changed anything, and waits for a person.
    Stopped,
}

impl AlertKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Late, Self::Failed, Self::Stopped];

    /// As the store keeps it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }

    /// Reads [`Self::code`].
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == text)
    }
}

/// An alert that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlert {
    /// The source, which stands in its page's address.
    pub source: SourceId,
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub kind: AlertKind,
    /// Since when, on the district's clock (`2026-11-21 05:12`).
    pub since_local: String,
}
