//! Parts that several screens share. None of them fetches anything.

mod chart;
mod days;
mod failure;
mod filters;
mod frame;
mod freshness;
mod head;
mod icons;
mod live;
mod loaded;
mod pager;
mod search;
mod standing;

pub use chart::{ChartPoint, line_chart};
pub use days::{day_legend, day_strip, day_table};
pub use failure::{empty_view, failure_view, loading_view};
pub use filters::{Choice, select_field, show_button};
pub use frame::{Frame, footer_view, rail_view};
pub use freshness::{freshness_stamp, stale_note};
pub use head::page_head;
pub use icons::{Icon, icon};
pub use live::Live;
pub use loaded::loaded;
pub use pager::{go, pager};
pub use search::SearchBox;
pub use standing::standing_badge;
