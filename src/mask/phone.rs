//! `phone`: numbers that no telephone has.
//!
//! Ranges for drama and fiction: NANPA (555-01XX), Ofcom ("Telephone numbers for use in TV and radio drama programmes"), ARCEP
//! (décision 2018-0881, § 2.5.12), Bundesnetzagentur (Mitteilung 148/2021), ACMA, ComReg, PTS. Elsewhere nothing begins with 00
//! after the country code.

use super::{
    Arg, Args, COMMON, ColumnShape, Domains, Example, MaskFn, Param, ParamKind, Refusal, Spec, Uniqueness, Value,
    draw_text,
};
use crate::synth::{Digits, Draw};

/// A country's numbers.
struct Country {
    /// Its ISO 3166 code.
    name: &'static str,
    /// Its country code.
    code: &'static str,
    /// What stands before a national number.
    trunk: &'static str,
    /// Fictional national numbers: `#` is any digit, `N` 2 to 9, `P` 2 to 8 (an area code with no 11 in it).
    numbers: &'static [&'static str],
}

const COUNTRIES: &[Country] = &[
    Country { name: "US", code: "1", trunk: "", numbers: &["NP#55501##"] },
    Country { name: "CA", code: "1", trunk: "", numbers: &["NP#55501##"] },
    Country {
        name: "GB",
        code: "44",
        trunk: "0",
        numbers: &[
            "7700900###",
            "1134960###",
            "1144960###",
            "1154960###",
            "1164960###",
            "1174960###",
            "1184960###",
            "1214960###",
            "1314960###",
            "1414960###",
            "1514960###",
            "1614960###",
            "1632960###",
            "1914980###",
            "2079460###",
            "2896496###",
            "2920180###",
        ],
    },
    Country {
        name: "FR",
        code: "33",
        trunk: "0",
        numbers: &["19900####", "26191####", "35301####", "46571####", "53649####", "63998####"],
    },
    Country {
        name: "DE",
        code: "49",
        trunk: "0",
        numbers: &["3023125###", "6990009###", "4066969###", "2214710###", "8999998###"],
    },
    Country {
        name: "AU",
        code: "61",
        trunk: "0",
        numbers: &[
            "25550####",
            "27010####",
            "35550####",
            "37010####",
            "75550####",
            "77010####",
            "85550####",
            "87010####",
        ],
    },
    Country { name: "IE", code: "353", trunk: "0", numbers: &["2091#####"] },
    Country { name: "SE", code: "46", trunk: "0", numbers: &["3139006##", "4062804##", "8465004##", "9803192##"] },
];

/// Country codes of two digits (ITU-T E.164); 1 and 7 have one, all others three.
const TWO_DIGITS: &[&str] = &[
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];

/// The mask.
pub const PHONE: Spec = Spec {
    name: "phone",
    also: &["phone_number", "telephone", "mobile", "e164_phone_number", "toll_free_phone_number", "cell_phone"],
    summary: "A number of a range that is kept for fiction, such as 555-01XX.",
    docs: "The country code after + or 00 and what stands between the digits are kept; an extension is dropped. In countries \
           without such a range two zeros follow the code, which reaches nobody. Numbers without a code are of `country`; what \
           does not look like one of its numbers becomes one. There are few such numbers (about 56,000 in North America): they \
           repeat, and cannot stand in a unique column.",
    params: &[Param {
        name: "country",
        kind: ParamKind::Word(&["US", "CA", "GB", "FR", "DE", "AU", "IE", "SE"]),
        required: false,
        default: "US",
        help: "Whose numbers those without a country code are.",
    }],
    uniqueness: |_, _| Uniqueness::Lossy,
    equal_at_most: 1e-3,
    output: "numbers for fiction, or a country code and 00",
    examples: &[
        Example { column: "text", params: "", input: "+1 (415) 867-5309", output: "+1 (664) 555-0118" },
        Example { column: "text", params: "", input: "+34 612 345 678", output: "+34 006 843 616" },
        Example { column: "text", params: "GB", input: "020 7123 4567", output: "011 3496 0915" },
        Example { column: "text", params: "", input: "call Maria", output: "5705550176" },
    ],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, _: &Domains) -> Result<MaskFn, Refusal> {
    let name = match args.get("country") {
        Some(Arg::Text(name)) => name.as_str(),
        _ => "US",
    };
    let Some(home) = COUNTRIES.iter().find(|country| country.name == name) else {
        return Err(Refusal::new(format!("`country: {name}` is not known"), "leave it out, or use `digits`"));
    };
    shape.needs(home.trunk.len() + home.numbers[0].len(), "a phone number", "`digits` keeps the length")?;
    Ok(Box::new(move |value, context, output| {
        let form = match value {
            Value::Text(text) => Form::of(text, home),
            _ => None,
        };
        draw_text(value, context, output, |draw, to| match &form {
            Some(form) => form.write(draw, to),
            None => {
                to.extend_from_slice(home.trunk.as_bytes());
                fill(draw.pick(home.numbers), draw, to);
            }
        })
    }))
}

/// How a number is written.
struct Form<'a> {
    /// The text, without extension.
    text: &'a str,
    /// How many of its digits are kept: country code, or trunk prefix.
    kept: usize,
    /// The fictional numbers that replace the others; none: two zeros and drawn digits.
    numbers: &'static [&'static str],
}

impl<'a> Form<'a> {
    /// The form of a number, if it is one.
    fn of(text: &'a str, home: &'static Country) -> Option<Self> {
        let text = without_extension(text);
        let mut buffer = [0; 18];
        let mut count = 0;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    *buffer.get_mut(count)? = byte;
                    count += 1;
                }
                b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+' => {}
                _ => return None,
            }
        }
        let digits = std::str::from_utf8(&buffer[..count]).ok()?;
        let plus = text.starts_with('+') || text.starts_with("(+");
        if text.matches('+').count() != usize::from(plus) {
            return None;
        }
        if plus || (digits.starts_with("00") && count >= 10) {
            return Form::international(text, digits, if plus { 0 } else { 2 });
        }
        let length = home.numbers[0].len();
        let kept = match count.checked_sub(length)? {
            0 if home.trunk.is_empty() || !digits.starts_with(home.trunk) => 0,
            over if over == home.trunk.len() && over > 0 && digits.starts_with(home.trunk) => over,
            1 if home.code == "1" && digits.starts_with('1') => 1,
            _ => return None,
        };
        // In North America no area code begins with 0 or 1: such a number is of somewhere else.
        if home.code == "1" && matches!(digits.as_bytes()[kept], b'0' | b'1') {
            return None;
        }
        Some(Form { text, kept, numbers: home.numbers })
    }

    /// A number with its country code, which follows so many digits.
    fn international(text: &'a str, digits: &str, before: usize) -> Option<Self> {
        let number = &digits[before..];
        let code = match number.as_bytes() {
            [b'1' | b'7', ..] => 1,
            [_, _, ..] if TWO_DIGITS.contains(&&number[..2]) => 2,
            _ => 3,
        };
        let national = number.len().checked_sub(code).filter(|left| *left >= 4)?;
        let country = COUNTRIES.iter().find(|country| country.code == &number[..code]);
        let numbers = country.map_or(&[][..], |country| country.numbers);
        let known = numbers.first().is_some_and(|known| known.len() == national);
        Some(Form { text, kept: before + code, numbers: if known { numbers } else { &[] } })
    }

    fn write(&self, draw: &mut Draw, to: &mut Vec<u8>) {
        let range = if self.numbers.is_empty() { "00" } else { draw.pick(self.numbers) };
        let mut digits = Digits::default();
        let mut seen = 0usize;
        to.extend(self.text.bytes().map(|byte| {
            if !byte.is_ascii_digit() {
                return byte;
            }
            seen += 1;
            match seen.checked_sub(self.kept + 1) {
                Some(at) => digit(*range.as_bytes().get(at).unwrap_or(&b'#'), &mut digits, draw),
                None => byte,
            }
        }));
    }
}

/// Writes a number of a range.
fn fill(range: &str, draw: &mut Draw, to: &mut Vec<u8>) {
    let mut digits = Digits::default();
    to.extend(range.bytes().map(|byte| digit(byte, &mut digits, draw)));
}

/// The digit at one place of a range.
fn digit(place: u8, digits: &mut Digits, draw: &mut Draw) -> u8 {
    match place {
        b'#' => b'0' + digits.below(10, draw),
        b'N' => b'2' + digits.below(8, draw),
        b'P' => b'2' + digits.below(7, draw),
        digit => digit,
    }
}

/// The number before `x12`, `ext. 12` or `#12`.
fn without_extension(text: &str) -> &str {
    let Some(at) = text.find(['x', 'X', 'e', 'E', '#']) else { return text.trim() };
    let (number, extension) = text.split_at(at);
    let word = extension.trim_end_matches(|character: char| character.is_ascii_digit() || character == ' ');
    let known = matches!(word.to_ascii_lowercase().trim_end_matches(['.', ' ']), "x" | "ext" | "extension" | "#");
    if known { number.trim() } else { text.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_country_have_one_length() {
        for country in COUNTRIES {
            assert!(country.numbers.iter().all(|number| number.len() == country.numbers[0].len()), "{}", country.name);
        }
    }

    #[test]
    fn forms_are_recognised() {
        let us = &COUNTRIES[0];
        let form = |text| Form::of(text, us).map(|form| (form.kept, form.numbers.first().copied()));
        assert_eq!(form("+1 (415) 867-5309"), Some((1, Some("NP#55501##"))));
        assert_eq!(form("415.867.5309 ext. 12"), Some((0, Some("NP#55501##"))));
        assert_eq!(form("1-415-867-5309"), Some((1, Some("NP#55501##"))));
        assert_eq!(form("0044 7911 123456"), Some((4, Some("7700900###"))));
        assert_eq!(form("+34 612 345 678"), Some((2, None)));
        assert_eq!(form("+1 5309"), Some((1, None)));
        for odd in [
            "",
            "call me",
            "0612345678",
            "867-5309",
            "+",
            "++1 415 867 5309",
            "4158675309+",
            "１２３",
            "12345678901234567890",
        ] {
            assert_eq!(form(odd), None, "{odd}");
        }
    }
}
