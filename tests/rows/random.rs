//! Random schemas, rows and policies, as SQL and as rules.

use std::fmt::Write as _;

/// A small generator, so that a printed seed repeats a failure.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Answer {
    Cascade,
    SetNull,
    Refuse,
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Answer::Cascade => "cascade",
            Answer::SetNull => "set_null",
            Answer::Refuse => "refuse",
        }
    }
}

/// A reference from a table to a unique key of another.
pub(super) struct Reference {
    pub(super) to: usize,
    /// The single key, or the pair.
    pub(super) pair: bool,
    pub(super) nullable: Vec<bool>,
    pub(super) full: bool,
    pub(super) validated: bool,
    pub(super) deferrable: bool,
    /// The referencing column is wider than the key's.
    pub(super) wide: bool,
    /// How a single key is written in the referencing column.
    pub(super) form: Form,
    /// What the catalog says of deletions, which is not what a clone does.
    pub(super) on_delete: &'static str,
    /// Of the leaf 1 of a partitioned table alone; to the leaf 1 alone.
    pub(super) from_leaf: bool,
    pub(super) to_leaf: bool,
    pub(super) answer: Option<Answer>,
    /// The answer stands in a line of its own, not in `default`.
    pub(super) own_line: bool,
    /// It stands in `relations:`, not in the catalog; for rows whose v is at least this.
    pub(super) soft: Option<Option<i64>>,
    /// Which children follow: none, or so many of the largest v.
    pub(super) follow: Follow,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Follow {
    All,
    None,
    Most(i64),
}

/// What a reference is written as.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Form {
    /// As the key is.
    Plain,
    /// As its text; in `relations:` alone.
    Text,
    /// Inside a document; in `relations:` alone.
    Json,
}

/// The type of a table's single key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kind {
    Int,
    Numeric,
    Text,
    Uuid,
    Citext,
    /// Texts that are equal whatever their case.
    Nocase,
}

const KINDS: [Kind; 6] = [Kind::Int, Kind::Numeric, Kind::Text, Kind::Uuid, Kind::Citext, Kind::Nocase];

const ON_DELETE: [&str; 4] = ["", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE", " ON DELETE RESTRICT"];

/// What the schemas need.
pub(super) const HEAD: &str = "CREATE EXTENSION citext SCHEMA public;
    CREATE COLLATION public.nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);\n";

impl Kind {
    fn sql(self, wide: bool) -> &'static str {
        match (self, wide) {
            (Kind::Int, false) => "int",
            (Kind::Int, true) => "bigint",
            (Kind::Numeric, false) => "numeric",
            (Kind::Numeric, true) => "numeric(12,2)",
            (Kind::Text, false) => "text",
            (Kind::Text, true) => "varchar(20)",
            (Kind::Uuid, _) => "uuid",
            (Kind::Citext, _) => "public.citext",
            (Kind::Nocase, _) => "text COLLATE public.nocase",
        }
    }

    /// The text of a key, as draws see it.
    pub(super) fn text(self, key: i64) -> String {
        match self {
            Kind::Int | Kind::Numeric => key.to_string(),
            Kind::Uuid => format!("a0000000-0000-0000-0000-{key:012}"),
            Kind::Text | Kind::Citext | Kind::Nocase => format!("k{key}"),
        }
    }

    /// The text of a key that stands in a column of another type; `other`: in another case, where that is all the same.
    fn elsewhere(self, key: i64, other: bool) -> String {
        let text = self.text(key);
        if other && matches!(self, Kind::Uuid | Kind::Citext) { text.to_uppercase() } else { text }
    }

    /// A key as SQL; `other`: one that is written in another way, and equal.
    fn literal(self, key: i64, other: bool) -> String {
        match self {
            Kind::Int => key.to_string(),
            Kind::Numeric if other => format!("{key}.000"),
            Kind::Citext | Kind::Nocase if other => format!("'K{key}'"),
            _ => format!("'{}'", self.text(key)),
        }
    }
}

/// The key that a field of the clone means.
pub(super) fn key_of(field: &str) -> String {
    let field = field.trim_start_matches("{\"k\": ").trim_end_matches('}').trim_matches('"').to_lowercase();
    let field = if field.len() == 36 { field[24..].trim_start_matches('0').to_owned() } else { field };
    let field = field.trim_start_matches('k').split('.').next().unwrap_or_default();
    if field.is_empty() { "0".to_owned() } else { field.to_owned() }
}

pub(super) struct Table {
    pub(super) partitioned: bool,
    pub(super) kind: Kind,
    /// Nothing tells its rows apart.
    pub(super) keyless: bool,
    /// Rows that are forgotten.
    pub(super) forget: Vec<usize>,
    pub(super) references: Vec<Reference>,
    pub(super) default: Option<Answer>,
    pub(super) empty: bool,
    pub(super) delete_below: Option<i64>,
    pub(super) retain: Option<(bool, bool)>,
    pub(super) rows: Vec<Row>,
    /// `sample:`: a share in per cent, or so many rows of the largest v.
    pub(super) sample: Option<Sample>,
    /// Where the subset begins.
    pub(super) root: Option<Root>,
}

/// Rows at which a subset begins.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Root {
    /// Those whose v is at least this.
    From(i64),
    /// All, in the words of a condition or of a sample.
    All { condition: bool },
}

impl Root {
    pub(super) fn takes(self, row: &Row) -> bool {
        match self {
            Root::From(least) => row.v.is_some_and(|v| v >= least),
            Root::All { .. } => true,
        }
    }

    pub(super) fn words(self) -> String {
        match self {
            Root::From(least) => format!("where: 'v >= {least}'"),
            Root::All { condition: true } => "where: 'b >= 0'".to_owned(),
            Root::All { condition: false } => "sample: 100%".to_owned(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Sample {
    Share(i64),
    Newest(usize),
    /// By a single reference; with the draw of what it leads to.
    By {
        reference: usize,
        share: i64,
        like: bool,
    },
}

#[derive(Clone)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) leaf: i64,
    pub(super) pair: (i64, i64),
    pub(super) v: Option<i64>,
    /// Days before the anchor.
    pub(super) age: Option<i64>,
    /// Per reference its fields.
    pub(super) fields: Vec<Vec<Option<i64>>>,
}

pub(super) fn graph(dice: &mut Dice, soft: bool) -> Vec<Table> {
    let count = 2 + dice.below(11).min(dice.below(11));
    let mut tables: Vec<Table> = (0..count)
        .map(|_| {
            let own = dice.chance(45);
            Table {
                partitioned: dice.chance(20),
                kind: KINDS[dice.below(2 * KINDS.len()).saturating_sub(KINDS.len())],
                keyless: false,
                forget: Vec::new(),
                references: Vec::new(),
                default: if dice.chance(35) { Some(answer(dice)) } else { None },
                empty: dice.chance(6),
                delete_below: (own && dice.chance(60)).then(|| dice.below(5) as i64),
                retain: (own && dice.chance(50)).then(|| (dice.chance(30), dice.chance(30))),
                rows: Vec::new(),
                sample: None,
                root: None,
            }
        })
        .collect();
    for at in 0..count {
        for _ in 0..dice.below(4) {
            let to = if dice.chance(20) { at } else { dice.below(count) };
            let partitioned = (tables[at].partitioned, tables[to].partitioned);
            // PostgreSQL cannot add a key from a partition to its own root.
            let from_leaf = partitioned.0 && at != to && dice.chance(25);
            // The unique keys of a partitioned table hold its partition column: the pair alone does.
            let pair = partitioned.1 || dice.chance(40);
            let full = pair && dice.chance(25);
            let nullable: Vec<bool> = (0..1 + usize::from(pair)).map(|_| dice.chance(65)).collect();
            let soft = (soft && !from_leaf && !full && dice.chance(20))
                .then(|| dice.chance(50).then(|| dice.below(10) as i64));
            let written = matches!(tables[to].kind, Kind::Int | Kind::Text | Kind::Uuid | Kind::Citext)
                && !pair
                && soft.is_some();
            let form = if written { [Form::Plain, Form::Text, Form::Json][dice.below(3)] } else { Form::Plain };
            let resettable = if full { nullable.iter().all(|can| *can) } else { nullable.contains(&true) };
            let resettable = resettable && form != Form::Json;
            let mut answer = tables[to].default;
            let own_line = answer == Some(Answer::SetNull) && !resettable || dice.chance(40);
            if own_line {
                answer = Some(self::answer(dice));
                if answer == Some(Answer::SetNull) && !resettable {
                    answer = Some(Answer::Cascade);
                }
            }
            let reference = Reference {
                to,
                pair,
                nullable,
                full,
                validated: soft.is_none() && (partitioned.0 || dice.chance(85)),
                deferrable: dice.chance(30),
                wide: dice.chance(30),
                form,
                on_delete: ON_DELETE[dice.below(ON_DELETE.len())],
                from_leaf,
                to_leaf: soft.is_none() && partitioned.1 && at != to && dice.chance(25),
                answer,
                own_line,
                soft,
                follow: Follow::All,
            };
            tables[at].references.push(reference);
        }
    }
    for at in 0..count {
        let referenced = tables.iter().flat_map(|table| &table.references).any(|reference| reference.to == at);
        tables[at].keyless = !referenced && dice.chance(40);
    }
    for table in &mut tables {
        let rows = dice.below(14);
        table.rows = (0..rows as i64)
            .map(|id| Row {
                id,
                leaf: id % 2,
                pair: (id % 2, id / 2),
                v: (!dice.chance(10)).then(|| dice.below(20) as i64),
                age: (!dice.chance(10)).then(|| dice.below(20) as i64),
                fields: Vec::new(),
            })
            .collect();
    }
    fill(dice, &mut tables);
    tables
}

fn answer(dice: &mut Dice) -> Answer {
    [Answer::Cascade, Answer::Cascade, Answer::Cascade, Answer::SetNull, Answer::SetNull, Answer::Refuse][dice.below(6)]
}

/// Draws the references of all rows; rows that cannot have one that they need are left out, until all are well.
fn fill(dice: &mut Dice, tables: &mut [Table]) {
    let keys: Vec<Vec<Row>> = tables.iter().map(|table| table.rows.clone()).collect();
    for table in tables.iter_mut() {
        let Table { references, rows, .. } = table;
        for row in rows.iter_mut() {
            for reference in references.iter() {
                let targets: Vec<&Row> =
                    keys[reference.to].iter().filter(|target| !reference.to_leaf || target.leaf == 1).collect();
                let constrained = !reference.from_leaf || row.leaf == 1;
                let mut fields = match targets.get(dice.below(targets.len())) {
                    Some(target) if reference.pair => vec![Some(target.pair.0), Some(target.pair.1)],
                    Some(target) => vec![Some(target.id)],
                    None => vec![Some(77); reference.nullable.len()],
                };
                if (!reference.validated || !constrained) && dice.chance(30) {
                    fields.iter_mut().for_each(|field| *field = Some(99));
                }
                if reference.full && !reference.validated && dice.chance(20) {
                    // What no key has proven may break even its form.
                    let half = dice.below(2);
                    if reference.nullable[half] {
                        fields[half] = None;
                    }
                }
                if reference.full {
                    if reference.nullable.iter().all(|can| *can) && (dice.chance(25) || targets.is_empty()) {
                        fields.iter_mut().for_each(|field| *field = None);
                    }
                } else {
                    for (field, can) in fields.iter_mut().zip(&reference.nullable) {
                        if *can && (dice.chance(20) || targets.is_empty()) {
                            *field = None;
                        }
                    }
                }
                row.fields.push(fields);
            }
        }
    }
    while let Some((table, row)) = dangling(tables) {
        tables[table].rows.remove(row);
    }
}

fn dangling(tables: &[Table]) -> Option<(usize, usize)> {
    for (at, table) in tables.iter().enumerate() {
        for (number, row) in table.rows.iter().enumerate() {
            for (reference, fields) in table.references.iter().zip(&row.fields) {
                let constrained = (!reference.from_leaf || row.leaf == 1) && reference.validated;
                if constrained && fields.iter().all(Option::is_some) && target(tables, reference, fields).is_none() {
                    return Some((at, number));
                }
            }
        }
    }
    None
}

/// The row that a reference means.
pub(super) fn target(tables: &[Table], reference: &Reference, fields: &[Option<i64>]) -> Option<usize> {
    tables[reference.to].rows.iter().position(|row| {
        let key = if reference.pair { vec![Some(row.pair.0), Some(row.pair.1)] } else { vec![Some(row.id)] };
        key == fields && (!reference.to_leaf || row.leaf == 1)
    })
}

pub(super) fn script(at: usize, tables: &[Table]) -> String {
    let mut sql = format!("BEGIN; CREATE SCHEMA g{at}; SET search_path = g{at};\n");
    for (number, table) in tables.iter().enumerate() {
        let mut columns =
            format!("id {} NOT NULL, a int NOT NULL, b int NOT NULL, v int, at timestamptz", table.kind.sql(false));
        for (r, reference) in table.references.iter().enumerate() {
            for (f, nullable) in reference.nullable.iter().enumerate() {
                let kind = if reference.pair { Kind::Int } else { tables[reference.to].kind };
                let ty = match reference.form {
                    Form::Plain => kind.sql(reference.wide),
                    Form::Text => "text",
                    Form::Json => "jsonb",
                };
                let _ = write!(columns, ", r{r}_{f} {ty}{}", if *nullable { "" } else { " NOT NULL" });
            }
        }
        if table.partitioned {
            let _ = write!(
                sql,
                "CREATE TABLE t{number} ({columns}{}) PARTITION BY LIST (a);
                 CREATE TABLE t{number}_0 PARTITION OF t{number} FOR VALUES IN (0);
                 CREATE TABLE t{number}_1 PARTITION OF t{number} DEFAULT;\n",
                if table.keyless { "" } else { ", UNIQUE (a, b)" }
            );
        } else {
            let single = tables.iter().flat_map(|table| &table.references).any(|r| r.to == number && !r.pair);
            let single = if single { ", UNIQUE (id)" } else { "" };
            let pair = if table.keyless { "" } else { ", UNIQUE (a, b)" };
            let _ = writeln!(sql, "CREATE TABLE t{number} ({columns}{single}{pair});");
        }
        for (at, row) in table.rows.iter().enumerate() {
            let id = table.kind.literal(row.id, false);
            let mut values = format!("{id}, {}, {}, {}", row.pair.0, row.pair.1, text(row.v));
            let _ = match row.age {
                Some(days) => write!(values, ", :'anchor'::timestamptz - interval '{days} days 1 hour'"),
                None => write!(values, ", NULL"),
            };
            for (reference, fields) in table.references.iter().zip(&row.fields) {
                let kind = if reference.pair { Kind::Int } else { tables[reference.to].kind };
                for field in fields {
                    let _ = write!(values, ", {}", written(reference.form, kind, *field, row.id % 3 == 0));
                }
            }
            let head = if at == 0 { format!("INSERT INTO t{number} VALUES ") } else { ", ".to_owned() };
            let tail = if at + 1 == table.rows.len() { ";\n" } else { "" };
            let _ = write!(sql, "{head}({values}){tail}");
        }
    }
    for (number, table) in tables.iter().enumerate() {
        for (r, reference) in table.references.iter().enumerate().filter(|(_, reference)| reference.soft.is_none()) {
            let columns: Vec<String> = (0..reference.nullable.len()).map(|f| format!("r{r}_{f}")).collect();
            let _ = writeln!(
                sql,
                "ALTER TABLE t{number}{} ADD FOREIGN KEY ({}) REFERENCES t{}{} ({}){}{}{}{};",
                if reference.from_leaf { "_1" } else { "" },
                columns.join(", "),
                reference.to,
                if reference.to_leaf { "_1" } else { "" },
                if reference.pair { "a, b" } else { "id" },
                if reference.full { " MATCH FULL" } else { "" },
                reference.on_delete,
                if reference.deferrable { " DEFERRABLE" } else { "" },
                if reference.validated { "" } else { " NOT VALID" },
            );
        }
    }
    sql.push_str("COMMIT;\n");
    sql
}

/// A field of a reference as SQL.
fn written(form: Form, kind: Kind, key: Option<i64>, other: bool) -> String {
    let Some(key) = key else { return "NULL".to_owned() };
    match form {
        Form::Plain => kind.literal(key, other),
        Form::Text => format!("'{}'", kind.elsewhere(key, other)),
        Form::Json if kind == Kind::Int && other => format!("'{{\"k\": {key}}}'"),
        Form::Json => format!("'{{\"k\": \"{}\"}}'", kind.elsewhere(key, other)),
    }
}

pub(super) fn text(value: Option<i64>) -> String {
    value.map_or("NULL".to_owned(), |value| value.to_string())
}

pub(super) fn rules(at: usize, tables: &[Table], empty: &mut Vec<String>, lines: &mut String) {
    for (number, table) in tables.iter().enumerate() {
        if table.empty {
            empty.push(format!("g{at}.t{number}"));
        }
        let mut parts = vec!["keep: rest".to_owned()];
        // Of a table that arrives empty they would decide nothing.
        parts.extend(table.delete_below.filter(|_| !table.empty).map(|v| format!("delete: 'v < {v}'")));
        parts.extend(table.retain.filter(|_| !table.empty).map(|(drop, newest)| {
            let nulls = if drop { ", nulls: drop" } else { "" };
            let anchor = if newest { ", anchor: newest" } else { "" };
            format!("retain: {{ by: at, last: 15d{nulls}{anchor} }}")
        }));
        parts.extend(table.sample.map(|sample| match sample {
            Sample::Share(share) => format!("sample: {share}%"),
            Sample::Newest(rows) => format!("sample: {{ rows: {rows}, newest_by: v }}"),
            Sample::By { reference, share, like } => {
                let to = table.references[reference].to;
                let like = if like { format!(", as: g{at}.t{to}.id") } else { String::new() };
                format!("sample: {{ of: {share}%, by: r{reference}_0{like} }}")
            }
        }));
        let mut orphans: Vec<String> =
            table.default.iter().map(|answer| format!("default: {}", answer.word())).collect();
        for (child, other) in tables.iter().enumerate() {
            for (r, reference) in other.references.iter().enumerate().filter(|(_, r)| r.to == number && r.own_line) {
                if let Some(answer) = reference.answer {
                    let leaf = if reference.from_leaf { "_1" } else { "" };
                    orphans.push(format!("g{at}.t{child}{leaf}.r{r}_0: {}", answer.word()));
                }
            }
        }
        if !orphans.is_empty() {
            parts.push(format!("orphans: {{ {} }}", orphans.join(", ")));
        }
        let _ = writeln!(lines, "  g{at}.t{number}: {{ {} }}", parts.join(", "));
    }
}
