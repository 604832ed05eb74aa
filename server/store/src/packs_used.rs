//! The program's packs as the rules were asked by them, from when until when. A newer program may bring a pack that says
//! something else: what a letter rested on is shown by the pack that was asked then. Nothing is ever changed here but
//! the end of what was in use.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use chrono::{DateTime, Utc};

statements! {
    ALL_USED = "SELECT number, pack, text, from_at, until_at FROM pack_used ORDER BY number";
    END_USE = "UPDATE pack_used SET until_at = $2 WHERE number = $1 AND until_at IS NULL";
}

/// Number, pack, text, from when, until when.
type Used = (i64, String, String, DateTime<Utc>, Option<DateTime<Utc>>);

impl WriteTx {
    /// Says that from now on the rules are asked by these packs, each with its text, in this order.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn use_packs(&mut self, packs: &[(&str, String)], now: DateTime<Utc>) -> Result<(), Error> {
        let mut link = self.tx.link();
        let kept: Vec<Used> = link.all(ALL_USED, args![]).await?;
        let in_use = kept.iter().filter(|used| used.4.is_none());
        if in_use
            .clone()
            .map(|used| (used.1.as_str(), used.2.as_str()))
            .eq(packs.iter().map(|(p, t)| (*p, t.as_str())))
        {
            return Ok(());
        }
        for used in in_use {
            link.execute(END_USE, args![used.0, now]).await?;
        }
        let next = kept.last().map_or(1, |used| used.0 + 1);
        let rows = (next..).zip(packs).map(|(number, (pack, text))| args![number, *pack, text.as_str(), now]);
        link.insert("pack_used", &["number", "pack", "text", "from_at"], "", rows.collect::<Vec<_>>()).await
    }
}

impl District {
    /// The packs of the program by which the rules were asked at a moment, each with its text; none where they had not
    /// been asked yet.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn packs_used_at(&self, moment: DateTime<Utc>) -> Result<Vec<(String, String)>, Error> {
        let mut conn = self.read().await?;
        let kept: Vec<Used> = conn.link().all(ALL_USED, args![]).await?;
        let then = |used: &Used| used.3 <= moment && used.4.is_none_or(|until| until > moment);
        Ok(kept.into_iter().filter(then).map(|used| (used.1, used.2)).collect())
    }
}
