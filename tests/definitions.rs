//! Values that stand in the schema itself: they are copied, so the plan says where they are, and never what they are.

use crate::fixture::Pair;

const SOURCE: &str = r#"
CREATE TYPE owner AS ENUM ('nobody', 'maria@secret.de');
CREATE TABLE item (id integer PRIMARY KEY, owner owner, mail text DEFAULT 'boss@secret.de' CHECK (mail ~ '^[a-z]+@[a-z]+\.de$'),
                   host text CHECK (host <> 'nobody@example.com')) PARTITION BY RANGE (id);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (0) TO (100);
CREATE INDEX item_mail ON item (id) WHERE mail = 'jose@secret.de';
CREATE VIEW vip AS SELECT id FROM item WHERE mail = 'anna@secret.de';
CREATE FUNCTION far() RETURNS text LANGUAGE sql AS $$ SELECT 'host=db password=s3cret-word' $$;
CREATE FUNCTION account() RETURNS text LANGUAGE sql AS $$ SELECT 'DE89370400440532013000' $$;
CREATE EXTENSION citext;
INSERT INTO item VALUES (1, 'nobody', 'a@b.de', '');
"#;

#[test]
fn the_plan_names_the_objects_and_not_the_values() {
    let pair = Pair::with("definitions", SOURCE);
    pair.rules("tables: { item: { keep: [id, owner, host], mask: { mail: { constant: a@b.de } } } }");
    let mut plan = pair.run(&["plan"]).expect(0);
    for words in [
        "warning[schema-value]",
        "definitions hold what looks like an email address",
        "default value for column mail of table public.item",
        "index public.item_mail",
        "type public.owner",
        "view public.vip",
        "function public.far(): its definition holds what looks like a password",
        "function public.account(): its definition holds what looks like an account",
    ] {
        plan = plan.says(words);
    }
    for words in ["secret", "DE89", "constraint", "citext"] {
        plan = plan.never_says(words);
    }
    pair.refresh();
}
