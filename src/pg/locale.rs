//! Which library sorts a database's texts, and by which rules.

use crate::words::name::literal;
use tokio_postgres::Row;

/// The provider of a database's locale, as `pg_database` has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provider {
    /// `c`: the system's library, `i`: ICU, `b`: PostgreSQL's own; `None` before PostgreSQL 15, where it is the system's.
    pub kind: Option<String>,
    /// The locale, where it is not the system's.
    pub locale: Option<String>,
    /// Rules of ICU beside the locale's own.
    pub rules: Option<String>,
}

impl Provider {
    /// The system's library, by name.
    pub fn system() -> Self {
        Provider { kind: Some("c".to_owned()), ..Provider::default() }
    }

    /// Reads `provider`, `locale` and `icu_rules`.
    pub fn read(row: &Row) -> Result<Self, tokio_postgres::Error> {
        Ok(Provider {
            kind: row.try_get("provider")?,
            locale: row.try_get("locale")?,
            rules: row.try_get("icu_rules")?,
        })
    }

    /// What texts are sorted by, for people; `collate` is the system's locale.
    pub fn sorts_by(&self, collate: &str) -> String {
        let locale = self.locale.as_deref().unwrap_or_default();
        let rules = if self.rules.is_some() { " with rules of its own" } else { "" };
        match self.kind.as_deref() {
            Some("i") => format!("{locale} of ICU{rules}"),
            Some("b") => format!("{locale} of PostgreSQL"),
            _ => collate.to_owned(),
        }
    }

    /// The options of CREATE DATABASE; none for a server that knows only the system's library.
    pub fn options(&self) -> String {
        let locale = literal(self.locale.as_deref().unwrap_or_default());
        match self.kind.as_deref() {
            None => String::new(),
            Some("i") => {
                let rules = self.rules.as_ref().map(|rules| format!(" ICU_RULES {}", literal(rules)));
                format!(" LOCALE_PROVIDER icu ICU_LOCALE {locale}{}", rules.unwrap_or_default())
            }
            Some("b") => format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}"),
            Some(_) => " LOCALE_PROVIDER libc".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(kind: &str, locale: &str, rules: Option<&str>) -> Provider {
        Provider { kind: Some(kind.into()), locale: Some(locale.into()), rules: rules.map(str::to_owned) }
    }

    #[test]
    fn every_provider_is_written_as_create_database_takes_it() {
        assert_eq!(Provider::default().options(), "");
        assert_eq!(Provider::system().options(), " LOCALE_PROVIDER libc");
        assert_eq!(
            provider("i", "de-AT", Some("&a < 'b'")).options(),
            " LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' ICU_RULES '&a < ''b'''"
        );
        assert_eq!(provider("b", "C.UTF-8", None).options(), " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'");
    }

    #[test]
    fn the_same_system_locale_sorts_alike_in_every_version() {
        assert_eq!(Provider::default().sorts_by("C"), Provider::system().sorts_by("C"));
        assert_ne!(provider("i", "C", None).sorts_by("C"), Provider::system().sorts_by("C"));
    }
}
