//! The audit log, recomputed.

use crate::{Context, Error};
use model::ids::DistrictId;

/// Recomputes a district's chain; one sentence with its length and its head.
///
/// # Errors
/// Where a link does not hold, with its number.
pub async fn verify(context: &Context, id: &DistrictId) -> Result<String, Error> {
    let district = context.district(id).await?;
    let chain = ::audit::verify(&district).await?;
    Ok(format!("the audit log of {id} holds: {} events, head {}", chain.rows, chain.head_text()))
}
