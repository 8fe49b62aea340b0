//! What the plan must know of the target's server, and of the database that a refresh replaces.

use super::Object;
use super::Oid;
use super::read::{all, get, identity, name, object, query, unsigned, version};
use crate::pg::fault::Fault;
use crate::pg::locale::Provider;
use crate::pg::marker::Marker;
use crate::words::name::{Name, TableName};
use std::collections::{HashMap, HashSet};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

/// What the plan must know of the target's server.
#[derive(Debug, Clone, Default)]
pub struct TargetFacts {
    /// `server_version`, as in `15.18`.
    pub server_version: String,
    /// `server_version_num`.
    pub version_num: i32,
    /// `pg_control_system().system_identifier`; empty if we may not ask.
    pub system_identifier: String,
    /// The target database's name, as the environment has it.
    pub database: String,
    /// Its oid, if it exists.
    pub oid: Option<Oid>,
    /// The session's user.
    pub user: String,
    /// True for a superuser.
    pub superuser: bool,
    /// May create databases.
    pub create_database: bool,
    /// The owner of the target database, if it exists.
    pub owner: Option<Name>,
    /// Owns the target database, or is a member of its owner.
    pub owns_database: bool,
    /// May end other users' sessions (`pg_signal_backend`, superuser, or member of every role that is connected now).
    pub signal_backend: bool,
    /// Every role of the server, and whether our user is a member of it.
    pub roles: Vec<(Name, bool)>,
    /// Extensions that the server has on disk.
    pub extensions: Vec<AvailableExtension>,
    /// Databases that our user may copy, by name.
    pub templates: Vec<String>,
    /// Tablespaces' names.
    pub tablespaces: Vec<Name>,
    /// Collation and encoding of the old target, or of the template.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// What sorts its texts.
    pub provider: Provider,
    /// Bytes free for the new database, if known.
    pub free_bytes: Option<u64>,
    /// Bytes of the present target database.
    pub bytes: u64,
    /// Tables, views, sequences, functions and large objects of users in the present target database.
    pub user_tables: u64,
    /// The tables of the present target database.
    pub tables: HashSet<TableName>,
    /// Those tables as `into: existing` must know them, and whatever else has rows under a name.
    pub present: HashMap<TableName, Present>,
    /// What each role that may log in can do in the present target database.
    pub privileges: Vec<Held>,
    /// Whose privileges each of them has, its own among them.
    pub usage: HashMap<Name, HashSet<Name>>,
    /// True if a session in the present target database has looked.
    pub inspected: bool,
    /// The marker, if the present target database has one.
    pub marker: Option<Marker>,
    /// Settings of the present target database that our user may not give to the clone, and the role whose they are.
    pub fixed_settings: Vec<(String, Option<Name>)>,
    /// Things that a swap would break, by name: prepared transactions, subscriptions, publications, logical slots.
    pub replication: Vec<(String, String)>,
}

/// A table of the present target database.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// A table with rows of its own or of its partitions, no view.
    pub is_table: bool,
    /// Our user owns it, or is a member of its owner.
    pub owned: bool,
    /// A table that is no partition and no extension's.
    pub alone: bool,
    /// Some of its partitions are foreign tables.
    pub foreign: bool,
    /// Its columns.
    pub columns: Vec<PresentColumn>,
}

/// A column of the present target database.
#[derive(Debug, Clone)]
pub struct PresentColumn {
    /// Its name.
    pub name: Name,
    /// The type as SQL writes it, with its length or precision.
    pub type_sql: String,
    /// GENERATED ALWAYS AS (…).
    pub generated: bool,
    /// A row that says nothing of it has a value or NULL.
    pub filled: bool,
}

/// What a role can do with an object, by whatever way it comes to it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The role.
    pub role: Name,
    /// The object.
    pub object: Object,
    /// As in `SELECT`.
    pub privileges: Vec<String>,
}

/// An extension that the target's server has on disk.
#[derive(Debug, Clone)]
pub struct AvailableExtension {
    /// Its name.
    pub name: Name,
    /// Every version.
    pub versions: Vec<String>,
    /// May our user create it.
    pub creatable: bool,
}

/// Asks the target's server in its maintenance database, and the present target database, if there is one, in itself.
pub async fn target_facts(maintenance: &Client, target: Option<&Client>, database: &str) -> Result<TargetFacts, Fault> {
    let (server, found, roles, extensions, replication, settings) = tokio::try_join!(
        biased;
        query(maintenance, include_str!("target.sql")),
        about(maintenance, include_str!("target_database.sql"), database),
        query(maintenance, include_str!("target_roles.sql")),
        query(maintenance, include_str!("target_extensions.sql")),
        about(maintenance, include_str!("target_replication.sql"), database),
        about(maintenance, include_str!("target_settings.sql"), database),
    )?;
    let mut facts = TargetFacts { database: database.to_owned(), ..TargetFacts::default() };
    let mut any_extension = false;
    if let Some(row) = server.first() {
        facts.server_version = version(row)?;
        facts.version_num = get(row, "version_num")?;
        facts.user = get(row, "user")?;
        facts.superuser = get(row, "superuser")?;
        facts.create_database = get(row, "create_database")?;
        facts.signal_backend = get(row, "signal_backend")?;
        facts.tablespaces = get::<Vec<&str>>(row, "tablespaces")?.into_iter().map(Name::from).collect();
        facts.templates = get(row, "templates")?;
        any_extension = facts.superuser || get::<bool>(row, "provider_admin")?;
        if get(row, "may_identify")? {
            facts.system_identifier = identity(maintenance).await?;
        }
    }
    if let Some(row) = found.first() {
        facts.encoding = get(row, "encoding")?;
        facts.collate = get(row, "collate")?;
        facts.provider = Provider::read(row).map_err(Fault::schema)?;
        if get(row, "exists")? {
            facts.add_present(row)?;
        }
    }
    facts.roles = all(&roles, |row| Ok((name(row, "name")?, get(row, "member")?)))?;
    facts.extensions = all(&extensions, |row| {
        Ok(AvailableExtension {
            name: name(row, "name")?,
            versions: get(row, "versions")?,
            creatable: any_extension || get::<bool>(row, "creatable")?,
        })
    })?;
    facts.fixed_settings =
        all(&settings, |row| Ok((get(row, "setting")?, get::<Option<&str>>(row, "role")?.map(Name::from))))?;
    facts.replication = all(&replication, |row| Ok((get(row, "kind")?, get(row, "name")?)))?;
    if let Some(target) = target {
        facts.privileges = held(target).await?;
        let usage = query(target, include_str!("target_usage.sql")).await?;
        let uses =
            |row: &Row| Ok((name(row, "role")?, get::<Vec<&str>>(row, "uses")?.into_iter().map(Name::from).collect()));
        facts.usage = all(&usage, uses)?.into_iter().collect();
        facts.add_inside(&query(target, include_str!("target_inside.sql")).await?)?;
        facts.present = present(target).await?;
        let tables = query(target, include_str!("target_tables.sql")).await?;
        facts.tables = all(&tables, |row| Ok(TableName { schema: name(row, "schema")?, name: name(row, "table")? }))?
            .into_iter()
            .collect();
    }
    Ok(facts)
}

/// What each role that may log in can do in the session's database.
pub async fn held(client: &Client) -> Result<Vec<Held>, Fault> {
    let rows = query(client, include_str!("target_grants.sql")).await?;
    all(&rows, |row| Ok(Held { role: name(row, "role")?, object: object(row)?, privileges: get(row, "privileges")? }))
}

/// The tables of the session's database, column by column, and whatever else has rows under a name.
pub async fn present(client: &Client) -> Result<HashMap<TableName, Present>, Fault> {
    let mut tables: HashMap<TableName, Present> = HashMap::new();
    for row in &query(client, include_str!("target_present.sql")).await? {
        let table = TableName { schema: name(row, "schema")?, name: name(row, "table")? };
        let present = tables.entry(table).or_default();
        (present.is_table, present.owned) = (get(row, "is_table")?, get(row, "owned")?);
        (present.alone, present.foreign) = (get(row, "alone")?, get(row, "foreign")?);
        if let Some(column) = get::<Option<&str>>(row, "column")? {
            present.columns.push(PresentColumn {
                name: Name::from(column),
                type_sql: get(row, "type_sql")?,
                generated: get(row, "generated")?,
                filled: get(row, "filled")?,
            });
        }
    }
    Ok(tables)
}

/// Every thing of the session's database that can have privileges.
pub async fn objects(client: &Client) -> Result<HashSet<Object>, Fault> {
    let rows = query(client, include_str!("grants.sql")).await?;
    Ok(all(&rows, object)?.into_iter().collect())
}

impl TargetFacts {
    /// Adds what the server knows of the present target database.
    fn add_present(&mut self, row: &Row) -> Result<(), Fault> {
        self.oid = Some(get(row, "oid")?);
        self.bytes = unsigned(row, "bytes")?;
        self.owner = Some(name(row, "owner")?);
        self.owns_database = get(row, "owns_database")?;
        self.signal_backend |= get::<bool>(row, "ends_sessions")?;
        self.marker = get::<Option<&str>>(row, "comment")?.and_then(|comment| Marker::read(comment).0);
        Ok(())
    }

    /// Adds what only a session in the present target database can see.
    fn add_inside(&mut self, rows: &[Row]) -> Result<(), Fault> {
        let Some(row) = rows.first() else { return Ok(()) };
        self.inspected = true;
        self.user_tables = unsigned(row, "objects")?;
        for publication in get::<Vec<String>>(row, "publications")? {
            self.replication.push(("publication".to_owned(), publication));
        }
        Ok(())
    }
}

/// Sends a query about one database.
async fn about(client: &Client, sql: &str, database: &str) -> Result<Vec<Row>, Fault> {
    client.query_typed(sql, &[(&database, Type::TEXT)]).await.map_err(Fault::schema)
}
