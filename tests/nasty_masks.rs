//! Masks on what real databases hold and nobody expects: nothing leaks, nothing stops, nothing is silently another value.

use crate::fixture::Pair;

const SOURCE: &str = r#"
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree;
CREATE DOMAIN mail AS text CHECK (VALUE ~ '@');
CREATE DOMAIN work_mail AS mail CHECK (length(VALUE) > 3);
CREATE DOMAIN score AS numeric(6,2) CHECK (VALUE IS NULL OR VALUE >= -9999);
CREATE TYPE phone_line AS (kind text, number varchar(30));
CREATE TYPE contact AS (mail work_mail, lines phone_line[], old integer, extra jsonb);
ALTER TYPE contact DROP ATTRIBUTE old;
CREATE TYPE spell AS RANGE (subtype = date);
CREATE TABLE "Odd "" Table" (
    "Id, %" integer PRIMARY KEY, "select" text, n text CHECK (n <> ''), t text,
    contact contact, contacts contact[], lines phone_line[][], mails work_mail[], padded char(60), named name, folded citext UNIQUE,
    made text GENERATED ALWAYS AS (upper("select")) STORED, number numeric, price score, ratio double precision, born date, at timestamptz,
    during spell, spans int4multirange, doc json, deep jsonb, raw text, big text, tags hstore, path ltree, bits bit(8), bytes bytea,
    cash money, lasting interval, clock timetz, mac macaddr8, net cidr
);
CREATE UNIQUE INDEX ON "Odd "" Table" (lower("select"));
INSERT INTO "Odd "" Table" ("Id, %", "select", n, t, contact, contacts, lines, mails, padded, named, folded, number, price, ratio, born, at, during, spans, doc, deep, raw,
                            big, tags, path, bits, bytes, cash, lasting, clock, mac, net) VALUES
    (1, 'Real1@secret.test', 'Real One', 'Real One', ROW('real1@secret.test', ARRAY[ROW('home', '+34 612 345 678'), NULL]::phone_line[], '{"a": "real1@secret.test"}'),
     ARRAY[ROW('real1@secret.test', NULL, NULL), NULL]::contact[], '[5:5][-1:0]={{"(home,\"+34 612 345 678\")",NULL}}', '[0:1]={real1@secret.test,real2@secret.test}',
     'real1@secret.test', 'Real One', 'Real1@secret.test', 'NaN', 'NaN', '-Infinity', '0044-03-15 BC', '-infinity', '[1971-03-04,)', '{[10000,20000),[30000,)}',
     '{"email": "real1@secret.test", "email": "real2@secret.test", "keep": "\u0000", "\u0065mail": "real3@secret.test"}', NULL,
     '{"email": "real1@secret.test", ', repeat('Call real1@secret.test or +34 612 345 678, Ünïcödé. ', 20000), 'mail=>real1@secret.test, none=>NULL, "odd key"=>"x"', 'top.real',
     B'10101010', '\x00ff', '-92233720368547758.08', '-1 year 2 mons -3 days', '24:00:00-15:59', '08:00:2b:01:02:03:04:05', '81.2.69.0/24'),
    (2, 'real2@secret.test', 'Real Two', NULL, ROW(NULL, '{}', 'null'), '{}', '{}', '{}', 'real2@secret.test  ', 'real2@secret.test', 'real2@SECRET.test', 'Infinity', 99.99, 'NaN',
     'infinity', '4714-11-24 00:00:00+00 BC', 'empty', '{}', '[]', NULL, 'null', '', '', '', B'00000000', '\x', '0', '0', '00:00+00', 'ff:ff:ff:ff:ff:ff:ff:ff', '::/0'),
    (3, NULL, NULL, '', NULL, NULL, NULL, NULL, '', '', NULL, 1e100, -9999, '4e-320', '5874897-12-31', '294276-12-31 23:59:59Z', NULL, NULL, 'null', '{}', ' ', NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, NULL);
UPDATE "Odd "" Table" SET deep = (repeat('{"a": [', 2000) || '"real1@secret.test"' || repeat(']}', 2000))::jsonb WHERE "Id, %" = 1;
"#;

const RULES: &str = r#"
domains: { person: { email: { host: example.com }, normalise: [trim, lower] } }
tables:
  'public."Odd "" Table"':
    keep: ["Id, %"]
    mask:
      "select": person
      n: name
      t: { name: { by: "Id, %" } }
      contact: { composite: { fields: { mail: person, lines: { composite: { keep: [kind], fields: { number: phone } } }, extra: { json: { fields: { a: person } } } } } }
      contacts: { composite: { fields: { mail: person } } }
      lines: { composite: { fields: { number: phone } } }
      mails: person
      padded: person
      named: { partial: { first: 1 } }
      folded: person
      number: { noise: { ratio: 0.2 } }
      price: { noise: { amount: 5 } }
      ratio: { round: { to: 10 } }
      born: { date_shift: { within: 30d, by: "Id, %" } }
      at: { date_shift: { within: 30d, by: "Id, %" } }
      during: { date_shift: { within: 30d, by: "Id, %" } }
      spans: digits
      doc: { json: { keep: [keep], fields: { email: person } } }
      deep: { json: { unlisted: mask } }
      raw: { json: { fields: { email: person } } }
      big: redact
      tags: { hstore: { fields: { mail: person }, unlisted: erase } }
      path: { constant: top }
      bits: bits
      bytes: bytes
      cash: { noise: { ratio: 0.1 } }
      lasting: { constant: 1 day }
      clock: { constant: "12:00+00" }
      mac: mac
      net: ip
"#;

#[test]
fn what_nobody_expects_is_masked_all_the_same() {
    let pair = Pair::with("nasty_masks", SOURCE);
    pair.rules(RULES);
    pair.refresh();
    let table = "FROM public.\"Odd \"\" Table\"";
    let rows = pair.at_target(&format!("SELECT * {table}")).to_lowercase();
    for original in ["real", "secret", "612 345", "10000", "1971-03-04", "81.2.69", "08:00:2b"] {
        assert!(!rows.contains(original), "{original}: {}", rows.chars().take(3000).collect::<String>());
    }
    for condition in [
        // One address is one stand-in, in every type, padding and case.
        "(SELECT count(DISTINCT lower(x)) = 1 FROM (VALUES (a.\"select\"), ((a.contact).mail), ((a.contacts[1]).mail), (a.mails[0]), (a.padded::text), \
         (a.folded::text), ((a.contact).extra->>'a'), (a.tags->'mail')) AS v(x))",
        "a.mails[1] = b.\"select\" AND b.padded = b.\"select\" AND b.folded = b.\"select\"",
        "array_dims(a.mails) = '[0:1]' AND array_dims(a.lines) = '[5:5][-1:0]' AND a.contacts[2] IS NULL AND b.mails = '{}'",
        "a.made = upper(a.\"select\") AND c.made IS NULL",
        "(a.contact).lines[1].kind = 'home' AND (a.contact).lines[1].number LIKE '+34 00%' AND (a.contact).lines[2] IS NULL AND (b.contact).mail IS NULL",
        "a.number = 'NaN' AND b.number = 'Infinity' AND c.number BETWEEN 8e99 AND 1.2e100 AND a.price = 'NaN' AND abs(b.price - 99.99) <= 5",
        "a.ratio = '-Infinity' AND b.ratio = 'NaN' AND c.ratio = 0",
        "a.born - date '0044-03-15 BC' BETWEEN -30 AND 30 AND a.born <> '0044-03-15 BC' AND b.born = 'infinity' AND a.at = '-infinity' AND c.born <> '5874897-12-31'",
        "upper_inf(a.during) AND isempty(b.during) AND isempty(b.spans)",
        "a.doc::text ~ '^{\"email\":\"[^\"]+@example.com\",\"email\":\"[^\"]+@example.com\",\"keep\":\"\\\\u0000\",' AND b.doc::text = '[]'",
        "a.raw = 'null' AND b.raw = 'null' AND c.raw = 'null'",
        "length(a.big) > 900000 AND a.big LIKE 'Call %@example.com or +34 00%, Ünïcödé. %' AND b.big = ''",
        "exist(a.tags, 'none') AND NOT exist(a.tags, 'odd key') AND b.tags = ''",
        "a.bits <> B'10101010' AND length(a.bytes) = 2 AND a.net <> '81.2.69.0/24' AND masklen(a.net) = 24",
    ] {
        let sql = format!(
            "SELECT {condition} FROM {0} a, {0} b, {0} c WHERE (a.\"Id, %\", b.\"Id, %\", c.\"Id, %\") = (1, 2, 3)",
            "public.\"Odd \"\" Table\""
        );
        assert_eq!(pair.at_target(&sql), "t", "{condition}");
    }
}

#[test]
fn the_type_name_cuts_nothing_in_silence() {
    let pair = Pair::with("masks_name", "CREATE TABLE a (id int PRIMARY KEY, n name); INSERT INTO a VALUES (1, 'x')");
    let rules = |letters: usize| {
        format!("tables: {{ a: {{ keep: [id], mask: {{ n: {{ choice: [{}] }} }} }} }}", "ä".repeat(letters))
    };
    pair.rules(&rules(40));
    pair.run(&["refresh", "--yes"]).expect(1).says("public.a.n").says("does not fit the column");
    assert!(pair.target_server.databases(&pair.target).is_empty());
    pair.rules(&rules(31));
    pair.refresh();
    assert_eq!(pair.at_target("SELECT n FROM a"), "ä".repeat(31));
}
