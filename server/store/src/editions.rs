//! The district's own rule packs, edition by edition. Nothing is ever changed or removed here.

use crate::db::{Link, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use chrono::{DateTime, Utc};
use model::ids::PersonId;

/// One edition of a pack: the whole of it, with every version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackEdition {
    /// The pack's id.
    pub pack: String,
    /// 1 and up.
    pub edition: i64,
    /// The pack, as its file's text.
    pub text: String,
    /// Why it was made.
    pub reason: String,
    /// Who made it; `None` for the command line.
    pub made_by: Option<PersonId>,
    /// Their name; empty for the command line, and while it is being kept.
    pub maker: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// The form it came from.
    pub draft: String,
}

statements! {
    ALL_EDITIONS = "SELECT e.pack, e.edition, e.text, e.reason, e.made_by, p.given_name, p.family_name, e.made_at, e.draft
        FROM pack_edition e LEFT JOIN person p ON p.id = e.made_by ORDER BY e.pack, e.edition";
    OF_DRAFT = "SELECT pack, edition FROM pack_edition WHERE draft = $1";
    ADD = "INSERT INTO pack_edition (pack, edition, text, reason, made_by, made_at, draft)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
}

type Columns =
    (String, i64, String, String, Option<i64>, Option<String>, Option<String>, DateTime<Utc>, String);

async fn all(link: &mut Link<'_>) -> Result<Vec<PackEdition>, Error> {
    let rows: Vec<Columns> = link.all(ALL_EDITIONS, args![]).await?;
    let read = |(pack, edition, text, reason, made_by, given, family, made_at, draft): Columns| PackEdition {
        pack,
        edition,
        text,
        reason,
        made_by: made_by.map(PersonId),
        maker: [given, family].into_iter().flatten().collect::<Vec<_>>().join(" ").trim().to_owned(),
        made_at,
        draft,
    };
    Ok(rows.into_iter().map(read).collect())
}

impl District {
    /// Every edition, by pack, oldest first. Rules are no secret: whoever reads the district may read them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn pack_editions(&self) -> Result<Vec<PackEdition>, Error> {
        let mut conn = self.read().await?;
        all(&mut conn.link()).await
    }
}

/// What became of an edition that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It is the newest now.
    New,
    /// The same form was kept before, as this edition of this pack.
    Before(String, i64),
    /// Somebody else has kept this number meanwhile.
    Overtaken,
}

impl WriteTx {
    /// Every edition, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn pack_editions(&mut self) -> Result<Vec<PackEdition>, Error> {
        all(&mut self.tx.link()).await
    }

    /// Keeps an edition. A form sent twice is kept once.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_edition(&mut self, of: &PackEdition) -> Result<Kept, Error> {
        let values = args![
            of.pack.as_str(),
            of.edition,
            of.text.as_str(),
            of.reason.as_str(),
            of.made_by,
            of.made_at,
            of.draft.as_str(),
        ];
        if self.tx.link().execute(ADD, values).await? == 1 {
            return Ok(Kept::New);
        }
        let before: Option<(String, i64)> =
            self.tx.link().optional(OF_DRAFT, args![of.draft.as_str()]).await?;
        Ok(before.map_or(Kept::Overtaken, |(pack, edition)| Kept::Before(pack, edition)))
    }
}
