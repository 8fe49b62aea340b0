//! Retention and deletion in whole refreshes: what DELETE statements on a copy would leave, and nothing read in vain.

use crate::fixture::Pair;

const SHOP: &str = "
    CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, invited_by int REFERENCES users);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users, total int, created_at timestamptz);
    CREATE TABLE items (order_id int NOT NULL REFERENCES orders, n int, sku text, PRIMARY KEY (order_id, n));
    CREATE TABLE invoices (id int PRIMARY KEY, order_id int REFERENCES orders, user_id int REFERENCES users);
    CREATE TABLE logs (id int PRIMARY KEY, user_id int REFERENCES users, created_at date);
    INSERT INTO users SELECT n, 'user' || n || '@shop.example', CASE WHEN n > 10 THEN n / 10 END FROM generate_series(1, 500) n;
    INSERT INTO orders SELECT n, n * 7 % 500 + 1, n % 90, CASE WHEN n % 50 > 0 THEN now() - n % 40 * interval '1 month 1 hour' END FROM generate_series(1, 4000) n;
    INSERT INTO items SELECT o, n, 'sku' || o + n FROM generate_series(1, 4000) o, generate_series(1, 3) n;
    INSERT INTO invoices SELECT n, n, CASE WHEN n % 3 > 0 THEN n * 7 % 500 + 1 END FROM generate_series(1, 4000) n;
    INSERT INTO logs SELECT n, n % 600, current_date - n % 400 FROM generate_series(1, 3000) n WHERE n % 600 BETWEEN 1 AND 500;
    ANALYZE;";

/// The same policies in two languages.
const RULES: &str = "
policy: { orphaned_at_most: 100% }
tables:
  users: { keep: rest, mask: { email: email }, delete: 'id % 13 = 5', orphans: { default: cascade, invoices.user_id: set_null, logs.user_id: set_null } }
  orders: { keep: rest, retain: { by: created_at, last: 18mo }, delete: 'total = 7', orphans: { items.order_id: cascade, invoices.order_id: set_null } }
  items: { keep: [order_id, n, sku], delete: \"sku LIKE '%99'\" }
  invoices: { keep: rest }
  logs: { keep: rest, retain: { by: created_at, last: 90d } }
";

const DELETES: &str = "
    ALTER TABLE users DROP CONSTRAINT users_invited_by_fkey, ADD FOREIGN KEY (invited_by) REFERENCES users ON DELETE CASCADE;
    ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE;
    ALTER TABLE items DROP CONSTRAINT items_order_id_fkey, ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE CASCADE;
    ALTER TABLE invoices DROP CONSTRAINT invoices_order_id_fkey, ADD FOREIGN KEY (order_id) REFERENCES orders ON DELETE SET NULL;
    ALTER TABLE invoices DROP CONSTRAINT invoices_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
    ALTER TABLE logs DROP CONSTRAINT logs_user_id_fkey, ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE SET NULL;
    DELETE FROM users WHERE id % 13 = 5;
    DELETE FROM orders WHERE created_at < now() - interval '18 months' OR total = 7;
    DELETE FROM items WHERE sku LIKE '%99';
    DELETE FROM logs WHERE created_at < now() - interval '90 days';";

#[test]
fn policies_leave_what_the_same_deletes_on_a_copy_leave_row_by_row() {
    let pair = Pair::with("rows_deletes", SHOP);
    pair.rules(RULES);
    pair.refresh();
    let copy = format!("{}_copy", pair.source);
    pair.source_server.psql("postgres", &format!("CREATE DATABASE \"{copy}\" TEMPLATE \"{}\"", pair.source));
    pair.source_server.psql(&copy, &format!("SET search_path = public; {DELETES}"));
    for (table, columns) in [
        ("users", "id, invited_by"),
        ("orders", "id, user_id, total, created_at"),
        ("items", "order_id, n, sku"),
        ("invoices", "id, order_id, user_id"),
        ("logs", "id, user_id, created_at"),
    ] {
        let rows = format!("SELECT {columns} FROM {table} ORDER BY {columns}");
        let (got, want) =
            (pair.at_target(&rows), pair.source_server.psql(&copy, &format!("SET search_path = public; {rows}")));
        assert!(want.lines().count() > 100, "{table}: {want}");
        assert!(got == want, "{table} differs: {} and {} rows", got.lines().count(), want.lines().count());
    }
}

#[test]
fn partitions_that_retention_excludes_are_created_and_never_read_not_even_to_be_counted() {
    let pair = Pair::with(
        "rows_partitions",
        "CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users SELECT generate_series(1, 50);
         CREATE TABLE events (id int, user_id int NOT NULL REFERENCES users, at timestamptz NOT NULL, v int) PARTITION BY RANGE (at);
         CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
         CREATE TABLE events_older PARTITION OF events FOR VALUES FROM ('2000-01-01') TO ('2001-01-01') PARTITION BY LIST (v);
         CREATE TABLE events_older_1 PARTITION OF events_older DEFAULT;
         CREATE TABLE events_new PARTITION OF events DEFAULT;
         CREATE INDEX ON events (user_id); CREATE INDEX ON events (at);
         INSERT INTO events SELECT n, n % 50 + 1, timestamptz '2001-01-15', n FROM generate_series(1, 500) n;
         INSERT INTO events SELECT n, n % 50 + 1, timestamptz '2000-05-15', n FROM generate_series(1, 500) n;
         INSERT INTO events SELECT n, n % 50 + 1, now(), n FROM generate_series(1, 500) n; ANALYZE",
    );
    let scans = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables
                 WHERE relname LIKE 'events%' AND seq_scan + coalesce(idx_scan, 0) > 0";
    let retain = "retain: { by: at, last: 18mo }";
    for (rules, left) in [
        (format!("tables: {{ users: {{ keep: rest }}, events: {{ keep: rest, {retain} }} }}"), "500"),
        (
            format!(
                "policy: {{ orphaned_at_most: 20% }}\ntables: {{ users: {{ keep: rest, delete: 'id < 6', orphans: {{ default: cascade }} }}, events: {{ keep: rest, delete: 'v = 6', {retain} }} }}"
            ),
            "449",
        ),
        (
            format!(
                "subset: {{ roots: [ {{ table: users, where: 'id < 6' }} ] }}\ntables: {{ users: {{ keep: rest }}, events: {{ keep: rest, {retain} }} }}"
            ),
            "50",
        ),
    ] {
        pair.at_source("SELECT pg_stat_reset()");
        pair.rules(&rules);
        let plan = pair.run(&["plan", "--exact"]).expect(0);
        assert!(plan.stdout.contains("no rows: expired"), "{}", plan.stdout);
        pair.refresh();
        assert_eq!(pair.at_target("SELECT count(*) FROM events"), left);
        assert_eq!(pair.at_target("SELECT count(*) FROM pg_inherits i WHERE inhparent::regclass::text LIKE 'events%' AND inhrelid::regclass::text NOT LIKE '%idx%'"), "4");
        assert_eq!(pair.at_source(scans), "events_new", "{rules}");
    }
}
