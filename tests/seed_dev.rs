//! `seed-dev`: a migrated schema alone becomes a full database, all or nothing.

use crate::compare;
use crate::fixture::{Run, Running, Server, servers, standin};
use std::path::Path;
use std::time::Duration;

/// A database of one test on the target's server, without rows.
pub struct Fresh {
    /// Its name.
    pub name: String,
    /// Where the command runs.
    pub directory: tempfile::TempDir,
}

impl Fresh {
    pub fn new(name: &str, sql: &str) -> Self {
        server().create(name);
        server().psql(name, &format!("SET search_path = public;\n{sql}"));
        Fresh { name: name.to_owned(), directory: tempfile::tempdir().unwrap() }
    }

    /// The schema of a dataset.
    fn of(name: &str, file: &str) -> Self {
        let (full, fresh) = (format!("{name}_full"), Fresh::new(name, ""));
        server().create(&full);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/datasets").join(file);
        server().file(&full, &path).unwrap();
        server().try_psql(name, server().dump(&full, &["--schema-only"])).unwrap();
        fresh
    }

    fn start(&self, arguments: &[&str]) -> Running {
        let mut command = standin(self.directory.path(), arguments);
        command.env("DATABASE_URL", server().url(&self.name, "postgres"));
        Running::start(command)
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait(Duration::from_secs(120))
    }

    pub fn sql(&self, sql: &str) -> String {
        server().psql(&self.name, &format!("SET search_path = public;\n{sql}"))
    }

    pub fn digest(&self) -> String {
        compare::digest(server(), &self.name)
    }

    /// Tables without rows.
    pub fn empty(&self) -> String {
        self.sql(
            "SELECT string_agg(c.oid::regclass::text, ',' ORDER BY c.oid::regclass::text) FROM pg_class c
             JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^(pg_|information_schema)'
               AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', c.oid::regclass), true, true, '')))[1]::text = '0'",
        )
    }

    /// Constraints that some row breaks, by SQL made from the catalog.
    pub fn broken(&self) -> String {
        self.sql(include_str!("broken.sql"))
    }
}

fn server() -> &'static Server {
    &servers().target
}

/// Seeds two databases of one schema, which must become alike, full and right.
fn full(name: &str, make: impl Fn(&str) -> Fresh) -> Fresh {
    full_but_for(name, "", make)
}

/// The same; some SQL removes what triggers of the schema wrote with their own clock, before the two are compared.
fn full_but_for(name: &str, triggers: &str, make: impl Fn(&str) -> Fresh) -> Fresh {
    let [one, two] = ["one", "two"].map(|part| make(&format!("seed_{name}_{part}")));
    for (fresh, jobs) in [(&one, "1"), (&two, "2")] {
        fresh.run(&["seed-dev", "--jobs", jobs]).expect(0).says("seeded");
        assert_eq!(fresh.broken(), "");
        fresh.sql(triggers);
    }
    assert_eq!(one.digest(), two.digest());
    two
}

#[test]
fn the_shop_is_filled() {
    let shop = full_but_for("shop", "DELETE FROM audit_logs WHERE action LIKE 'order\\_%'", |name| {
        Fresh::new(
            name,
            &std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/shop/V1__shop.sql"))
                .unwrap(),
        )
    });
    assert_eq!(shop.empty(), "");
    let before = shop.digest();
    shop.run(&["seed-dev"]).expect(0).says("nothing to do");
    assert_eq!(shop.digest(), before);
    let other = Fresh::new("seed_shop_other", "CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    other.run(&["seed-dev", "--seed", "7"]).expect(0);
    let seven = other.digest();
    other.sql("TRUNCATE notes RESTART IDENTITY");
    other.run(&["seed-dev", "--seed", "8"]).expect(0);
    assert_ne!(other.digest(), seven);
    assert_eq!(other.sql("INSERT INTO notes (body) VALUES ('next') RETURNING id"), "101");
}

#[test]
fn pagila_is_filled() {
    assert_eq!(full("pagila", |name| Fresh::of(name, "pagila/pagila.sql.gz")).empty(), "");
}

#[test]
fn northwind_is_filled() {
    assert_eq!(full("northwind", |name| Fresh::of(name, "northwind/northwind.sql")).empty(), "");
}

#[test]
fn cratesio_is_filled_with_its_triggers_on() {
    let make = |name: &str| Fresh::of(name, "cratesio/cratesio.sql");
    let [one, two] = ["one", "two"].map(|part| make(&format!("seed_cratesio_{part}")));
    for (fresh, jobs) in [(&one, "1"), (&two, "2")] {
        fresh.run(&["seed-dev", "--jobs", jobs]).expect(0).says("but for what triggers write");
        assert_eq!((fresh.broken(), fresh.empty()), (String::new(), "__diesel_schema_migrations".to_owned()));
    }
    let rows = |fresh: &Fresh| {
        fresh.sql("SELECT md5(string_agg(v::text, '' ORDER BY id)) FROM (SELECT id, crate_id, num, created_at, license FROM versions) v; SELECT md5(string_agg(u::text, '' ORDER BY id)) FROM users u")
    };
    assert_eq!(rows(&one), rows(&two));
}

#[test]
fn tables_that_need_each_other_are_filled_in_one_statement() {
    let sql = "
        CREATE TABLE store (id serial PRIMARY KEY, manager integer NOT NULL UNIQUE, name text);
        CREATE TABLE staff (id serial PRIMARY KEY, store integer NOT NULL REFERENCES store, boss integer REFERENCES staff, email text NOT NULL UNIQUE);
        ALTER TABLE store ADD FOREIGN KEY (manager) REFERENCES staff;
        CREATE TABLE booking (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, during tsrange NOT NULL, EXCLUDE USING gist (during WITH &&));
        CREATE TABLE lost (day date NOT NULL) PARTITION BY RANGE (day);
        CREATE TABLE days (day date NOT NULL, note text) PARTITION BY RANGE (day);
        CREATE TABLE days_2030 PARTITION OF days FOR VALUES FROM ('2030-01-01') TO ('2030-03-01');
        CREATE TABLE bare (); CREATE TABLE computed (a integer GENERATED ALWAYS AS (1) STORED);
        CREATE TABLE odd (a integer CHECK (a BETWEEN 3 AND 5), b text CHECK (b ~ '^[A-Z]{2}[0-9]{3}$') NOT NULL, c numeric(4,1) NOT NULL CHECK (c > 900), d date, e date, CHECK (d < e));";
    let fresh = full("cycle", |name| Fresh::new(name, sql));
    assert_eq!((fresh.empty(), fresh.sql("SELECT count(*) FROM booking")), ("lost".to_owned(), "100".to_owned()));
}

#[test]
fn what_constraints_ask_of_odd_columns_is_met() {
    let sql = "
        CREATE DOMAIN code AS text NOT NULL CHECK (VALUE ~ '^[A-Z]{3}-[0-9]{2,4}$'); CREATE DOMAIN a_code AS code CHECK (VALUE LIKE 'A%');
        CREATE TABLE tenants (id serial PRIMARY KEY);
        CREATE TABLE nodes (tenant_id integer NOT NULL REFERENCES tenants, id integer NOT NULL, parent_id integer, PRIMARY KEY (tenant_id, id),
          FOREIGN KEY (tenant_id, parent_id) REFERENCES nodes);
        CREATE TABLE odd (id serial PRIMARY KEY, code code, a a_code UNIQUE, digest text NOT NULL CHECK (length(digest) = 64 AND digest ~ '^[0-9a-f]+$'),
          iso text NOT NULL CHECK (iso SIMILAR TO '[A-Z]{2}'), flags bit(9) NOT NULL, few bit varying(3) NOT NULL, part numeric(3,1)[] NOT NULL, short varchar(3)[] NOT NULL,
          slug text NOT NULL CHECK (slug !~ '[^a-z0-9-]'), loud text NOT NULL CHECK (upper(loud) = loud), low text NOT NULL CHECK (low = lower(low)), login text NOT NULL CHECK (position('@' in login) > 1), net numeric(10,2) NOT NULL, tax numeric(10,2) NOT NULL,
          quantity integer NOT NULL, gross numeric(10,2) NOT NULL CHECK (gross = (net + tax) * quantity), copied text NOT NULL CHECK (copied = slug),
          ip inet NOT NULL, mac macaddr NOT NULL, at time NOT NULL, zoned timetz NOT NULL);
        CREATE TABLE yes (id serial PRIMARY KEY, odd_id integer NOT NULL REFERENCES odd, yes boolean NOT NULL UNIQUE);
        CREATE TABLE hashed (id integer PRIMARY KEY) PARTITION BY HASH (id);
        CREATE TABLE hashed_3 PARTITION OF hashed FOR VALUES WITH (MODULUS 4, REMAINDER 3);
        CREATE TABLE names (name varchar(20) NOT NULL) PARTITION BY RANGE (name);
        CREATE TABLE names_n PARTITION OF names FOR VALUES FROM ('N') TO ('P'); CREATE TABLE names_p PARTITION OF names FOR VALUES FROM ('P') TO (MAXVALUE);
        CREATE TABLE stays (id serial PRIMARY KEY, starts date NOT NULL, ends date NOT NULL CHECK (ends > starts), EXCLUDE USING gist (daterange(starts, ends, '[]') WITH &&));
        CREATE TABLE areas (id serial PRIMARY KEY, area circle NOT NULL, EXCLUDE USING gist (area WITH &&));
        CREATE TYPE level AS ENUM ('low', 'mid', 'high'); CREATE DOMAIN few AS integer CHECK (VALUE BETWEEN 3 AND 5); CREATE TYPE pair AS (one few, other text);
        CREATE TABLE sums (id serial PRIMARY KEY, a integer NOT NULL CHECK (a >= 0), b integer NOT NULL, c integer NOT NULL, CHECK (a < b AND b < c AND c <= 5),
          d numeric(5,2) NOT NULL, e numeric(5,2) NOT NULL, CHECK (d + e = 100 AND d >= 0 AND e >= 0), f integer NOT NULL CHECK (2 * f + a < 20 AND f > 0),
          g date NOT NULL, h date NOT NULL CHECK (h - g BETWEEN 3 AND 5), i timestamptz NOT NULL, j timestamptz NOT NULL CHECK (j > i AND j - i <= '2 hours' AND j < i + '1 month'::interval),
          k interval NOT NULL CHECK (k BETWEEN '01:00:00' AND '02:00:00'), l date NOT NULL CHECK (l <= CURRENT_DATE - '18 years'::interval),
          m level NOT NULL CHECK (m >= 'mid'), n level NOT NULL CHECK (n <> 'low' AND n > 'mid'), o real NOT NULL CHECK (o > 0.999 AND o < 1), p integer NOT NULL CHECK (CASE WHEN p > 10 THEN p < 20 ELSE p > 5 END),
          q date NOT NULL CHECK (date_trunc('month', q) = q), r date NOT NULL CHECK (EXTRACT(day FROM r) = 1), s timestamptz NOT NULL CHECK (date_trunc('hour', s) = s), t text NOT NULL CHECK (length(trim(t)) BETWEEN 3 AND 5));
        CREATE TABLE parts (id serial PRIMARY KEY, a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'array'), b jsonb NOT NULL CHECK (b ? 'x' AND b ?& ARRAY['y', 'z']), c jsonb NOT NULL CHECK ((c ->> 'v') IS NOT NULL),
          d integer[] NOT NULL CHECK (cardinality(d) = 4), e few[] NOT NULL, f pair NOT NULL, g regclass NOT NULL, h jsonpath NOT NULL, i text NOT NULL CHECK (lower(i) IN ('x', 'y')),
          j text NOT NULL CHECK (j::integer BETWEEN 10 AND 20), k pg_lsn NOT NULL UNIQUE, l oid NOT NULL,
          m text NOT NULL CHECK (left(m, 2) = 'AB'), q text NOT NULL CHECK (right(q, 4) = '.pdf'), n text[] NOT NULL CHECK (n <@ ARRAY['a', 'b']), o integer NOT NULL CHECK (abs(o) < 10), p text NOT NULL CHECK (starts_with(p, 'http')));
        CREATE TABLE words (id integer, word text NOT NULL) PARTITION BY LIST (lower(word)); CREATE TABLE words_a PARTITION OF words FOR VALUES IN ('a', 'b');";
    let fresh = full("odd", |name| Fresh::new(name, sql));
    for table in ["odd", "stays", "areas", "sums", "parts", "words", "names"] {
        assert_eq!(fresh.sql(&format!("SELECT count(*) FROM {table}")), "100", "{table}");
    }
    assert_eq!(fresh.sql("SELECT (SELECT count(*) FROM yes), (SELECT count(*) > 80 FROM hashed)"), "2|t");
    assert_eq!(
        fresh.sql("SELECT count(*) > 5, count(DISTINCT tenant_id) > 5 FROM nodes WHERE parent_id IS NOT NULL"),
        "t|t"
    );
    assert_eq!(fresh.sql("SELECT count(*) FROM stays a JOIN stays b ON a.id < b.id AND daterange(a.starts, a.ends, '[]') && daterange(b.starts, b.ends, '[]')"), "0");
}

#[test]
fn parents_beyond_a_million_have_children_too() {
    let sql = "CREATE TABLE many (id integer PRIMARY KEY); INSERT INTO many SELECT generate_series(1, 1000100);
               CREATE TABLE few (id serial PRIMARY KEY, many_id integer NOT NULL REFERENCES many);
               CREATE TABLE one (id serial PRIMARY KEY, two integer NOT NULL, many_id integer NOT NULL REFERENCES many);
               CREATE TABLE two (id serial PRIMARY KEY, one integer NOT NULL REFERENCES one); ALTER TABLE one ADD FOREIGN KEY (two) REFERENCES two;";
    let fresh = Fresh::new("seed_many", sql);
    fresh
        .run(&["seed-dev", "--rows", "few=400", "--adopt"])
        .expect(3)
        .says("each of 1000100 rows")
        .says("--rows public.one=1000");
    fresh.run(&["seed-dev", "--rows", "few=400", "--rows", "one=40", "--adopt"]).expect(0);
    assert_eq!(fresh.sql("SELECT count(*), count(DISTINCT two), max(many_id) > 60 FROM one"), "40|10|t");
    assert_eq!(
        fresh.sql("SELECT count(*), count(*) FILTER (WHERE many_id > 500050), count(DISTINCT id) FROM few"),
        "400|200|400"
    );
}

#[test]
fn threads_change_no_row() {
    let sql = "CREATE TABLE staff (id serial PRIMARY KEY, boss integer REFERENCES staff, email text NOT NULL UNIQUE, CHECK (md5(email) > '01'));
               CREATE TABLE entries (id serial PRIMARY KEY, staff integer NOT NULL REFERENCES staff, at timestamptz NOT NULL, note text);";
    let [one, two] = ["1", "4"].map(|jobs| {
        let fresh = Fresh::new(&format!("seed_threads_{jobs}"), sql);
        fresh.run(&["seed-dev", "--rows", "staff=21000", "--jobs", jobs]).expect(0);
        fresh
    });
    assert_eq!(one.sql("SELECT count(*), count(DISTINCT boss) > 1000 FROM staff"), "21000|t");
    assert_eq!(one.sql("SELECT count(*) BETWEEN 55000 AND 70000 FROM entries"), "t");
    assert_eq!(one.digest(), two.digest());
}

#[test]
fn short_unique_columns_keep_their_counter_when_rows_are_refused() {
    let sql = "CREATE TABLE codes (id serial PRIMARY KEY, code char(2) NOT NULL UNIQUE, odd integer NOT NULL CHECK (md5(odd::text) < '8'))";
    let fresh = Fresh::new("seed_short", sql);
    fresh.run(&["seed-dev"]).expect(0);
    assert_eq!(fresh.sql("SELECT count(*), count(DISTINCT code) FROM codes"), "100|100");
}

#[test]
fn tables_at_the_end_of_a_long_chain_are_not_huge() {
    let link =
        |at: usize| format!("CREATE TABLE c{} (id serial PRIMARY KEY, up integer NOT NULL REFERENCES c{at});", at + 1);
    let sql = format!("CREATE TABLE c0 (id serial PRIMARY KEY); {}", (0..9).map(link).collect::<String>());
    let fresh = Fresh::new("seed_chain", &sql);
    fresh.run(&["seed-dev"]).expect(0);
    let counts = fresh.sql("SELECT (SELECT count(*) FROM c5) > 1000, (SELECT count(*) FROM c9) BETWEEN 100 AND 6000");
    assert_eq!(counts, "t|t");
}

#[test]
fn what_cannot_be_filled_is_named_and_nothing_stays() {
    let sql = "CREATE TABLE good (id serial PRIMARY KEY, name text);
               CREATE TABLE zbad (id serial PRIMARY KEY, good integer NOT NULL REFERENCES good, total integer NOT NULL, CONSTRAINT small CHECK (total < 5), CONSTRAINT large CHECK (total > 9));";
    let fresh = Fresh::new("seed_bad", sql);
    let before = fresh.digest();
    fresh.run(&["seed-dev"]).expect(3).says("zbad").says("large").says("small");
    fresh.sql("ALTER TABLE zbad DROP CONSTRAINT large, ADD CONSTRAINT odd CHECK (md5(total::text) = 'x')");
    fresh.run(&["seed-dev"]).expect(3).says("constraint odd");
    assert_eq!((fresh.digest(), fresh.empty()), (before, "good,zbad".to_owned()));
    fresh.sql("CREATE TABLE never (id integer, CONSTRAINT shut CHECK (false) NO INHERIT); CREATE TABLE heir (name text) INHERITS (never);
               CREATE FUNCTION mute() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
               CREATE TABLE muted (id serial PRIMARY KEY); CREATE TRIGGER mute BEFORE INSERT ON muted FOR EACH ROW EXECUTE FUNCTION mute();
               CREATE TABLE hangs (muted integer NOT NULL REFERENCES muted);");
    let before = fresh.digest();
    let run =
        fresh.run(&["seed-dev"]).expect(3).says("public.zbad: no generated row").says("public.muted: no generated row");
    run.says("no return statement").says("--rows public.muted=0").never_says("public.hangs");
    assert_eq!(fresh.digest(), before);
    fresh.run(&["seed-dev", "--rows", "never=1"]).expect(3).says("the check shut lets no row in");
    fresh
        .run(&["seed-dev", "--rows", "public.muted=0", "--rows", "zbad=0"])
        .expect(0)
        .says("public.hangs: it needs rows");
    assert_eq!(
        (fresh.empty(), fresh.sql("SELECT count(*) FROM ONLY never")),
        ("hangs,muted,zbad".to_owned(), "0".to_owned())
    );
}

#[test]
fn a_kill_leaves_the_database_as_it_was() {
    let sql = "CREATE TABLE one (id serial PRIMARY KEY, name text); CREATE TABLE two (id serial PRIMARY KEY, one integer NOT NULL REFERENCES one);
               CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END';
               CREATE TRIGGER slow BEFORE INSERT ON two FOR EACH ROW EXECUTE FUNCTION slow();";
    let fresh = Fresh::new("seed_kill", sql);
    let before = fresh.digest();
    for (signal, code) in [(rustix::process::Signal::INT, Some(130)), (rustix::process::Signal::KILL, None)] {
        let running = fresh.start(&["seed-dev"]);
        let filling =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'standin/%' AND wait_event = 'PgSleep'";
        while fresh.sql(filling) == "0" {
            assert!(running.since.elapsed() < Duration::from_secs(30));
            std::thread::sleep(Duration::from_millis(20));
        }
        running.signal(signal);
        assert_eq!(running.wait(Duration::from_secs(10)).no_panic().code(), code);
        assert_eq!(fresh.digest(), before);
    }
}

#[test]
fn other_databases_than_a_developers_are_refused() {
    let fresh = Fresh::new("seed_guard", "CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    let url = server().url(&fresh.name, "postgres");
    let rules = |tier: &str, port: u16| {
        let url = url.replace(&server().port().to_string(), &port.to_string());
        let text = format!("version: 1\nenvironments:\n  there: {{ tier: {tier}, url: \"{url}\" }}\n");
        std::fs::write(fresh.directory.path().join("standin.yaml"), text).unwrap();
    };
    for tier in ["production", "staging"] {
        rules(tier, server().port());
        fresh.run(&["seed-dev", "--to", "there"]).expect(3).says(tier);
        fresh.run(&["seed-dev"]).expect(3).says("`there`");
    }
    rules("dev", server().port());
    fresh.sql("CREATE TABLE large AS SELECT generate_series(1, 10001)");
    fresh.run(&["seed-dev", "--to", "there"]).expect(3).says("public.large").says("--adopt");
    server().psql("postgres", "COMMENT ON DATABASE seed_guard IS '{\"standin\":1,\"version\":\"0\",\"environment\":\"staging\",\"database\":\"x\",\"state\":\"published\",\"run\":\"r\",\"at\":\"\",\"rules\":\"\",\"key\":\"\",\"snapshot_at\":\"\"}'");
    fresh.run(&["seed-dev", "--to", "there", "--adopt"]).expect(3).says("`staging`");
    assert_eq!(fresh.sql("SELECT count(*) FROM notes"), "0");
    server().psql("postgres", "COMMENT ON DATABASE seed_guard IS NULL");
    fresh.run(&["seed-dev", "--to", "there", "--adopt"]).expect(0).says("public.notes");
    assert_eq!(fresh.sql("SELECT count(*) FROM notes"), "100");
    fresh.run(&["seed-dev", "--url", "postgres://somewhere/x", "--to", "there"]).expect(2);
}

#[test]
fn rows_are_asked_for_and_emptied_again() {
    let sql = "CREATE TABLE own (id serial PRIMARY KEY, name text NOT NULL); CREATE TABLE team (id serial PRIMARY KEY, own integer REFERENCES own, name text);
               CREATE TABLE member (id serial PRIMARY KEY, team integer NOT NULL REFERENCES team, boss integer REFERENCES member, email text NOT NULL UNIQUE);
               INSERT INTO own (name) VALUES ('mine');";
    let fresh = Fresh::new("seed_rows", sql);
    let counts =
        || fresh.sql("SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM team), (SELECT count(*) FROM member)");
    for (flags, code, text) in [
        (&["--rows", "members=3"][..], 3, "did you mean `public.member`"),
        (&["--rows", "member"], 2, "users=1000"),
        (&["--scale", "0"], 2, "above 0"),
    ] {
        fresh.run(&[&["seed-dev"], flags].concat()).expect(code).says(text);
    }
    fresh.run(&["seed-dev", "--rows", "member=1234", "--scale", "3"]).expect(0).says("1234");
    assert_eq!(counts(), "1|1|1234");
    let comment = || {
        fresh.sql("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()")
    };
    assert!(comment().contains("\"state\":\"seeded\"") && comment().contains("member"), "{}", comment());
    fresh.run(&["seed-dev", "--rows", "own=5"]).expect(0).says("has rows already");
    let before = fresh.digest();
    fresh.run(&["seed-dev", "--rows", "member=1234", "--scale", "3", "--truncate"]).expect(0);
    assert_eq!((counts(), fresh.digest()), ("1|1|1234".to_owned(), before));
    fresh.sql("CREATE TABLE mine (team integer REFERENCES team); INSERT INTO mine SELECT id FROM team");
    let before = fresh.digest();
    fresh.run(&["seed-dev", "--truncate"]).expect(3).says("public.mine");
    assert_eq!(fresh.digest(), before);
    server().psql("postgres", "COMMENT ON DATABASE seed_rows IS 'ours'");
    fresh.sql("TRUNCATE mine, member RESTART IDENTITY");
    fresh.run(&["seed-dev", "--truncate"]).expect(0);
    assert_eq!(comment().split_once('\n').map(|(_, rest)| rest.to_owned()), Some("ours".to_owned()));
}

#[test]
fn migrations_and_rows_come_in_one_transaction() {
    let fresh = Fresh::new("seed_migrations", "");
    let write = |file: &str, sql: &str| std::fs::write(fresh.directory.path().join(file), sql).unwrap();
    write("V2__users.sql", "CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE);");
    write("V10__name.sql", "ALTER TABLE users ADD name text NOT NULL;");
    write("V10__name.down.sql", "DROP TABLE users;");
    let seed = |code| fresh.run(&["seed-dev", "--migrations", "."]).expect(code);
    write("V11__bad.sql", "SELECT 1;\nCREATE TABLE bad (a nowhere);");
    seed(1).says("V11__bad.sql:2");
    write("V11__bad.sql", "COMMIT;");
    seed(2).says("COMMIT");
    assert_eq!(fresh.sql("SELECT count(*) FROM pg_class WHERE relname = 'users'"), "0");
    write("V11__bad.sql", "");
    seed(0).says("public.users");
    assert_eq!(fresh.sql("SELECT count(name) FROM users"), "100");
    write("V12__more.sql", "CREATE TABLE more (id serial PRIMARY KEY, note text);");
    seed(0).says("public.more");
    write("V2__users.sql", "CREATE TABLE users ();");
    seed(3).says("V2__users.sql");
    let other = Fresh::new("seed_migrated", "CREATE TABLE here (a integer)");
    other.run(&["seed-dev", "--migrations", fresh.directory.path().to_str().unwrap()]).expect(3).says("has tables");
    assert_eq!(other.sql("SELECT count(*) FROM here"), "0");
}

#[test]
fn another_tier_is_seeded_where_it_allows_it() {
    let fresh = Fresh::new("seed_allow", "CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    let url = server().url(&fresh.name, "postgres");
    let rules = |tier: &str, allow: &str| {
        let text =
            format!("version: 1\nenvironments:\n  there: {{ tier: {tier}, allow: [{allow}], url: \"{url}\" }}\n");
        std::fs::write(fresh.directory.path().join("standin.yaml"), text).unwrap();
        fresh.run(&["seed-dev", "--to", "there"])
    };
    rules("staging", "").expect(3).says("allow: [seed]");
    rules("production", "seed").expect(2).says("only ever read");
    rules("staging", "sed").expect(2).says("did you mean `seed`");
    rules("staging", "seed").expect(0).says("public.notes");
    fresh.run(&["seed-dev"]).expect(3).says("`there`");
}

#[test]
fn a_reset_without_a_baseline_seeds_where_it_is_allowed() {
    let fresh = Fresh::new("seed_reset", "CREATE TABLE notes (id serial PRIMARY KEY, body text)");
    let url = server().url(&fresh.name, "postgres");
    let rules = |allow: &str| {
        let text = format!(
            "version: 1\nenvironments:\n  demo: {{ tier: staging, allow: [{allow}], url: \"{url}\" }}\nseed: {{ default: {{ rows: 7 }} }}\n"
        );
        std::fs::write(fresh.directory.path().join("standin.yaml"), text).unwrap();
    };
    rules("");
    fresh.run(&["reset", "--seed"]).expect(3).says("allow: [seed]");
    rules("seed");
    fresh.run(&["reset"]).expect(3).says("no baseline");
    fresh.run(&["reset", "--seed"]).expect(0).says("public.notes");
    let rows = || fresh.sql("SELECT count(*), string_agg(n::text, '' ORDER BY id) FROM notes n");
    let before = rows();
    assert!(before.starts_with("7|"), "{before}");
    fresh.sql("DELETE FROM notes WHERE id > 3; INSERT INTO notes (body) VALUES ('mine')");
    fresh.run(&["reset", "--seed"]).expect(0).says("public.notes");
    assert_eq!(rows(), before);
}
