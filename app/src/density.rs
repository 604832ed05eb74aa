//! How close together rows stand: the person's choice, remembered by their browser.

use leptos::prelude::use_context;

/// How close together the rows of lists and tables stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Density {
    /// As the device suggests: close where the pointer is fine, apart where it is a finger.
    #[default]
    Automatic,
    /// Apart.
    Roomy,
    /// Close.
    Close,
}

impl Density {
    /// Every choice, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Roomy, Self::Close];

    /// Its code in the form, in the cookie and in the style sheet.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Roomy => "roomy",
            Self::Close => "close",
        }
    }

    /// Reads a code.
    pub fn read(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|density| density.code() == code)
    }
}

/// The choice of whoever reads the page being drawn.
pub fn use_density() -> Density {
    use_context::<Density>().unwrap_or_default()
}
