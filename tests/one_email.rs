//! One email is one stand-in: unique or plain, citext, inside JSON, an array and free text, in two databases.

use crate::fixture::Pair;

const DOMAIN: &str = "domains: { person_email: { email: { host: example.com }, normalise: lower } }\n";

#[test]
fn one_email_is_one_stand_in_everywhere() {
    let shop = Pair::with(
        "one_email_shop",
        r#"CREATE EXTENSION citext;
        CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE, login citext, copy varchar(80), profile jsonb, raw text, others text[], note text);
        INSERT INTO users VALUES (1, 'maria@secret.test', 'Maria@Secret.Test', 'MARIA@secret.test',
            '{"contact": {"emails": ["maria@secret.test", "Maria@secret.test"]}, "theme": "dark"}', '{"email": "maria@secret.test"}',
            '{maria@secret.test,jose@secret.test}', 'Write to Maria@Secret.test, not to <jose@secret.test>.');
        CREATE TABLE logins (id integer PRIMARY KEY, user_email text REFERENCES users (email), at date);
        INSERT INTO logins VALUES (1, 'maria@secret.test', '2024-01-01')"#,
    );
    shop.rules(&format!(
        r#"{DOMAIN}tables:
  users:
    keep: [id]
    mask:
      email: person_email
      login: person_email
      copy: person_email
      profile: {{ json: {{ keep: [theme], fields: {{ "contact.emails[*]": person_email }} }} }}
      raw: {{ json: {{ fields: {{ email: person_email }} }} }}
      others: person_email
      note: {{ redact: {{ fields: {{ email: person_email }} }} }}
  logins: {{ keep: rest }}
"#
    ));
    shop.refresh();
    let crm = Pair::with(
        "one_email_crm",
        "CREATE EXTENSION citext; CREATE SCHEMA crm;
         CREATE TABLE crm.contact (mail citext PRIMARY KEY, log text, tags varchar(60)[]);
         INSERT INTO crm.contact VALUES ('MARIA@SECRET.TEST', 'maria@secret.test wrote; cc jose@SECRET.test', '{Maria@secret.test}')",
    );
    crm.rules(&format!(
        "{DOMAIN}tables: {{ crm.contact: {{ mask: {{ mail: person_email, log: {{ redact: {{ fields: {{ email: person_email }} }} }}, tags: person_email }} }} }}\n"
    ));
    crm.refresh();
    let maria = shop.at_target("SELECT email FROM users");
    let jose = shop.at_target("SELECT others[2] FROM users");
    assert!(maria.ends_with("@example.com") && jose.ends_with("@example.com") && maria != jose, "{maria} {jose}");
    for (pair, sql, wanted) in [
        (&shop, "SELECT login FROM users", &maria),
        (&shop, "SELECT copy FROM users", &maria),
        (&shop, "SELECT profile->'contact'->'emails'->>0 FROM users", &maria),
        (&shop, "SELECT profile->'contact'->'emails'->>1 FROM users", &maria),
        (&shop, "SELECT raw::json->>'email' FROM users", &maria),
        (&shop, "SELECT others[1] FROM users", &maria),
        (&shop, "SELECT user_email FROM logins", &maria),
        (&shop, "SELECT note FROM users", &format!("Write to {maria}, not to <{jose}>.")),
        (&crm, "SELECT mail FROM crm.contact", &maria),
        (&crm, "SELECT tags[1] FROM crm.contact", &maria),
        (&crm, "SELECT log FROM crm.contact", &format!("{maria} wrote; cc {jose}")),
    ] {
        assert_eq!(pair.at_target(sql), *wanted, "{sql}");
    }
}
