//! The normal form of a domain's inputs: what is written differently but means the same has one output.

use unicode_normalization::UnicodeNormalization as _;

/// One step to the normal form; a domain takes them in the order that they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Normal {
    /// Lower case.
    Lower,
    /// No white space at either end.
    Trim,
    /// Unicode's composed form (NFC, <https://www.unicode.org/reports/tr15/>).
    Nfc,
    /// A telephone number: a plus sign if there is one (or `00`), and digits (ITU-T E.164).
    E164,
    /// Digits alone.
    Digits,
}

/// The normal form of a text, written into a buffer that is handed back.
pub(super) fn apply(steps: &[Normal], text: &str, mut buffer: String) -> String {
    buffer.clear();
    buffer.push_str(text);
    for step in steps {
        match step {
            Normal::Lower if buffer.is_ascii() => buffer.make_ascii_lowercase(),
            Normal::Lower => buffer = buffer.to_lowercase(),
            Normal::Trim => {
                buffer.truncate(buffer.trim_end().len());
                buffer.drain(..buffer.len() - buffer.trim_start().len());
            }
            Normal::Nfc if buffer.is_ascii() => {}
            Normal::Nfc => buffer = buffer.nfc().collect(),
            Normal::E164 => {
                let international = buffer.trim_start().starts_with('+');
                buffer.retain(|c| c.is_ascii_digit());
                if international {
                    buffer.insert(0, '+');
                } else if buffer.starts_with("00") {
                    buffer.replace_range(..2, "+");
                }
                if buffer == "+" {
                    buffer.clear();
                }
            }
            Normal::Digits => buffer.retain(|c| c.is_ascii_digit()),
        }
    }
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_becomes_the_same() {
        let normal = |steps: &[Normal], text| apply(steps, text, String::new());
        assert_eq!(normal(&[Normal::Trim, Normal::Lower], "  Maria@Shop.Test\n"), "maria@shop.test");
        assert_eq!(normal(&[Normal::Lower], "ÉCOLE"), "école");
        assert_eq!(normal(&[Normal::Nfc], "e\u{301}"), "é");
        for phone in ["+34 612-345-678", "0034 612 345 678", " +34612345678"] {
            assert_eq!(normal(&[Normal::E164], phone), "+34612345678", "{phone}");
        }
        assert_eq!(normal(&[Normal::Digits], "ES-12.3"), "123");
        assert_eq!(normal(&[Normal::E164], "none"), "");
    }
}
