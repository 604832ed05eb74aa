//! The language of a page: chosen once per request, written into `<html lang>`, read from there by the browser.

use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

/// A language the pages speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English of the United States.
    #[default]
    En,
    /// Spanish of the United States.
    Es,
}

impl Language {
    /// Every language, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// The tag of BCP 47.
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// Reads a language tag; only its first part counts (`es-MX` is Spanish).
    pub fn read(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|l| l.code().eq_ignore_ascii_case(primary))
    }

    /// The language of a request: the person's own choice (the cookie `language`) wins, then the first language of
    /// `Accept-Language` (RFC 9110, 12.5.4) that the pages speak, by weight; English otherwise.
    pub fn choose(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        if let Some(chosen) = cookie.and_then(Self::read) {
            return chosen;
        }
        let mut best: Option<(u32, Self)> = None;
        for part in accept_language.unwrap_or_default().split(',') {
            let mut pieces = part.split(';');
            let Some(language) = pieces.next().and_then(Self::read) else { continue };
            let weight = pieces
                .find_map(|p| p.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.trim().parse::<f64>().unwrap_or(0.0));
            let thousandths = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
            if thousandths > 0 && best.is_none_or(|(most, _)| thousandths > most) {
                best = Some((thousandths, language));
            }
        }
        best.map_or(Self::En, |(_, language)| language)
    }
}

/// The language of the page being drawn.
pub fn use_language() -> Language {
    use_context::<Language>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_persons_choice_wins_over_the_browsers() {
        assert_eq!(Language::choose(Some("en"), Some("es-MX,es;q=0.9")), Language::En);
        assert_eq!(Language::choose(Some("xx"), Some("es-MX,es;q=0.9")), Language::Es);
    }

    #[test]
    fn the_heaviest_language_we_speak_is_taken() {
        for (header, language) in [
            ("fr, es;q=0.8, en;q=0.7", Language::Es),
            ("en;q=0.7, es;q=0.8", Language::Es),
            ("en-US,en;q=0.5", Language::En),
            ("es;q=0, en;q=0.1", Language::En),
            ("de", Language::En),
            ("", Language::En),
        ] {
            assert_eq!(Language::choose(None, Some(header)), language, "{header}");
        }
        assert_eq!(Language::choose(None, None), Language::En);
    }
}
