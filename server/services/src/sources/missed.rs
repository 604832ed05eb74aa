//! Changes that never reached the store. A file of what changed says nothing of what the file before it said: where that one
//! was not applied, or may have been written over before anybody read it, the next would be laid over a roster that is
//! not what it was made from. Then whole files are asked for.

use super::Fault;
use super::schedule::Schedule;
use crate::Error;
use crate::context::zone;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use model::ids::SourceId;
use store::District;

/// Exports are not written more often than this, however often a source is looked at.
const BETWEEN_EXPORTS: TimeDelta = TimeDelta::days(1);

/// Refuses changes, named by their digest, that are not those which have to come next; and unless it is a dry run notes
/// that these have come, until they are applied.
pub(crate) async fn check(
    district: &District,
    (source, name): (SourceId, &str),
    changes: &str,
    now: DateTime<Utc>,
    dry_run: bool,
) -> Result<(), Error> {
    let sources = district.sources().await?;
    let unapplied = sources.into_iter().find(|of| of.id == source).and_then(|of| of.unapplied);
    let others_first = match &unapplied {
        Some(unapplied) => unapplied != changes,
        None => is_passed_over(district, source, now).await?,
    };
    if others_first {
        return Err(Fault::ChangesMissed(name.to_owned()).into());
    }
    if !dry_run && unapplied.is_none() {
        let mut write = district.write().await?;
        write.keep_unapplied(source, Some(changes)).await?;
        write.commit().await?;
    }
    Ok(())
}

/// Whether a source was due in vain since its last good run: paused, or nobody was at work. What lay there then may be
/// gone.
async fn is_passed_over(district: &District, source: SourceId, now: DateTime<Utc>) -> Result<bool, Error> {
    let Some(last) = district.last_good_run(source).await? else { return Ok(false) };
    let rhythms = district.rhythms().await?;
    let fields = rhythms.into_iter().find(|rhythm| rhythm.source == source).and_then(|rhythm| rhythm.fields);
    let Some(fields) = fields else { return Ok(false) };
    let schedule = Schedule::read(&fields).map_err(Fault::from)?;
    Ok(was_due_in_vain(&schedule, zone(district), source, last, now))
}

fn was_due_in_vain(
    schedule: &Schedule,
    zone: Tz,
    source: SourceId,
    last: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let next = |after| schedule.next_of(zone, source, after);
    // The first time since then is that of the run which asks.
    let second = next(last).and_then(next);
    now - last > BETWEEN_EXPORTS && second.is_some_and(|second| second <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_was_due_in_vain_where_a_second_time_has_come_and_exports_have_days() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let vain = |fields: &str, last: &str, now: &str| {
            let schedule = Schedule::read(fields).unwrap();
            was_due_in_vain(&schedule, Tz::UTC, SourceId(7), at(last), at(now))
        };
        let monday = "2026-03-23T04:30:00Z";
        assert!(!vain("15 4 * * *", monday, "2026-03-24T04:30:00Z"));
        // Tried again until the evening.
        assert!(!vain("15 4 * * *", monday, "2026-03-24T20:00:00Z"));
        assert!(vain("15 4 * * *", monday, "2026-03-25T04:30:00Z"));
        // Over a weekend on which nothing is due.
        assert!(!vain("15 4 * * 1-5", "2026-03-20T04:30:00Z", monday));
        assert!(vain("15 4 * * 1-5", "2026-03-19T04:30:00Z", monday));
        // Looked at often: an hour without anybody at work loses no export, two days may.
        assert!(!vain("*/15 * * * *", monday, "2026-03-23T05:30:00Z"));
        assert!(vain("*/15 * * * *", monday, "2026-03-25T04:30:00Z"));
    }
}
