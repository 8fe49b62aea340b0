//! What staging owns survives its refresh.

use crate::fixture::{Pair, Run};
use rand::{Rng, RngExt, SeedableRng};
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SOURCE: &str = "
    CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL, plan text);
    INSERT INTO users (email, plan) SELECT 'p' || i || '@real.test', 'free' FROM generate_series(1, 50) i;
    CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL REFERENCES users, total integer);
    INSERT INTO orders (user_id, total) SELECT i, i FROM generate_series(1, 50) i;
    CREATE TABLE oauth_clients (id serial PRIMARY KEY, secret text NOT NULL);
    INSERT INTO oauth_clients (secret) VALUES ('production''s own secret');
    CREATE TABLE feature_flags (name text PRIMARY KEY, enabled boolean NOT NULL, rollout integer);
    INSERT INTO feature_flags VALUES ('old', false, 0), ('new', false, 0);
    CREATE TABLE log (line text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (''touched''); NEW.plan := ''changed''; RETURN NEW; END';
    CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note();";

const RULES: &str = "
empty: [log]
tables:
  users: { keep: [id, plan], mask: { email: email } }
  orders: { keep: [id, user_id, total] }
  feature_flags: { keep: [name, enabled, rollout] }
";

const CARRY: &str = "
sequences: { start: 1000000 }
carry:
  oauth_clients: all
  feature_flags: { columns: [enabled, rollout], key: name }
  users: { where: \"email LIKE '%@qa.test'\" }
  orders: { where: \"user_id IN (SELECT u.id FROM users u WHERE u.email LIKE '%@qa.test')\" }";

fn owned(pair: &Pair) -> String {
    pair.at_target(
        "SELECT string_agg(secret, ',') FROM oauth_clients; SELECT string_agg(concat_ws(' ', name, enabled, rollout), ',' ORDER BY name) FROM feature_flags;
         SELECT string_agg(concat_ws(' ', u.id, email, plan, o.id, total), ',' ORDER BY u.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE email LIKE '%@qa.test';
         SELECT count(*) FROM users; SELECT count(*) FROM log; SELECT tgenabled FROM pg_trigger WHERE tgname = 'noted'",
    )
}

#[test]
fn rows_columns_and_tables_of_staging_survive() {
    let pair = Pair::with("carry", SOURCE);
    pair.rules_for(CARRY, RULES);
    pair.run(&["plan"]).expect(0).says("carry: all");
    pair.refresh();
    assert_eq!(pair.at_target("SELECT count(*) FROM oauth_clients; SELECT nextval('users_id_seq')"), "0\n1000000");
    pair.at_target(
        "ALTER TABLE users DISABLE TRIGGER noted;
         INSERT INTO users (email, plan) VALUES ('a@qa.test', 'pro'), ('b@qa.test', 'pro'), ('c@elsewhere.test', 'pro');
         ALTER TABLE users ENABLE TRIGGER noted;
         INSERT INTO orders (user_id, total) VALUES (1000001, 7); INSERT INTO oauth_clients (secret) VALUES ('ours');
         UPDATE feature_flags SET enabled = true, rollout = 50 WHERE name = 'old'",
    );
    pair.at_source("INSERT INTO feature_flags VALUES ('newest', false, 1)");
    for _ in 0..2 {
        let run = pair.refresh().says("rows carried over");
        run.never_says("production's own secret");
        assert_eq!(
            owned(&pair),
            "ours\nnew f 0,newest f 1,old t 50\n1000001 a@qa.test pro 1000000 7,1000002 b@qa.test pro\n52\n0\nO"
        );
        assert_eq!(
            pair.at_target("SELECT nextval('users_id_seq'), nextval('oauth_clients_id_seq')"),
            "1000003|1000001"
        );
    }
}

#[test]
fn what_cannot_be_carried_is_said_by_the_plan() {
    let pair = Pair::with("carry_wrong", SOURCE);
    pair.rules_for("carry: { oauth_clients: all }", RULES);
    pair.refresh();
    for (carry, words) in [
        ("oauth_client: all", "did you mean"),
        ("oauth_clients: all, users: { where: \"emial = 'a'\" }", "emial"),
        ("oauth_clients: all, users: { where: \"true); DROP TABLE users\" }", "one expression"),
        ("oauth_clients: all, users: { columns: [plan], key: plan }", "no unique key"),
        ("oauth_clients: all, users: { columns: [plam], key: id }", "did you mean"),
    ] {
        pair.rules_for(&format!("carry: {{ {carry} }}"), RULES);
        pair.run(&["plan"]).expect(3).says(words);
    }
    for (carry, words) in [
        ("users: some", "not said"),
        ("users: { columns: [plan] }", "need a `key`"),
        ("users: { where: a, columns: [plan], key: id }", "not said"),
        ("users: { where: a, conflict: staging }", "allowed: refuse, carried, clone"),
    ] {
        pair.rules_for(&format!("carry: {{ {carry} }}"), RULES);
        pair.run(&["plan"]).expect(2).says(words);
    }
}

#[test]
fn a_kill_while_carrying_leaves_staging_whole() {
    let pair = Pair::with("carry_kill", SOURCE);
    std::fs::write(pair.directory.path().join("slow.sql"), "SELECT pg_sleep(0.2)").unwrap();
    pair.rules_for(&format!("{CARRY}\nafter: [{{ sql: slow.sql }}]"), RULES);
    pair.refresh();
    pair.at_target("INSERT INTO oauth_clients (secret) VALUES ('ours'); UPDATE feature_flags SET enabled = true");
    let took = pair.refresh().seconds;
    let before = pair.digest();
    for round in 0..6 {
        let mut run = pair.start(&["refresh", "--yes"]);
        let moment = took.mul_f64(0.6 + 0.08 * f64::from(round));
        while run.since.elapsed() < moment && !run.ended() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if !run.ended() {
            run.signal(if round % 2 == 0 { Signal::KILL } else { Signal::TERM });
        }
        run.wait(Duration::from_secs(10)).no_panic();
        assert_eq!(pair.digest(), before, "round {round}");
    }
    pair.refresh();
    assert_eq!(pair.digest(), before);
    assert_eq!(pair.beside_target().len(), 1, "{:?}", pair.beside_target());
}

/// Rows of both tables by id: the parent's code, the child's parent and boss.
#[derive(Debug, Clone, Default, PartialEq)]
struct Rows {
    parents: BTreeMap<i64, i64>,
    children: BTreeMap<i64, (i64, Option<i64>)>,
}

impl Rows {
    /// Rows that refer to each other only.
    fn random(random: &mut impl Rng) -> Self {
        let mut rows = Rows::default();
        for _ in 0..random.random_range(1..7) {
            let code = random.random_range(1..12);
            if !rows.parents.values().any(|one| *one == code) {
                rows.parents.insert(random.random_range(1..12), code);
            }
        }
        let parents: Vec<i64> = rows.parents.keys().copied().collect();
        for _ in 0..random.random_range(0..8) {
            let bosses: Vec<i64> = rows.children.keys().copied().collect();
            let boss =
                (!bosses.is_empty() && random.random_bool(0.5)).then(|| bosses[random.random_range(0..bosses.len())]);
            let id = random.random_range(1..14);
            rows.children.entry(id).or_insert((parents[random.random_range(0..parents.len())], boss));
        }
        rows
    }

    fn sql(&self) -> String {
        let mut sql = String::from("BEGIN; DELETE FROM child; DELETE FROM parent;");
        for (id, code) in &self.parents {
            sql.push_str(&format!("INSERT INTO parent VALUES ({id}, {code});"));
        }
        let children: Vec<String> = self
            .children
            .iter()
            .map(|(id, (parent, boss))| {
                format!("({id}, {parent}, {})", boss.map_or("NULL".into(), |boss| boss.to_string()))
            })
            .collect();
        if !children.is_empty() {
            sql.push_str(&format!("INSERT INTO child VALUES {};", children.join(", ")));
        }
        sql + "COMMIT"
    }

    fn read(text: &str) -> Self {
        let mut rows = Rows::default();
        for line in text.lines() {
            let fields: Vec<Option<i64>> = line.split(' ').skip(1).map(|field| field.parse().ok()).collect();
            if line.starts_with('p') {
                rows.parents.insert(fields[0].unwrap(), fields[1].unwrap());
            } else {
                rows.children.insert(fields[0].unwrap(), (fields[1].unwrap(), fields[2]));
            }
        }
        rows
    }

    /// Every reference leads somewhere.
    fn whole(&self) -> bool {
        let mut children = self.children.values();
        children.all(|(parent, boss)| {
            self.parents.contains_key(parent) && boss.is_none_or(|boss| self.children.contains_key(&boss))
        })
    }
}

/// What a refresh should give; `None`: it fails.
fn oracle(clone: &Rows, staging: &Rows, parents: &str, children: &str) -> Option<Rows> {
    let (mut clone, mut carried) = (clone.clone(), staging.clone());
    let parent_meets = |clone: &Rows, id: &i64, code: &i64| {
        clone.parents.contains_key(id) || clone.parents.values().any(|one| one == code)
    };
    let meeting: BTreeSet<i64> =
        carried.parents.iter().filter(|(id, code)| parent_meets(&clone, id, code)).map(|(id, _)| *id).collect();
    let child_meeting: BTreeSet<i64> =
        carried.children.keys().filter(|id| clone.children.contains_key(id)).copied().collect();
    if parents == "refuse" && !meeting.is_empty() || children == "refuse" && !child_meeting.is_empty() {
        return None;
    }
    if parents == "clone" {
        carried.parents.retain(|id, _| !meeting.contains(id));
    }
    if children == "clone" {
        carried.children.retain(|id, _| !child_meeting.contains(id));
    }
    loop {
        let (known, bosses) = (carried.parents.clone(), carried.children.clone());
        let count = carried.children.len();
        carried.children.retain(|_, (parent, boss)| {
            (clone.parents.contains_key(parent) || known.contains_key(parent))
                && boss.is_none_or(|boss| clone.children.contains_key(&boss) || bosses.contains_key(&boss))
        });
        if carried.children.len() == count {
            break;
        }
    }
    clone
        .parents
        .retain(|id, code| !carried.parents.contains_key(id) && !carried.parents.values().any(|one| one == code));
    clone.children.retain(|id, _| !carried.children.contains_key(id));
    clone.parents.extend(carried.parents);
    clone.children.extend(carried.children);
    clone.whole().then_some(clone)
}

#[test]
fn random_tables_are_carried_as_the_oracle_says() {
    let pair = Pair::with(
        "carry_random",
        "CREATE TABLE parent (id bigint PRIMARY KEY, code bigint UNIQUE NOT NULL);
         CREATE TABLE child (id bigint PRIMARY KEY, parent_id bigint NOT NULL REFERENCES parent ON DELETE CASCADE, boss bigint REFERENCES child);",
    );
    // Production may have no child while staging has some.
    let body =
        "tables: { parent: { keep: [id, code] }, child: { keep: [id, parent_id, boss], expect: { at_least: 0 } } }\n";
    pair.rules(body);
    pair.refresh();
    let seed: u64 =
        std::env::var("STANDIN_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(rand::random);
    println!("STANDIN_TEST_SEED={seed}");
    let mut random = rand::rngs::ChaCha8Rng::seed_from_u64(seed);
    let conflicts = ["refuse", "carried", "clone"];
    let (mut failed, mut done) = (0, 0);
    for _ in 0..14 {
        let (production, staging) = (Rows::random(&mut random), Rows::random(&mut random));
        let [parents, children] = [0, 0].map(|_: i32| conflicts[random.random_range(0..3)]);
        pair.at_source(&production.sql());
        pair.at_target(&staging.sql());
        pair.rules_for(
            &format!("carry: {{ parent: {{ where: \"id > 0\", conflict: {parents} }}, child: {{ where: \"id > 0\", conflict: {children} }} }}"),
            body,
        );
        let wanted = oracle(&production, &staging, parents, children);
        let run: Run = pair.run(&["refresh", "--yes"]);
        let context = format!("{parents} {children}\n{production:?}\n{staging:?}\n{}", run.text());
        let found = Rows::read(&pair.at_target(
            "SELECT concat_ws(' ', 'p', id, code) FROM parent UNION ALL SELECT concat_ws(' ', 'c', id, parent_id, coalesce(boss::text, '-')) FROM child",
        ));
        match wanted {
            Some(wanted) => {
                assert_eq!(run.code(), Some(0), "{context}");
                assert_eq!(found, wanted, "{context}");
                done += 1;
            }
            None => {
                assert_eq!(run.code(), Some(1), "{context}");
                assert_eq!(found, staging, "{context}");
                failed += 1;
            }
        }
    }
    println!("{done} carried, {failed} refused");
}
