//! What the schema tells of people: values in definitions are copied, so the plan says where they are, and never what they
//! are; and columns whose names speak of somebody.

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

#[test]
fn what_the_rest_keeps_is_warned_of_where_its_name_speaks_of_somebody() {
    let columns = "id integer PRIMARY KEY, \"birthDate\" date, ssn bigint, phone_number numeric, lat float8, reset_token uuid, \
                   gender smallint, salary integer";
    let others =
        "platform integer, card_count integer, phone_verified boolean, token_id uuid, latest date, born integer";
    let pair = Pair::with("definitions_names", &format!("CREATE TABLE staff ({columns}, {others})"));
    let personal = ["birthDate", "ssn", "phone_number", "lat", "reset_token", "gender", "salary"];
    pair.rules("tables: {}");
    let refused = pair.run(&["plan"]).expect(3);
    personal
        .iter()
        .fold(refused, |run, name| run.says(&format!("{name}: …")))
        .says("keep: rest, mask: {")
        .never_says("platform");
    pair.rules("tables: { staff: { keep: rest } }");
    let plan = pair.run(&["plan"]).expect(0).says("warning[kept-by-rest]").says("by its name it may be somebody's");
    let said = |name: &&str| plan.text().contains(&format!("public.staff.{name}: `keep: rest` keeps it"));
    assert!(personal.iter().all(said), "{}", plan.text());
    assert_eq!(plan.text().matches("[kept-by-rest]").count(), personal.len(), "{}", plan.text());
    pair.rules(&format!(
        "tables: {{ staff: {{ keep: [id, {}, platform, card_count, phone_verified, token_id, latest, born] }} }}",
        personal.join(", ")
    ));
    pair.run(&["plan"]).expect(0).never_says("kept-by-rest");
}
