//! Names for searching and sorting: lower case, without accents, so that `Núñez` is found by `nunez`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds a text: lower case, accents off, letters that are no accent spelled out, spaces single.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            // Written in many ways, and left out in as many: O'Neil, O’Neil, ONeil.
            '\'' | '\u{2019}' | '\u{2bc}' | '`' => {}
            c if c.is_whitespace() => {
                if !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        for (written, typed) in [
            ("Núñez", "nunez"),
            ("Łukasz  Groß", "lukasz gross"),
            ("O’Neil", "oneil"),
            ("Nguyễn Thị Ánh", "nguyen thi anh"),
            ("Bjørn", "bjorn"),
            (" İpek ", "ipek"),
        ] {
            assert_eq!(fold(written), typed);
        }
    }
}
