//! Is the store sound?

use crate::{Context, Error};

/// What was looked at and what was found.
#[derive(Debug, Clone)]
pub struct Report {
    /// A line for each check.
    pub lines: Vec<String>,
    /// Nothing is wrong.
    pub sound: bool,
}

/// Looks every district over.
///
/// # Errors
/// Where a store does not answer.
pub async fn run(context: &Context) -> Result<Report, Error> {
    let mut report = Report { lines: Vec::new(), sound: true };
    let districts = context.directory().list().await?;
    if districts.is_empty() {
        report.lines.push("there are no districts; add one with everpresent district add".to_owned());
    }
    for listed in districts {
        let district = context.district(&listed.id).await?;
        report.lines.push(format!("{} ({})", listed.id, district.engine()));
        for check in district.doctor().await? {
            if check.problems.is_empty() {
                report.lines.push(format!("  ok    {}", check.what));
            }
            for problem in &check.problems {
                report.sound = false;
                report.lines.push(format!("  WRONG {}: {problem}", check.what));
            }
        }
        match ::audit::verify(&district).await {
            Ok(chain) => report.lines.push(format!("  ok    audit chain of {} events", chain.rows)),
            Err(error) => {
                report.sound = false;
                report.lines.push(format!("  WRONG audit chain: {error}"));
            }
        }
    }
    Ok(report)
}
