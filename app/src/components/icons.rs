//! Our own icons: 24 by 24, drawn with the text's colour. Always beside a word, so hidden from screen readers.

use leptos::prelude::*;

/// A picture of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// The product's mark: a strip of days.
    Mark,
    /// Today.
    Today,
    /// Students.
    Students,
    /// School.
    School,
    /// Rules.
    Rules,
    /// The rule lab.
    Lab,
    /// Data.
    Data,
    /// Family.
    Family,
    /// A way out.
    Out,
    /// A glass for searching.
    Search,
    /// Nothing here.
    Empty,
    /// A way that was lost.
    Lost,
    /// A tray, for what is taken along.
    Download,
    /// A cross, for what is closed.
    Close,
    /// A clock, for how old something is.
    Clock,
}

/// Draws an icon.
pub fn icon(icon: Icon) -> AnyView {
    let path = match icon {
        Icon::Mark => "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM17 14v6M14 17h6",
        Icon::Today => "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4M9 15l2 2 4-4",
        Icon::Students => {
            "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M2.5 20c.5-4 3-6 6.500-6s6 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6M18 14.500c2 .8 3.200 2.700 3.500 5.500"
        }
        Icon::School => "M3 20h18M5 20V10l7-5 7 5v10M10 20v-5h4v5M12 5V2h4v2h-4",
        Icon::Rules => "M6 3h9l4 4v14H6zM14 3v5h5M9 12h7M9 16h5",
        Icon::Lab => {
            "M9 3h6M10 3v6L4.500 18.500c-.8 1.400 0 2.500 1.500 2.500h12c1.500 0 2.300-1.100 1.500-2.500L14 9V3M7 15h10"
        }
        Icon::Data => {
            "M4 6c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3v12c0 1.700 3.600 3 8 3s8-1.300 8-3V6M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3"
        }
        Icon::Family => {
            "M3 11l9-7 9 7M6 9v11h12V9M12 17s-3-1.800-3-3.700c0-1.700 2.200-2 3-.6.800-1.400 3-1.100 3 .6 0 1.900-3 3.700-3 3.700"
        }
        Icon::Out => "M10 4H5v16h5M15 8l4 4-4 4M9 12h10",
        Icon::Search => "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l5 5",
        Icon::Empty => "M4 5h16v14H4zM4 10h16M9 15h6",
        Icon::Lost => {
            "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.500v.5"
        }
        Icon::Download => "M12 4v11M7.500 11l4.500 4.500L16.500 11M4.500 19.500h15",
        Icon::Close => "M6 6l12 12M18 6L6 18",
        Icon::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
    };
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path></path>
        </svg>
    }
    .into_any()
}
