//! Tables in which migration tools remember what they did: copied without a rule.
//!
//! Only where every column is one of the tool's, of the tool's kind of type: a user's table of that name is a table like
//! any other.

use crate::catalog::{BaseType, Table, TableKind};

/// What kind of value a tool keeps in a column.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Time,
    Boolean,
}
use Kind::{Boolean, Number, Text, Time};

/// A tool's table: its tool, its names, its columns.
struct Known {
    tool: &'static str,
    names: &'static [&'static str],
    columns: &'static [(&'static str, &'static [Kind])],
}

const KNOWN: &[Known] = &[
    Known { tool: "Rails", names: &["schema_migrations"], columns: &[("version", &[Text])] },
    Known { tool: "Ecto", names: &["schema_migrations"], columns: &[("version", &[Number]), ("inserted_at", &[Time])] },
    // dbmate has the version alone; runners of plain SQL files add the time.
    Known { tool: "dbmate", names: &["schema_migrations"], columns: &[("version", &[Text]), ("applied_at", &[Time])] },
    Known {
        tool: "golang-migrate",
        names: &["schema_migrations"],
        columns: &[("version", &[Number]), ("dirty", &[Boolean])],
    },
    Known {
        tool: "Rails",
        names: &["ar_internal_metadata"],
        columns: &[("key", &[Text]), ("value", &[Text]), ("created_at", &[Time]), ("updated_at", &[Time])],
    },
    Known {
        tool: "Django",
        names: &["django_migrations"],
        columns: &[("id", &[Number]), ("app", &[Text]), ("name", &[Text]), ("applied", &[Time])],
    },
    Known {
        tool: "Flyway",
        names: &["flyway_schema_history"],
        columns: &[
            ("installed_rank", &[Number]),
            ("version", &[Text]),
            ("description", &[Text]),
            ("type", &[Text]),
            ("script", &[Text]),
            ("checksum", &[Number]),
            ("installed_by", &[Text]),
            ("installed_on", &[Time]),
            ("execution_time", &[Number]),
            ("success", &[Boolean]),
        ],
    },
    Known {
        tool: "Liquibase",
        names: &["databasechangelog"],
        columns: &[
            ("id", &[Text]),
            ("author", &[Text]),
            ("filename", &[Text]),
            ("dateexecuted", &[Time]),
            ("orderexecuted", &[Number]),
            ("exectype", &[Text]),
            ("md5sum", &[Text]),
            ("description", &[Text]),
            ("comments", &[Text]),
            ("tag", &[Text]),
            ("liquibase", &[Text]),
            ("contexts", &[Text]),
            ("labels", &[Text]),
            ("deployment_id", &[Text]),
        ],
    },
    Known {
        tool: "Liquibase",
        names: &["databasechangeloglock"],
        columns: &[("id", &[Number]), ("locked", &[Boolean]), ("lockgranted", &[Time]), ("lockedby", &[Text])],
    },
    Known {
        tool: "Prisma",
        names: &["_prisma_migrations"],
        columns: &[
            ("id", &[Text]),
            ("checksum", &[Text]),
            ("finished_at", &[Time]),
            ("migration_name", &[Text]),
            ("logs", &[Text]),
            ("rolled_back_at", &[Time]),
            ("started_at", &[Time]),
            ("applied_steps_count", &[Number]),
        ],
    },
    Known {
        tool: "sqlx",
        names: &["_sqlx_migrations"],
        columns: &[
            ("version", &[Number]),
            ("description", &[Text]),
            ("installed_on", &[Time]),
            ("success", &[Boolean]),
            // bytea: a digest of the script
            ("checksum", &[Text]),
            ("execution_time", &[Number]),
        ],
    },
    Known {
        tool: "diesel",
        names: &["__diesel_schema_migrations"],
        columns: &[("version", &[Text]), ("run_on", &[Time])],
    },
    Known { tool: "Alembic", names: &["alembic_version"], columns: &[("version_num", &[Text])] },
    Known {
        tool: "Knex",
        names: &["knex_migrations"],
        columns: &[("id", &[Number]), ("name", &[Text]), ("batch", &[Number]), ("migration_time", &[Time])],
    },
    Known {
        tool: "Knex",
        names: &["knex_migrations_lock"],
        columns: &[("index", &[Number]), ("is_locked", &[Number])],
    },
    Known {
        tool: "goose",
        names: &["goose_db_version"],
        columns: &[("id", &[Number]), ("version_id", &[Number]), ("is_applied", &[Boolean]), ("tstamp", &[Time])],
    },
];

/// The tool whose table this is: by name, and by every column's name and type. Older versions of a tool have fewer columns.
pub fn tool(table: &Table) -> Option<&'static str> {
    let alone = table.kind == TableKind::Plain && table.parents.is_empty();
    let mut named = KNOWN.iter().filter(|known| known.names.contains(&table.name.name.as_str()));
    named.find(|known| alone && known.is_like(table)).map(|known| known.tool)
}

impl Known {
    fn is_like(&self, table: &Table) -> bool {
        let enough = table.columns.len() * 2 > self.columns.len();
        enough
            && table.columns.iter().all(|column| {
                let known = self.columns.iter().find(|(name, _)| *name == column.name.as_str());
                kind(column.ty.base_type()).zip(known).is_some_and(|(kind, (_, kinds))| kinds.contains(&kind))
            })
    }
}

fn kind(base: Option<BaseType>) -> Option<Kind> {
    use BaseType::{Bool, Bpchar, Bytea, Date, Int2, Int4, Int8, Numeric, Timestamp, Timestamptz, Varchar};
    match base? {
        BaseType::Text | Varchar | Bpchar | Bytea => Some(Text),
        Int2 | Int4 | Int8 | Numeric => Some(Number),
        Timestamp | Timestamptz | Date => Some(Time),
        Bool => Some(Boolean),
        _ => None,
    }
}
