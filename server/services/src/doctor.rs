//! Is the store sound?

use crate::{Context, Error};
use model::ids::DistrictId;

/// What was looked at and what was found.
#[derive(Debug, Clone)]
pub struct Report {
    /// A line for each check.
    pub lines: Vec<String>,
    /// Nothing is wrong.
    pub sound: bool,
}

/// Looks every district over. One that cannot be opened or read is wrong, and the others are looked at all the same.
///
/// # Errors
/// Where the directory of districts does not answer.
pub async fn run(context: &Context) -> Result<Report, Error> {
    let mut report = Report { lines: Vec::new(), sound: true };
    let districts = context.directory().list().await?;
    if districts.is_empty() {
        report.lines.push("there are no districts; add one with everpresent district add".to_owned());
    }
    for listed in districts {
        report.lines.push(listed.id.to_string());
        if let Err(error) = look_over(context, &listed.id, &mut report).await {
            report.wrong(&format!("the store of this district: {error}"));
        }
    }
    Ok(report)
}

impl Report {
    fn fine(&mut self, what: &str) {
        self.lines.push(format!("  ok    {what}"));
    }

    fn wrong(&mut self, what: &str) {
        self.sound = false;
        self.lines.push(format!("  WRONG {what}"));
    }
}

async fn look_over(context: &Context, id: &DistrictId, report: &mut Report) -> Result<(), Error> {
    let district = context.district(id).await?;
    if let Some(line) = report.lines.last_mut() {
        *line = format!("{id} ({})", district.engine());
    }
    for check in district.doctor().await? {
        if check.problems.is_empty() {
            report.fine(check.what);
        }
        for problem in &check.problems {
            report.wrong(&format!("{}: {problem}", check.what));
        }
    }
    match ::audit::verify(&district).await {
        Ok(chain) => report.fine(&format!("audit chain of {} events", chain.rows)),
        Err(error) => report.wrong(&format!("audit chain: {error}")),
    }
    Ok(())
}
