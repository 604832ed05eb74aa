//! What somebody has to know of sources, and who was told of it by mail. When an alert begins and ends is not decided here.

use crate::db::{Link, args, statements};
use crate::district::{District, WriteTx};
use crate::error::Error;
use access::Scope;
use chrono::{DateTime, NaiveDate, Utc};
use model::alert::AlertKind;
use model::ids::{AlertId, PersonId, SourceId};
use model::role::Role;

/// An alert that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// About which source.
    pub source: SourceId,
    /// The source's name.
    pub name: String,
    /// What is wrong with it.
    pub kind: AlertKind,
    /// Since when.
    pub began_at: DateTime<Utc>,
    /// When everybody who is to know was last told by mail.
    pub mailed_at: Option<DateTime<Utc>>,
    /// Whether the source has neither ended nor is paused: else nobody waits for it.
    pub awaited: bool,
}

/// Where a source's data stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Brought {
    /// When its last good run ended.
    pub good: Option<DateTime<Utc>>,
    /// When the last one ended that changed something.
    pub new: Option<DateTime<Utc>>,
}

statements! {
    OPEN = "SELECT a.id, a.source_id, s.name, a.kind, a.began_at, a.mailed_at,
               s.ended_at IS NULL AND r.paused_at IS NULL
        FROM alert a JOIN source s ON s.id = a.source_id LEFT JOIN source_rhythm r ON r.source_id = a.source_id
        WHERE a.ended_at IS NULL ORDER BY a.began_at, a.id";
    RAISED = "SELECT COUNT(*) FROM alert WHERE source_id = $1 AND kind = $2 AND began_at = $3";
    RAISE = "INSERT INTO alert (id, source_id, kind, began_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    END = "UPDATE alert SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    MAILED = "UPDATE alert SET mailed_at = $2 WHERE id = $1";
    TOLD = "SELECT person_id FROM alert_told WHERE alert_id = $1 ORDER BY person_id";
    TELL = "INSERT INTO alert_told (alert_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    FORGET_TOLD = "DELETE FROM alert_told WHERE alert_id = $1";
    STOPPED = "SELECT b.source_id, r.ended_at FROM brake b JOIN source_run r ON r.id = b.run_id
        WHERE b.closed_at IS NULL AND b.approved_at IS NULL AND r.ended_at IS NOT NULL ORDER BY b.run_id";
    BROUGHT = "SELECT MAX(ended_at), MAX(CASE WHEN outcome = 'applied' THEN ended_at END) FROM source_run
        WHERE source_id = $1 AND outcome IN ('applied', 'unchanged')";
    SCHOOL_DAYS = "SELECT DISTINCT date FROM calendar_day WHERE instructional AND date > $1 AND date < $2
        ORDER BY date LIMIT $3";
    HOLD_ROLE = "SELECT DISTINCT p.id, p.email FROM grants g JOIN person p ON p.id = g.person_id
        WHERE g.role = $1 AND p.active AND p.enabled AND p.email <> ''
          AND (g.valid_from IS NULL OR g.valid_from <= $2) AND (g.valid_to IS NULL OR g.valid_to >= $2)
        ORDER BY p.id";
}

type AlertColumns = (i64, i64, String, String, DateTime<Utc>, Option<DateTime<Utc>>, bool);

async fn open(link: &mut Link<'_>) -> Result<Vec<Alert>, Error> {
    let rows: Vec<AlertColumns> = link.all(OPEN, args![]).await?;
    rows.into_iter()
        .map(|(id, source, name, kind, began_at, mailed_at, awaited)| {
            let kind = AlertKind::read(&kind)
                .ok_or_else(|| Error::damaged(format!("alert.kind of alert {id}: `{kind}`")))?;
            let (id, source) = (AlertId(id), SourceId(source));
            Ok(Alert { id, source, name, kind, began_at, mailed_at, awaited })
        })
        .collect()
}

impl District {
    /// The alerts that have not ended, the oldest first. Nothing in them tells of a student; even so, pages show them only
    /// to those who may see the state of the data.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn alerts(&self) -> Result<Vec<Alert>, Error> {
        open(&mut self.read().await?.link()).await
    }

    /// Whether there is, or was, an alert about what began at a moment.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn was_raised(
        &self,
        source: SourceId,
        kind: AlertKind,
        began_at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let mut conn = self.read().await?;
        let (raised,): (i64,) = conn.link().one(RAISED, args![source, kind.code(), began_at]).await?;
        Ok(raised > 0)
    }

    /// Who has the mail about an alert that is on its way to several.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn told(&self, alert: AlertId) -> Result<Vec<PersonId>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64,)> = conn.link().all(TOLD, args![alert]).await?;
        Ok(rows.into_iter().map(|(person,)| PersonId(person)).collect())
    }

    /// The sources whose run stopped and waits for a person, since when each.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn stopped_since(&self) -> Result<Vec<(SourceId, DateTime<Utc>)>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(i64, DateTime<Utc>)> = conn.link().all(STOPPED, args![]).await?;
        Ok(rows.into_iter().map(|(source, at)| (SourceId(source), at)).collect())
    }

    /// When a source last brought its data.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn brought(&self, source: SourceId) -> Result<Brought, Error> {
        let mut conn = self.read().await?;
        let (good, new): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) =
            conn.link().one(BROUGHT, args![source]).await?;
        Ok(Brought { good, new })
    }

    /// The first instructional days of any school between two days, neither of them included; so many at most.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn school_days_between(
        &self,
        after: NaiveDate,
        before: NaiveDate,
        most: u32,
    ) -> Result<Vec<NaiveDate>, Error> {
        let mut conn = self.read().await?;
        let rows: Vec<(NaiveDate,)> = conn.link().all(SCHOOL_DAYS, args![after, before, most]).await?;
        Ok(rows.into_iter().map(|(date,)| date).collect())
    }

    /// Who holds a role today and has an e-mail address, with it; none for a person's scope.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn addresses(&self, scope: &Scope, role: Role) -> Result<Vec<(PersonId, String)>, Error> {
        if scope.job().is_none() {
            return Ok(Vec::new());
        }
        let mut conn = self.read().await?;
        let rows: Vec<(i64, String)> = conn.link().all(HOLD_ROLE, args![role.name(), scope.today()]).await?;
        Ok(rows.into_iter().map(|(person, address)| (PersonId(person), address)).collect())
    }
}

impl WriteTx {
    /// The alerts that have not ended, as this transaction sees them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn alerts(&mut self) -> Result<Vec<Alert>, Error> {
        open(&mut self.tx.link()).await
    }

    /// Raises an alert about what began at a moment, unless one of its kind is open for the source, or this was told
    /// before; whether it did.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn raise_alert(
        &mut self,
        id: AlertId,
        source: SourceId,
        kind: AlertKind,
        began_at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        Ok(self.tx.link().execute(RAISE, args![id, source, kind.code(), began_at]).await? == 1)
    }

    /// Ends an alert.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn end_alert(&mut self, alert: AlertId, at: DateTime<Utc>) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(END, args![alert, at]).await?;
        link.execute(FORGET_TOLD, args![alert]).await.map(drop)
    }

    /// Notes that a person has the mail about an alert that is on its way to several.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_told(&mut self, alert: AlertId, person: PersonId) -> Result<(), Error> {
        self.tx.link().execute(TELL, args![alert, person]).await.map(drop)
    }

    /// Notes that everybody was told by mail.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn keep_mailed(&mut self, alert: AlertId, at: DateTime<Utc>) -> Result<(), Error> {
        let mut link = self.tx.link();
        link.execute(FORGET_TOLD, args![alert]).await?;
        link.execute(MAILED, args![alert, at]).await.map(drop)
    }
}
