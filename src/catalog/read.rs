//! Reads a catalog: a dozen queries over the whole database, sent at once, none per table.

use super::types::{TypeRow, Types};
use super::{
    Catalog, Check, Column, Database, Definition, Extension, ExtensionTable, ForeignKey, Granted, Index, LeftOut,
    Object, Oid, RoleUse, Schema, Sequence, Table, TableKind, UniqueIndex,
};
use crate::pg::fault::Fault;
use crate::pg::locale::Provider;
use crate::pg::marker::Marker;
use crate::words::name::{Name, TableName};
use std::collections::HashMap;
use tokio_postgres::types::FromSql;
use tokio_postgres::{Client, Row};

/// Reads the catalog as the client's transaction sees it; the session's `search_path` is empty.
pub async fn read(client: &Client) -> Result<Catalog, Fault> {
    let (
        database,
        schemas,
        types,
        tables,
        columns,
        indexes,
        checks,
        keys,
        sequences,
        extensions,
        roles,
        left_out,
        dependents,
        definitions,
        grants,
    ) = tokio::try_join!(
        // In order: the first error is the one that says why, the others follow from it.
        biased;
        query(client, include_str!("database.sql")),
        query(client, include_str!("schemas.sql")),
        query(client, include_str!("types.sql")),
        query(client, include_str!("tables.sql")),
        query(client, include_str!("columns.sql")),
        query(client, include_str!("indexes.sql")),
        query(client, include_str!("checks.sql")),
        query(client, include_str!("foreign_keys.sql")),
        query(client, include_str!("sequences.sql")),
        query(client, include_str!("extensions.sql")),
        query(client, include_str!("roles.sql")),
        query(client, include_str!("left_out.sql")),
        query(client, include_str!("dependents.sql")),
        query(client, include_str!("definitions.sql")),
        query(client, include_str!("grants.sql")),
    )?;
    let types = Types::resolve(all(&types, type_row)?);
    let mut columns = grouped(&columns, |row| column(row, &types))?;
    let (mut indexes, mut unique) = (grouped(&indexes, index)?, grouped(&indexes, unique_index)?);
    let mut checks = grouped(&checks, check)?;
    let (views, tables): (Vec<&Row>, Vec<&Row>) =
        tables.iter().partition(|row| matches!(row.try_get::<_, &str>("kind"), Ok("v")));
    let mut catalog = Catalog {
        database: self::database(client, &database).await?,
        views: views.iter().map(|row| table_name(row)).collect::<Result<_, _>>()?,
        schemas: all(&schemas, |row| Ok(Schema { name: name(row, "name")?, usable: get(row, "usable")? }))?,
        tables: tables
            .into_iter()
            .map(|row| {
                let table = table(row)?;
                let indexes = indexes.remove(&table.oid).unwrap_or_default();
                Ok(Table {
                    index_bytes: indexes.iter().map(|index| index.bytes).sum(),
                    indexes,
                    columns: columns.remove(&table.oid).unwrap_or_default(),
                    unique_indexes: unique.remove(&table.oid).unwrap_or_default().into_iter().flatten().collect(),
                    checks: checks.remove(&table.oid).unwrap_or_default(),
                    ..table
                })
            })
            .collect::<Result<_, Fault>>()?,
        foreign_keys: all(&keys, foreign_key)?,
        sequences: all(&sequences, sequence)?,
        extensions: all(&extensions, extension)?,
        roles: all(&roles, role)?,
        grants: all(&grants, granted)?,
        left_out: all(&left_out, self::left_out)?.into_iter().flatten().collect(),
        dependents: all(&dependents, |row| Ok((get(row, "table")?, get(row, "dependent")?)))?,
        definitions: all(&definitions, |row| {
            Ok(Definition { object: get(row, "object")?, text: get(row, "definition")? })
        })?,
        large_objects: 0,
        locked_large_objects: database.first().map_or(Ok(0), |row| unsigned(row, "locked_large_objects"))?,
    };
    catalog.finish();
    Ok(catalog)
}

/// An object that grants speak of.
pub(super) fn object(row: &Row) -> Result<Object, Fault> {
    let name = TableName { schema: name(row, "schema")?, name: name(row, "name")? };
    Ok(Object { kind: get(row, "kind")?, name })
}

fn granted(row: &Row) -> Result<Granted, Fault> {
    let grantee = get::<Option<&str>>(row, "grantee")?.map(Name::from);
    Ok(Granted { object: object(row)?, owner: get(row, "owner")?, grantee, privileges: get(row, "privileges")? })
}

impl Catalog {
    /// Fills in what follows from the rest.
    fn finish(&mut self) {
        let objects = self.left_out.iter().find(|left| left.kind == "large object");
        self.large_objects = objects.and_then(|left| left.name.parse().ok()).unwrap_or(0);
        for key in &mut self.foreign_keys {
            let table = self.tables.by_oid(key.table);
            let not_null = |number: &i16| table.and_then(|table| table.by_number(*number)).is_some_and(|c| c.not_null);
            key.not_null = key.columns.iter().any(not_null);
        }
    }
}

/// Sends a query without a round trip for its preparation.
pub(super) async fn query(client: &Client, sql: &str) -> Result<Vec<Row>, Fault> {
    client.query_typed(sql, &[]).await.map_err(Fault::schema)
}

/// A field by name; a server that is not in UTF-8 may give names that are no text.
pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, field: &str) -> Result<T, Fault> {
    row.try_get(field).map_err(Fault::schema)
}

pub(super) fn name(row: &Row, field: &str) -> Result<Name, Fault> {
    Ok(Name::from(get::<&str>(row, field)?))
}

/// Every row as a value.
pub(super) fn all<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
    rows.iter().map(read).collect()
}

/// Every row as a value, by the table that it belongs to.
fn grouped<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, Fault>) -> Result<HashMap<Oid, Vec<T>>, Fault> {
    let mut groups: HashMap<Oid, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(get(row, "table")?).or_default().push(read(row)?);
    }
    Ok(groups)
}

async fn database(client: &Client, rows: &[Row]) -> Result<Database, Fault> {
    let Some(row) = rows.first() else { return Ok(Database::default()) };
    let may_identify: bool = get(row, "may_identify")?;
    Ok(Database {
        name: get(row, "name")?,
        oid: get(row, "oid")?,
        system_identifier: if may_identify { identity(client).await? } else { String::new() },
        server_version: version(row)?,
        version_num: get(row, "version_num")?,
        encoding: get(row, "encoding")?,
        collate: get(row, "collate")?,
        ctype: get(row, "ctype")?,
        provider: Provider::read(row).map_err(Fault::schema)?,
        in_recovery: get(row, "in_recovery")?,
        bytes: unsigned(row, "bytes")?,
        snapshot_at: get(row, "snapshot_at")?,
        marker: get::<Option<&str>>(row, "comment")?.and_then(|comment| Marker::read(comment).0),
        user: get(row, "user")?,
        first_user: get(row, "first_user")?,
        superuser: get(row, "superuser")?,
    })
}

/// The cluster's identifier; the caller has checked that we may ask.
pub(super) async fn identity(client: &Client) -> Result<String, Fault> {
    let rows = query(client, include_str!("identity.sql")).await?;
    rows.first().map_or_else(|| Ok(String::new()), |row| get(row, "system_identifier"))
}

/// `15.18` of `15.18 (Debian 15.18-1.pgdg12+1)`.
pub(super) fn version(row: &Row) -> Result<String, Fault> {
    let whole: &str = get(row, "server_version")?;
    Ok(whole.split(' ').next().unwrap_or_default().to_owned())
}

pub(super) fn unsigned(row: &Row, field: &str) -> Result<u64, Fault> {
    Ok(u64::try_from(get::<i64>(row, field)?).unwrap_or(0))
}

fn table_name(row: &Row) -> Result<TableName, Fault> {
    Ok(TableName::new(name(row, "schema")?, name(row, "name")?))
}

fn type_row(row: &Row) -> Result<TypeRow, Fault> {
    Ok(TypeRow {
        oid: get(row, "oid")?,
        name: table_name(row)?,
        element: get(row, "element")?,
        base: get(row, "base")?,
        typmod: get(row, "typmod")?,
        not_null: get(row, "not_null")?,
        subtype: get(row, "subtype")?,
        is_enum: get::<&str>(row, "kind")? == "e",
        is_composite: get::<&str>(row, "kind")? == "c",
        labels: get::<Option<_>>(row, "labels")?.unwrap_or_default(),
        checks: get::<Option<_>>(row, "checks")?.unwrap_or_default(),
        field_names: get::<Option<_>>(row, "field_names")?.unwrap_or_default(),
        field_types: get::<Option<_>>(row, "field_types")?.unwrap_or_default(),
        field_typmods: get::<Option<_>>(row, "field_typmods")?.unwrap_or_default(),
        extension: get(row, "extension")?,
    })
}

/// A table without what other queries know.
fn table(row: &Row) -> Result<Table, Fault> {
    let extension: Option<&str> = get(row, "extension")?;
    let main_bytes = unsigned(row, "main_bytes")?;
    let configuration: Option<String> = get(row, "extension_condition")?;
    Ok(Table {
        oid: get(row, "oid")?,
        name: table_name(row)?,
        kind: match get::<&str>(row, "kind")? {
            "p" => TableKind::Partitioned,
            "f" => TableKind::Foreign,
            "m" => TableKind::MaterializedView,
            _ => TableKind::Plain,
        },
        unlogged: get(row, "unlogged")?,
        parents: get(row, "parents")?,
        partition: get(row, "partition")?,
        partition_key: get(row, "partition_key")?,
        extension: extension.map(|extension| ExtensionTable { extension: Name::from(extension), configuration }),
        columns: Vec::new(),
        unique_indexes: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        estimated_rows: get(row, "estimated_rows")?,
        heap_bytes: main_bytes + unsigned(row, "toast_bytes")?,
        index_bytes: 0,
        pages: u32::try_from(main_bytes / unsigned(row, "block_bytes")?.max(1)).unwrap_or(u32::MAX),
        file_node: get(row, "file_node")?,
        row_security_active: get(row, "row_security_active")?,
        selectable: get(row, "selectable")?,
        owner: name(row, "owner")?,
        populated: get(row, "populated")?,
    })
}

fn column(row: &Row, types: &Types) -> Result<Column, Fault> {
    let ty = types.get(get(row, "type")?);
    Ok(Column {
        number: get(row, "number")?,
        name: name(row, "name")?,
        typmod: get(row, "typmod")?,
        type_sql: get(row, "type_sql")?,
        not_null: get::<bool>(row, "not_null")? || ty.forbids_null(),
        default: get(row, "default")?,
        identity: get(row, "identity")?,
        generated: get(row, "generated")?,
        collation: get(row, "collation")?,
        distinct: get(row, "distinct")?,
        nulls: get(row, "nulls")?,
        ty,
    })
}

fn index(row: &Row) -> Result<Index, Fault> {
    Ok(Index {
        oid: get(row, "oid")?,
        constraint: get(row, "constraint")?,
        bytes: unsigned(row, "bytes")?,
        valid: get(row, "valid")?,
    })
}

fn unique_index(row: &Row) -> Result<Option<UniqueIndex>, Fault> {
    let exclusion: bool = get(row, "exclusion")?;
    if !exclusion && !get::<bool>(row, "unique")? {
        return Ok(None);
    }
    let columns: Vec<i16> = get(row, "columns")?;
    let mut expression_columns: Vec<i16> = get::<Option<_>>(row, "expression_columns")?.unwrap_or_default();
    expression_columns.retain(|number| !columns.contains(number));
    Ok(Some(UniqueIndex {
        name: name(row, "name")?,
        primary: get(row, "primary")?,
        exclusion,
        columns,
        expression_columns,
        has_expressions: get(row, "has_expressions")?,
        nulls_not_distinct: get(row, "nulls_not_distinct")?,
        predicate: get(row, "predicate")?,
        definition: get::<Option<_>>(row, "definition")?.unwrap_or_default(),
    }))
}

fn check(row: &Row) -> Result<Check, Fault> {
    Ok(Check {
        name: name(row, "name")?,
        expression: get(row, "expression")?,
        columns: get(row, "columns")?,
        validated: get(row, "validated")?,
    })
}

fn foreign_key(row: &Row) -> Result<ForeignKey, Fault> {
    Ok(ForeignKey {
        oid: get(row, "oid")?,
        name: name(row, "name")?,
        table: get(row, "table")?,
        columns: get(row, "columns")?,
        references: get(row, "references")?,
        referenced_columns: get(row, "referenced_columns")?,
        operators: get(row, "operators")?,
        match_full: get(row, "match_full")?,
        deferrable: get(row, "deferrable")?,
        validated: get(row, "validated")?,
        not_null: false,
    })
}

fn sequence(row: &Row) -> Result<Sequence, Fault> {
    let (table, column): (Option<Oid>, Option<i16>) = (get(row, "table")?, get(row, "column")?);
    Ok(Sequence {
        oid: get(row, "oid")?,
        name: table_name(row)?,
        owned_by: table.zip(column),
        selectable: get(row, "selectable")?,
        descending: get(row, "descending")?,
        unlogged: get(row, "unlogged")?,
        extension: get::<Option<&str>>(row, "extension")?.map(Name::from),
    })
}

fn extension(row: &Row) -> Result<Extension, Fault> {
    Ok(Extension {
        name: name(row, "name")?,
        schema: name(row, "schema")?,
        version: get(row, "version")?,
        extensions: get::<Vec<&str>>(row, "extensions")?.into_iter().map(Name::from).collect(),
        dependents: get(row, "dependents")?,
        granted: get(row, "granted")?,
    })
}

fn role(row: &Row) -> Result<RoleUse, Fault> {
    Ok(RoleUse {
        role: name(row, "role")?,
        owner: get(row, "owner")?,
        granted: get(row, "granted")?,
        large_objects_only: get(row, "large_objects_only")?,
        examples: get(row, "examples")?,
    })
}

/// The kinds of left-out objects, and why each is.
const LEFT_OUT: [(&str, &str); 8] = [
    ("publication", "a clone does not feed others"),
    ("subscription", "it would take the slot of production's own subscription"),
    ("event trigger", "only a superuser may create it, and it would act on the clone's DDL"),
    ("user mapping", "it holds passwords"),
    ("server options", "they name hosts that a clone must not reach"),
    ("security label", "labels are text that no rule decides"),
    ("comment", "comments are text that no rule decides; policy: { comments: keep } keeps them"),
    ("large object", "policy: large_objects says what happens to them"),
];

fn left_out(row: &Row) -> Result<Option<LeftOut>, Fault> {
    let word: &str = get(row, "kind")?;
    let name = get(row, "name")?;
    Ok(LEFT_OUT.iter().find(|(kind, _)| *kind == word).map(|(kind, why)| LeftOut { kind, name, why }))
}
