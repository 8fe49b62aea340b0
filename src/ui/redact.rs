//! Snippets of a rules file are shown back to its author, and into CI logs: passwords and keys in them are not.

use regex::Regex;
use std::sync::LazyLock;

/// `user:password@` of a URL, up to the last `@` of the line: a password may hold any character.
static URL_PASSWORD: LazyLock<Regex> = LazyLock::new(|| regex(r"://[^:@\s]*:(?<secret>.+)@"));
/// A keyword's or YAML key's password. `password_file` and `key: {…}` name places, not secrets.
static PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?i)\b\w*(?:pass|passwd|password|passphrase|secret|token|pwd)\b["']?\s*[:=]\s*(?<secret>.+)"#)
});
/// The arguments of a command, and a key that stands in the file itself.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| regex(r#"\bpassword_command["']?\s*:\s*(?<secret>.+)"#));
/// A key in hex.
static HEX: LazyLock<Regex> = LazyLock::new(|| regex(r"(?<secret>[0-9a-fA-F]{32,})"));
/// Perhaps a key in base64; see [`key_like`].
static BASE64: LazyLock<Regex> = LazyLock::new(|| regex(r"(?<secret>[A-Za-z0-9+/_-]{40,}={0,2})"));

/// The text with every character of a URL's password, and of what looks like a key, replaced by `*`.
pub fn message(text: &str) -> String {
    let text = cover(&URL_PASSWORD, text, |_| true);
    let text = cover(&HEX, &text, |_| true);
    cover(&BASE64, &text, key_like)
}

/// A line of a rules file, covered likewise; `environments` says that it stands where passwords do.
pub fn line(text: &str, environments: bool) -> String {
    let mut text = message(text);
    if environments {
        text = cover(&PASSWORD, &text, |secret| !reference(secret));
        text = cover(&COMMAND, &text, |_| true);
    }
    text
}

/// Replaces what the group `secret` matched, character by character so that places stay.
fn cover(pattern: &Regex, text: &str, is_secret: impl Fn(&str) -> bool) -> String {
    let covered = pattern.replace_all(text, |found: &regex::Captures<'_>| {
        let whole = &found[0];
        let secret = &found["secret"];
        if is_secret(secret) { whole.replace(secret, &"*".repeat(secret.chars().count())) } else { whole.to_owned() }
    });
    covered.into_owned()
}

/// Upper case, lower case and digits together: 32 random bytes nearly always, a name hardly ever.
fn key_like(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_uppercase())
        && text.contains(|c: char| c.is_ascii_lowercase())
        && text.contains(|c: char| c.is_ascii_digit())
}

/// True if the value is a variable's name alone, which is no secret.
fn reference(text: &str) -> bool {
    let text = text.trim().trim_matches(['"', '\'', ',', '}', ' ']);
    text.strip_prefix("${").is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_keys_are_covered_and_places_stay() {
        let url = r#"    url: "postgres://app:s3c@ret/ü@db.example/shop""#;
        assert_eq!(line(url, true), r#"    url: "postgres://app:*********@db.example/shop""#);
        assert_eq!(line("password: hunter2", true), "password: *******");
        assert_eq!(line("url: host=db password='x y'", true), "url: host=db password=*****");
        assert_eq!(line("password: \"${PW}\"", true), "password: \"${PW}\"");
        assert_eq!(line("password_file: /run/pw", true), "password_file: /run/pw");
        assert_eq!(line("password_command: [echo, hunter2]", true), "password_command: ***************");
        assert_eq!(line("password: erase", false), "password: erase");
        assert_eq!(line("key: { env: STANDIN_KEY, id: k7f3a91c2 }", true), "key: { env: STANDIN_KEY, id: k7f3a91c2 }");
        let hex = "0a".repeat(32);
        assert!(!line(&format!("key: {hex}"), false).contains("0a"));
        let name = "a_rather_long_table_name_of_sixty_three_bytes_that_is_no_key_2";
        assert_eq!(message(name), name);
    }
}
