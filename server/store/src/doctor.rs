//! Whether the store is what it should be.

use crate::db::{Db, args, statements};
use crate::district::District;
use crate::error::Error;
use crate::known;

/// One check and what it found; empty where all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, such as `strips agree with the ledger`.
    pub what: &'static str,
    /// What is wrong, one sentence each, with ids and no names.
    pub problems: Vec<String>,
}

statements! {
    MIGRATIONS = "SELECT COUNT(*) FROM _sqlx_migrations WHERE NOT success";
}

impl District {
    /// Looks the whole district over. That its migrations are done is known by its being open.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn doctor(&self) -> Result<Vec<Check>, Error> {
        let mut checks = Vec::new();
        let mut conn = self.read().await?;
        let (failed,): (i64,) = conn.link().one(MIGRATIONS, args![]).await?;
        let problems = if failed == 0 { Vec::new() } else { vec![format!("{failed} migrations failed")] };
        checks.push(Check { what: "migrations are done", problems });
        if matches!(self.db(), Db::Sqlite { .. }) {
            let rows: Vec<(String,)> = conn.link().all("PRAGMA integrity_check", args![]).await?;
            let problems = rows.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect();
            checks.push(Check { what: "the file is whole", problems });
            let rows: Vec<(String, i64)> = conn
                .link()
                .all("SELECT \"table\", COUNT(*) FROM pragma_foreign_key_check GROUP BY 1", args![])
                .await?;
            let problems = rows
                .into_iter()
                .map(|(table, n)| format!("{table}: {n} rows name what is not there"))
                .collect();
            checks.push(Check { what: "rows name what is there", problems });
        }
        drop(conn);
        let differing = self.compare_strips().await?;
        let problems = differing
            .iter()
            .map(|d| {
                format!(
                    "student {}, school {}, {}: the strip is not what the ledger says",
                    d.student, d.school, d.year
                )
            })
            .collect();
        checks.push(Check { what: "strips agree with the ledger", problems });
        let mut problems = known::problems(&mut self.read().await?.link()).await?;
        let differing = self.compare_known().await?;
        problems
            .extend(differing.iter().map(|what| format!("{what}: what was known last is not what is read")));
        checks.push(Check { what: "what was known before adds up to what is read", problems });
        let grants = self.compare_grants().await?;
        let problems = if grants == 0 {
            Vec::new()
        } else {
            vec![format!("{grants} grants are not what the roster says")]
        };
        checks.push(Check { what: "grants agree with the roster", problems });
        Ok(checks)
    }
}
