//! What the schema itself may give away: a definition is copied letter by letter, with every value that stands in it.

use super::Input;
use crate::mask::redact;
use crate::words::diagnostic::{Diagnostic, Place};
use regex::Regex;
use std::sync::LazyLock;

/// How many objects are named.
const NAMED: usize = 10;

/// Hosts that nobody has (RFC 2606, RFC 6761).
const NOBODYS: [&str; 7] = ["example.com", "example.net", "example.org", "example", "test", "invalid", "localhost"];

/// A password in a connection string or a URL, a private key.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)password\s*=\s*[^\s'$:%<>{(]|://[^\s/:@']+:[^\s/@']+@|-----BEGIN [A-Z ]*PRIVATE KEY")
        .expect("an expression of ours")
});

/// Warns of definitions in which something stands that looks like somebody's.
pub fn check(input: &Input<'_>, found: &mut Vec<Diagnostic>) {
    for (what, looks) in [
        ("an email address", holds_email as fn(&str) -> bool),
        ("an account or card number", holds_account),
        ("a password or a private key", holds_secret),
    ] {
        let objects = input.source.definitions.iter().filter(|definition| looks(&definition.text));
        let objects: Vec<&str> = objects.map(|definition| definition.object.as_str()).collect();
        let Some(first) = objects.first() else { continue };
        let message = match objects.len() {
            1 => format!("its definition holds what looks like {what}, and is copied as it is"),
            more => {
                let (named, others) = (objects[..more.min(NAMED)].join(", "), if more > NAMED { ", …" } else { "" });
                format!("{more} definitions hold what looks like {what}, and are copied as they are: {named}{others}")
            }
        };
        let place = match objects.len() {
            1 => Place::Object((*first).to_owned()),
            _ => Place::Run,
        };
        let help = "no rule changes the schema: take the value out of it at the source";
        found.push(Diagnostic::warning("schema-value", place, message).help(help));
    }
}

fn holds_email(text: &str) -> bool {
    redact::finds(text).any(|(kind, found)| kind == "email" && is_somebodys(found))
}

/// True if mail to the address might arrive.
fn is_somebodys(address: &str) -> bool {
    let host = address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let below = |known: &str| host.strip_suffix(known).is_some_and(|left| left.is_empty() || left.ends_with('.'));
    let top = host.rsplit('.').next().unwrap_or_default();
    let is_host = top.len() > 1 && top.len() < host.len() && top.chars().all(char::is_alphabetic);
    is_host && !NOBODYS.into_iter().any(below)
}

fn holds_account(text: &str) -> bool {
    redact::finds(text).any(|(kind, _)| matches!(kind, "iban" | "card"))
}

fn holds_secret(text: &str) -> bool {
    SECRET.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_a_definition_is_told_from_a_pattern_of_addresses() {
        for (text, expected) in [
            ("SELECT * FROM people WHERE email = 'maria@shop.de'::text", true),
            ("RETURN 'Maria <maria.lopez+x@mail.shop.co.uk>';", true),
            ("CHECK (email ~* '^[a-z0-9._%+-]+@[a-z0-9.-]+\\.[a-z]{2,}$')", false),
            ("(email ~~ '%@shop.de'::text)", false),
            ("'nobody@example.com'", false),
            ("'nobody@mail.test'", false),
            ("(tags @> ARRAY['a'::text]) AND (a <@ b)", false),
            ("format('%s@%s', a, b)", false),
        ] {
            assert_eq!(holds_email(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_and_passwords_are_seen() {
        assert!(holds_account("VALUES ('DE89 3704 0044 0532 0130 00')") && holds_account("'4111 1111 1111 1111'"));
        assert!(!holds_account("nextval('a_seq') > 9223372036854775807 OR '2024-05-06 10:11:12'"));
        assert!(holds_secret("dblink('host=a password=s3cret')") && holds_secret("'postgres://me:pw@db/x'"));
        assert!(!holds_secret("IF password = '' THEN") && !holds_secret("new.password := crypt(new.password)"));
    }
}
