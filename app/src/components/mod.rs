//! Parts that several screens share. None of them fetches anything.

mod beside;
mod chart;
mod days;
mod download;
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
mod setting;
mod standing;
mod text_area;
mod verify;

pub use beside::{beside_address, pane, row_link, row_marks, with_pane};
pub use chart::{ChartPoint, line_chart};
pub use days::{day_id, day_legend, day_strip, day_table, missed_table};
pub use download::{card_head, download};
pub use failure::{empty_view, failure_note, failure_title, failure_view, loading_view};
pub use filters::{Choice, select_field, show_button};
pub use frame::{Frame, footer_view, framed, rail_view};
pub use freshness::{freshness_stamp, stale_note};
pub use head::{page_head, page_head_opening};
pub use icons::{Icon, icon};
pub use live::Live;
pub use loaded::loaded;
pub use pager::{go, pager};
pub use search::SearchBox;
pub use setting::{counts_words, setting_amount, setting_fields, setting_sentence, unit_words, window_words};
pub use standing::standing_badge;
pub use text_area::text_area;
pub use verify::verify_mark;
