//! What a clone must not carry is taken out of its entries, and production's roles become the target's.

use super::lexer::{self, Token};
use super::script::Entry;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How entries change on their way to the target.
pub struct Map<'a> {
    /// What becomes of each role; `None`: dropped. A role that is missing here stays as it is.
    pub roles: &'a BTreeMap<Name, Option<Name>>,
    /// Tablespaces that the target has.
    pub tablespaces: &'a BTreeSet<Name>,
    /// May our user act in another role's name.
    pub superuser: bool,
    /// The source's first superuser, if our user cannot give things to a role of that name: the schema public stays as
    /// the target's server made it.
    pub stranger: Option<&'a Name>,
}

impl Map<'_> {
    /// The entry for the target; `None` if nothing of it is left.
    pub fn apply(&self, mut entry: Entry) -> Result<Option<Entry>> {
        let sql = match entry.kind.as_str() {
            "EVENT TRIGGER"
            | "USER MAPPING"
            | "PUBLICATION"
            | "PUBLICATION TABLE"
            | "PUBLICATION TABLES IN SCHEMA"
            | "SUBSCRIPTION"
            | "SUBSCRIPTION TABLE"
            | "SECURITY LABEL" => return Ok(None),
            "COMMENT" if entry.name.starts_with("EVENT TRIGGER ") => return Ok(None),
            // Every new database has this one, whose schema may not be ours to comment on.
            "COMMENT" if entry.sql.ends_with(" IS 'standard public schema';") => return Ok(None),
            "ACL" | "DEFAULT ACL" => self.grants(&entry.sql),
            "POLICY" => self.policy(&entry.sql),
            "SCHEMA" if entry.name == "public" => self.public(&entry.sql),
            "SERVER" | "FOREIGN DATA WRAPPER" => self.owner(&without_options(&entry.sql)),
            _ => self.owner(&entry.sql),
        };
        let Some(sql) = sql else {
            return Err(Error::failed(Diagnostic::error(
                "schema-read",
                Place::Object(entry.name),
                "pg_dump wrote a statement that standin cannot read",
            )));
        };
        entry.sql = sql;
        entry.tablespace = entry.tablespace.filter(|name| self.tablespaces.contains(name));
        Ok((!entry.sql.trim().is_empty()).then_some(entry))
    }

    /// The schema public, which every database has: its owner changes unless that is a stranger.
    fn public(&self, sql: &str) -> Option<String> {
        let sql = self.owner(sql)?;
        let strange = |name: &&Name| sql.ends_with(&format!(" OWNER TO {};", name.sql()));
        Some(if self.stranger.as_ref().is_some_and(strange) { String::new() } else { sql })
    }

    /// Replaces the role at the very end of `… OWNER TO role;`; a dropped one becomes the one who runs the statement.
    fn owner(&self, sql: &str) -> Option<String> {
        let Some(at) = sql.rfind(" OWNER TO ") else { return Some(sql.to_owned()) };
        let tail = &sql[at + 10..];
        let tokens = lexer::tokens(tail);
        let ends = tokens.len() == 2 && &tail[tokens[1].place.clone()] == ";";
        if !ends {
            return Some(sql.to_owned());
        }
        let role = match self.role(&tail[tokens[0].place.clone()]) {
            Some(role) => role,
            None => "CURRENT_USER".to_owned(),
        };
        Some(format!("{} OWNER TO {role};", &sql[..at]))
    }

    /// Rewrites GRANT, REVOKE and ALTER DEFAULT PRIVILEGES; a statement whose role is dropped is dropped.
    fn grants(&self, sql: &str) -> Option<String> {
        let mut written = String::new();
        for (place, tokens) in lexer::statements(sql) {
            if let Some(statement) = self.grant(sql, place, &tokens)? {
                written.push_str(&statement);
                written.push_str(";\n");
            }
        }
        Some(written)
    }

    fn grant(&self, sql: &str, place: Range<usize>, tokens: &[Token]) -> Option<Option<String>> {
        let word = |token: &Token| &sql[token.place.clone()];
        let first = word(tokens.first()?);
        if matches!(first, "SET" | "RESET") {
            return Some(self.session(sql, place, tokens));
        }
        let mut names: Vec<&Token> = Vec::new();
        if first == "ALTER" {
            let at = tokens.iter().position(|token| word(token) == "ROLE")?;
            names.push(tokens.get(at + 1)?);
        }
        let at = tokens.iter().rposition(|token| token.depth == 0 && matches!(word(token), "TO" | "FROM"))?;
        names.push(tokens.get(at + 1)?);
        self.replace(sql, place, &names)
    }

    /// `SET SESSION AUTHORIZATION role` around a grant by somebody else than the owner.
    fn session(&self, sql: &str, place: Range<usize>, tokens: &[Token]) -> Option<String> {
        let statement = sql[place.clone()].to_owned();
        if !statement.contains("SESSION AUTHORIZATION") {
            return Some(statement);
        }
        if !self.superuser {
            return None;
        }
        if statement.starts_with("RESET") {
            return Some(statement);
        }
        let last = tokens.last()?;
        self.replace(sql, place, &[last]).flatten()
    }

    /// Replaces role names; `Some(None)` if one of them is dropped.
    fn replace(&self, sql: &str, place: Range<usize>, names: &[&Token]) -> Option<Option<String>> {
        let mut written = String::new();
        let mut at = place.start;
        for name in names {
            let Some(role) = self.role(&sql[name.place.clone()]) else { return Some(None) };
            written.push_str(&sql[at..name.place.start]);
            written.push_str(&role);
            at = name.place.end;
        }
        written.push_str(&sql[at..place.end]);
        Some(Some(written))
    }

    /// Rewrites the roles of CREATE POLICY; a policy that loses all of them is dropped, never widened to PUBLIC.
    fn policy(&self, sql: &str) -> Option<String> {
        let mut written = String::new();
        for (place, tokens) in lexer::statements(sql) {
            let word = |token: &Token| &sql[token.place.clone()];
            let from = tokens.iter().position(|token| token.depth == 0 && word(token) == "TO");
            let Some(from) = from else {
                written.push_str(&sql[place]);
                written.push_str(";\n");
                continue;
            };
            let after = &tokens[from + 1..];
            let count = after.iter().position(|token| matches!(word(token), "USING" | "WITH")).unwrap_or(after.len());
            let roles: Vec<String> = after[..count]
                .iter()
                .filter(|token| word(token) != ",")
                .filter_map(|token| self.role(word(token)))
                .collect();
            if roles.is_empty() {
                continue;
            }
            let rest = after.get(count).map_or(place.end, |token| token.place.start);
            written.push_str(&sql[place.start..tokens[from].place.end]);
            written.push_str(&format!(" {} {};\n", roles.join(", "), &sql[rest..place.end]));
        }
        Some(written)
    }

    /// What becomes of a role as a statement writes it; `None`: dropped.
    fn role(&self, text: &str) -> Option<String> {
        if matches!(text, "PUBLIC" | "CURRENT_USER" | "SESSION_USER" | "CURRENT_ROLE") {
            return Some(text.to_owned());
        }
        let name = match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) => Name::from(quoted.replace("\"\"", "\"")),
            None => Name::from(text),
        };
        match self.roles.get(&name) {
            None => Some(name.sql()),
            Some(becomes) => becomes.as_ref().map(Name::sql),
        }
    }
}

/// The quoted name of what the first GRANT or REVOKE speaks of, as in `"s"."t"`; of a function without its arguments.
pub(super) fn object(sql: &str) -> Option<&str> {
    let word = |token: &Token| &sql[token.place.clone()];
    let statements = lexer::statements(sql);
    let (_, tokens) = statements.iter().find(|(_, tokens)| matches!(word(&tokens[0]), "GRANT" | "REVOKE"))?;
    let on = tokens.iter().position(|token| token.depth == 0 && word(token) == "ON")?;
    let first = on + tokens[on..].iter().position(|token| word(token).starts_with('"'))?;
    let is_two = tokens.get(first + 1).is_some_and(|token| word(token) == ".");
    let last = if is_two { tokens.get(first + 2)? } else { &tokens[first] };
    Some(&sql[tokens[first].place.start..last.place.end])
}

/// Takes `OPTIONS (…)` out of CREATE SERVER and CREATE FOREIGN DATA WRAPPER: it may hold hosts and passwords.
fn without_options(sql: &str) -> String {
    let mut written = String::new();
    let tokens = lexer::tokens(sql);
    let mut at = 0;
    let mut index = 0;
    while index < tokens.len() {
        let token = &tokens[index];
        if token.depth == 0 && &sql[token.place.clone()] == "OPTIONS" {
            written.push_str(&sql[at..token.place.start]);
            let close =
                tokens[index + 1..].iter().position(|token| token.depth == 0 && &sql[token.place.clone()] == ")");
            index = close.map_or(tokens.len(), |close| index + 1 + close + 1);
            at = tokens.get(index.wrapping_sub(1)).map_or(sql.len(), |token| token.place.end);
            continue;
        }
        index += 1;
    }
    written.push_str(&sql[at..]);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: &str, sql: &str) -> Option<String> {
        let roles: BTreeMap<Name, Option<Name>> = [
            (Name::from("prod"), Some(Name::from("stage"))),
            (Name::from("odd\"one"), Some(Name::from("plain"))),
            (Name::from("gone"), None),
        ]
        .into();
        let chief = Name::from("chief");
        let map = Map { roles: &roles, tablespaces: &BTreeSet::new(), superuser: false, stranger: Some(&chief) };
        let entry = Entry {
            number: 1,
            oid: 1,
            kind: kind.into(),
            name: "public".into(),
            sql: sql.into(),
            tablespace: None,
            method: None,
        };
        map.apply(entry).expect("readable").map(|entry| entry.sql)
    }

    #[test]
    fn owners_become_the_targets() {
        assert_eq!(
            change("TABLE", "CREATE TABLE t ();\n\nALTER TABLE public.t OWNER TO prod;").as_deref(),
            Some("CREATE TABLE t ();\n\nALTER TABLE public.t OWNER TO \"stage\";")
        );
        assert_eq!(
            change("TABLE", "ALTER TABLE public.t OWNER TO \"gone\";").as_deref(),
            Some("ALTER TABLE public.t OWNER TO CURRENT_USER;")
        );
        let public = "-- *not* creating schema, since initdb creates it\n\n\nALTER SCHEMA public OWNER TO chief;";
        assert_eq!(change("SCHEMA", public), None);
        let body = "CREATE FUNCTION f() AS $$ ALTER TABLE t OWNER TO prod; $$;";
        assert_eq!(change("FUNCTION", body).as_deref(), Some(body));
    }

    #[test]
    fn grants_follow_and_vanish() {
        let sql = "REVOKE ALL ON TABLE \"a; TO b\" FROM PUBLIC;\nGRANT SELECT(\"x\") ON TABLE t TO \"odd\"\"one\" WITH GRANT OPTION;\nGRANT ALL ON TABLE t TO \"gone\";";
        assert_eq!(
            change("ACL", sql).as_deref(),
            Some(
                "REVOKE ALL ON TABLE \"a; TO b\" FROM PUBLIC;\nGRANT SELECT(\"x\") ON TABLE t TO \"plain\" WITH GRANT OPTION;\n"
            )
        );
        let default =
            "ALTER DEFAULT PRIVILEGES FOR ROLE \"prod\" IN SCHEMA \"s\" GRANT SELECT ON TABLES  TO \"odd\"\"one\";";
        assert_eq!(
            change("DEFAULT ACL", default).as_deref(),
            Some("ALTER DEFAULT PRIVILEGES FOR ROLE \"stage\" IN SCHEMA \"s\" GRANT SELECT ON TABLES  TO \"plain\";\n")
        );
        assert_eq!(change("ACL", "GRANT ALL ON TABLE t TO \"gone\";"), None);
    }

    #[test]
    fn the_object_of_a_grant_is_found() {
        let column = "REVOKE ALL (\"ON\") ON TABLE \"s\".\"a\"\"b\" FROM \"x\";";
        assert_eq!(object(column), Some("\"s\".\"a\"\"b\""));
        assert_eq!(
            object("SET x = 1;\nGRANT ALL ON FUNCTION \"s\".\"f\"(\"a\" \"oid\") TO \"x\";"),
            Some("\"s\".\"f\"")
        );
        assert_eq!(object("GRANT USAGE ON SCHEMA \"cron\" TO \"x\";"), Some("\"cron\""));
        assert_eq!(object("SELECT 1;"), None);
    }

    #[test]
    fn a_policy_is_never_widened() {
        let policy = "CREATE POLICY p ON t FOR SELECT TO \"prod\", \"gone\" USING ((a = 'TO x'));";
        assert_eq!(
            change("POLICY", policy).as_deref(),
            Some("CREATE POLICY p ON t FOR SELECT TO \"stage\" USING ((a = 'TO x'));\n")
        );
        assert_eq!(change("POLICY", "CREATE POLICY p ON t TO \"gone\" USING (true);"), None);
        assert_eq!(
            change("POLICY", "CREATE POLICY p ON t USING (true);").as_deref(),
            Some("CREATE POLICY p ON t USING (true);\n")
        );
    }

    #[test]
    fn a_server_loses_its_options() {
        let sql = "CREATE SERVER s FOREIGN DATA WRAPPER f OPTIONS (\n    host 'a)b',\n    \"password\" 'x'\n);\n\n\nALTER SERVER s OWNER TO prod;";
        assert_eq!(
            change("SERVER", sql).as_deref(),
            Some("CREATE SERVER s FOREIGN DATA WRAPPER f ;\n\n\nALTER SERVER s OWNER TO \"stage\";")
        );
    }
}
