//! Rules that could not be asked at the last evaluation, and why.

use crate::db::{args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use model::page::{NotAsked, WhyNotAsked};

statements! {
    CLEAR = "DELETE FROM rule_not_asked";
    READ = "SELECT pack, rule, why FROM rule_not_asked ORDER BY number";
}

impl WriteTx {
    /// Replaces what was said of every rule.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn replace_not_asked(&mut self, rules: &[NotAsked]) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(CLEAR, args![]).await?;
        let rows: Vec<_> = rules
            .iter()
            .enumerate()
            .map(|(i, of)| {
                // Plain data only: JSON cannot fail on it.
                let why = serde_json::to_string(&of.why).unwrap_or_default();
                args![i as i64, of.pack.as_str(), of.rule.as_str(), why]
            })
            .collect();
        link.insert("rule_not_asked", &["number", "pack", "rule", "why"], "", rows).await
    }
}

impl District {
    /// The rules that could not be asked, in the order of their packs. What is missing names nobody.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn not_asked(&self) -> Result<Vec<NotAsked>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(String, String, String)> = conn.link().all(READ, args![]).await?;
        let read = |(pack, rule, why): (String, String, String)| {
            let why: WhyNotAsked = serde_json::from_str(&why)
                .map_err(|_| Error::damaged("a rule that was not asked for no reason"))?;
            Ok(NotAsked { pack, rule, why })
        };
        rows.into_iter().map(read).collect()
    }
}
