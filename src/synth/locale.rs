//! Languages: the lists that a person and a place are drawn from. First names, last names and the parts of jobs are those of
//! `fake`; the rest of a language is in `language.rs`.

use super::invented::{LAST_ENDS, STARTS};
use super::language::{LANGUAGES, Language};
use fake::locales::{self, Data};
use std::collections::HashMap;
use std::sync::LazyLock;

/// The languages that there are, by code.
pub const CODES: &[&str] = &[
    "en", "ar_SA", "cy_GB", "de_DE", "fa_IR", "fr_FR", "it_IT", "ja_JP", "nl_NL", "pt_BR", "pt_PT", "tr_TR", "zh_CN",
    "zh_TW",
];

/// Which of the names of each language are a woman's, and which may be anybody's; all others are a man's. Gathered from the
/// lists of the Python package Faker (MIT) where it knows the name.
const GENDERS: &str = include_str!("genders.txt");

/// Characters of the longest English first name: they fit a `varchar(10)`.
const ENGLISH_LONGEST: usize = 10;

type Lazy = LazyLock<Locale>;

static LOCALES: [Lazy; 14] = [
    LazyLock::new(english),
    LazyLock::new(|| Locale::new::<locales::AR_SA>("ar_SA")),
    LazyLock::new(|| Locale::new::<locales::CY_GB>("cy_GB")),
    LazyLock::new(|| Locale::new::<locales::DE_DE>("de_DE")),
    LazyLock::new(|| Locale::new::<locales::FA_IR>("fa_IR")),
    LazyLock::new(|| Locale::new::<locales::FR_FR>("fr_FR")),
    LazyLock::new(|| Locale::new::<locales::IT_IT>("it_IT")),
    LazyLock::new(|| Locale::new::<locales::JA_JP>("ja_JP")),
    LazyLock::new(|| Locale::new::<locales::NL_NL>("nl_NL")),
    LazyLock::new(|| Locale::new::<locales::PT_BR>("pt_BR")),
    LazyLock::new(|| Locale::new::<locales::PT_PT>("pt_PT")),
    LazyLock::new(|| Locale::new::<locales::TR_TR>("tr_TR")),
    LazyLock::new(|| Locale::new::<locales::ZH_CN>("zh_CN")),
    LazyLock::new(|| Locale::new::<locales::ZH_TW>("zh_TW")),
];

/// A name, and its form in addresses and logins.
pub struct Word {
    /// As it is written.
    pub name: String,
    /// In lower-case ASCII letters.
    pub handle: String,
}

/// A state, region or province.
pub(super) struct State {
    /// Its name.
    pub name: &'static str,
    /// Its short form, or the name again.
    pub short: &'static str,
    /// How its postcodes begin, if that is one way.
    pub code: &'static str,
}

impl State {
    /// The state of a language's line.
    fn of(line: &'static str) -> Self {
        let mut parts = line.split('/');
        let name = parts.next().unwrap_or_default();
        State { name, short: parts.next().unwrap_or(name), code: parts.next().unwrap_or_default() }
    }
}

/// Whose first name a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// A woman's.
    Female,
    /// A man's.
    Male,
}

/// The lists of a language.
pub struct Locale {
    /// Patterns and lists that are written here.
    pub language: &'static Language,
    /// First names.
    pub(super) first: Vec<Word>,
    /// Whose they are; `None`: anybody's.
    pub(super) genders: Vec<Option<Gender>>,
    /// The places of women's and of men's first names, those of anybody among both.
    pub(super) by_gender: [Vec<u32>; 2],
    /// Last names; those of English are invented.
    pub(super) last: Vec<Word>,
    /// States.
    pub(super) states: Vec<State>,
    /// Names of countries.
    pub countries: &'static [&'static str],
    /// Seniority, field and position, the parts of a job.
    pub(super) jobs: [&'static [&'static str]; 3],
    /// Characters of the longest first name.
    pub first_longest: usize,
    /// Characters of the longest last name.
    pub last_longest: usize,
}

/// The lists of a language; of English if there is no such language.
pub fn locale(code: &str) -> &'static Locale {
    &LOCALES[CODES.iter().position(|known| *known == code).unwrap_or(0)]
}

impl Locale {
    fn new<D: Data>(code: &'static str) -> Self {
        let list = D::NAME_FIRST_NAME;
        let last = D::NAME_LAST_NAME.iter().map(|name| word(name)).collect();
        // A list of a few countries is no list of countries.
        let countries = Some(D::ADDRESS_COUNTRY).filter(|list| list.len() >= 70);
        Locale::of(code, list, last, countries.unwrap_or(locales::EN::ADDRESS_COUNTRY), jobs::<D>())
    }

    fn of(
        code: &'static str,
        first: &[&'static str],
        mut last: Vec<Word>,
        countries: &'static [&'static str],
        jobs: [&'static [&'static str]; 3],
    ) -> Self {
        let marked = genders(code);
        let mut unique: Vec<&str> = Vec::with_capacity(first.len());
        for name in first {
            // A stray comma is no part of a name.
            let name = name.trim_end_matches(',');
            if code == "en" || !unique.contains(&name) {
                unique.push(name);
            }
        }
        let genders: Vec<Option<Gender>> = unique.iter().map(|name| marked.of(name)).collect();
        let places = |wanted: Gender| {
            let fits = |(_, gender): &(usize, &Option<Gender>)| gender.is_none_or(|gender| gender == wanted);
            genders.iter().enumerate().filter(fits).map(|(at, _)| at as u32).collect()
        };
        let by_gender = [places(Gender::Female), places(Gender::Male)];
        let mut first: Vec<Word> = unique.iter().map(|name| word(name)).collect();
        if code != "en" {
            borrow(&mut first, |english, at| &english.first[at * 37 % english.first.len()].handle);
            borrow(&mut last, |english, at| &english.last[at * 37 % english.last.len()].handle);
        }
        let longest = |words: &[Word]| words.iter().map(|word| word.name.chars().count()).max().unwrap_or(0);
        let language = &LANGUAGES[CODES.iter().position(|known| *known == code).unwrap_or(0)];
        let (first_longest, last_longest) = (longest(&first), longest(&last));
        let states = language.states.split('|').map(State::of).collect();
        Locale { language, states, first, genders, by_gender, last, countries, jobs, first_longest, last_longest }
    }

    /// Characters of the longest full name.
    pub fn name_longest(&self) -> usize {
        self.first_longest + self.language.between_names.len() + self.last_longest
    }

    /// How many different people there are, in bits.
    pub fn person_bits(&self) -> f64 {
        ((self.first.len() * self.last.len()) as f64).log2()
    }

    /// How many first names there are.
    pub fn first_names(&self) -> usize {
        self.by_gender[0].len().min(self.by_gender[1].len())
    }

    /// How many last names there are.
    pub fn last_names(&self) -> usize {
        self.last.len()
    }

    /// True if last names are composed of two parts, each drawn for itself.
    pub(super) fn composes(&self) -> bool {
        self.last.len() == STARTS.len() * LAST_ENDS.len()
    }
}

/// English: first names of one ASCII word, last names that nobody has.
fn english() -> Locale {
    let plain = |name: &&str| name.len() <= ENGLISH_LONGEST && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let first: Vec<&str> = locales::EN::NAME_FIRST_NAME.iter().copied().filter(plain).collect();
    let last = STARTS.iter().flat_map(|start| LAST_ENDS.iter().map(move |end| word(&format!("{start}{end}"))));
    Locale::of("en", &first, last.collect(), locales::EN::ADDRESS_COUNTRY, jobs::<locales::EN>())
}

fn jobs<D: Data>() -> [&'static [&'static str]; 3] {
    [D::JOB_SENIORITY, D::JOB_FIELD, D::JOB_POSITION]
}

/// The marks of one language.
struct Marks {
    all_either: bool,
    marked: HashMap<&'static str, Option<Gender>>,
}

impl Marks {
    fn of(&self, name: &str) -> Option<Gender> {
        match self.marked.get(name) {
            Some(mark) => *mark,
            None if self.all_either => None,
            None => Some(Gender::Male),
        }
    }
}

fn genders(code: &str) -> Marks {
    let mut marks = Marks { all_either: false, marked: HashMap::new() };
    let of_code = |line: &'static str| line.strip_prefix(code)?.strip_prefix(' ')?.split_once(": ");
    for (kind, names) in GENDERS.lines().filter_map(of_code) {
        marks.all_either |= names == "*";
        let mark = (kind == "female").then_some(Gender::Female);
        marks.marked.extend(names.split('|').map(|name| (name.trim_end_matches(','), mark)));
    }
    marks
}

/// A name with its handle, which is empty if it is not in the Latin script.
fn word(name: &str) -> Word {
    // A slip of the list: an apostrophe is meant.
    Word { name: name.replace('"', "'"), handle: name.chars().filter_map(folded).collect() }
}

/// Gives names of other scripts an English handle.
fn borrow(words: &mut [Word], english: impl Fn(&'static Locale, usize) -> &'static String) {
    for (at, word) in words.iter_mut().enumerate().filter(|(_, word)| word.handle.is_empty()) {
        word.handle = english(locale("en"), at).clone();
    }
}

/// A Latin letter in lower case without its mark.
fn folded(letter: char) -> Option<char> {
    let plain = match letter.to_lowercase().next()? {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'ç' | 'č' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'i' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'š' | 'ş' | 'ß' => 's',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ž' => 'z',
        other => other,
    };
    plain.is_ascii_lowercase().then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_lists() {
        for (code, language) in CODES.iter().zip(LANGUAGES) {
            let locale = locale(code);
            assert_eq!(language.code, *code);
            assert!(locale.first.len() >= 20 && locale.last.len() >= 15 && locale.countries.len() >= 70, "{code}");
            assert!(locale.by_gender.iter().all(|places| places.len() >= 6), "{code}");
            for word in locale.first.iter().chain(&locale.last) {
                assert!(!word.handle.is_empty() && word.handle.bytes().all(|byte| byte.is_ascii_lowercase()), "{code}");
                assert!(!word.name.contains([',', '"', '\n']), "{code}: {}", word.name);
            }
            assert!(locale.jobs.iter().all(|list| !list.is_empty()), "{code}");
        }
        assert_eq!((locale("en").first_longest, locale("en").last_longest), (10, 14));
    }

    #[test]
    fn every_marked_name_is_one_of_its_language() {
        let mut known = 0;
        for line in GENDERS.lines() {
            let (head, names) = line.split_once(": ").expect("a line of names");
            let locale = locale(head.split(' ').next().expect("a code"));
            let of = |name: &&str| locale.first.iter().any(|word| word.name == **name);
            known += names.split('|').filter(of).count();
        }
        // English has longer names too, which are not drawn.
        assert!(known > 2700, "{known}");
    }
}
