//! Databases as a whole: the run lock, create, drop, swap, marker; all from one fixed maintenance database.

use super::connect::Server;
use super::fault::Fault;
use super::locale::Provider;
use super::marker::Marker;
use super::session::{Run, Target};
use super::types::Oid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::{Name, literal, printable};
use std::time::{Duration, Instant};

/// How long the sessions of the old database may take to end.
pub(super) const SWAP_PATIENCE: Duration = Duration::from_secs(20);

/// How long the sessions of a run that was killed may take to notice, and to let its lock go.
const LOCK_PATIENCE: Duration = Duration::from_millis(1500);

/// A database as the server's catalog has it.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its oid.
    pub oid: Oid,
    /// Its name.
    pub name: String,
    /// The marker, if standin made it.
    pub marker: Option<Marker>,
    /// The comment without the marker.
    pub comment: String,
    /// Its owner.
    pub owner: Name,
    /// Is our user a member of its owner.
    pub ours: bool,
    /// Its tablespace.
    pub tablespace: Name,
    /// Its encoding.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// What sorts its texts.
    pub provider: Provider,
    /// Its connection limit.
    pub connection_limit: i32,
}

/// What a new database is made like.
#[derive(Debug, Clone)]
pub struct Like {
    /// The template.
    pub template: String,
    /// Encoding and locale; `None`: the template's.
    pub locale: Option<Locale>,
    /// The tablespace; `None`: the template's.
    pub tablespace: Option<Name>,
}

/// How a database writes and sorts texts.
#[derive(Debug, Clone)]
pub struct Locale {
    /// Its encoding.
    pub encoding: String,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// What sorts its texts.
    pub provider: Provider,
}

/// A session in the maintenance database; it holds the run lock once that was taken.
pub struct Maintenance {
    pub(super) server: Server,
    pub(super) run: Run,
    session: Target,
}

impl Maintenance {
    /// Connects to the maintenance database of the target's server.
    pub async fn open(server: &Server, run: &Run, database: &str) -> Result<Self> {
        let server = server.with_database(database);
        let session = Target::open(&server, run).await?;
        Ok(Maintenance { server, run: run.clone(), session })
    }

    /// The session, for reading the catalog.
    pub fn session(&self) -> &Target {
        &self.session
    }

    /// Takes the lock of a target database for the life of this session; exit 75 naming the holder if another run has it.
    pub async fn lock(&self, database: &str) -> Result<()> {
        let client = self.session.client();
        let fault = |error| Fault::schema(error).into_error("run-lock", Place::Run, "cannot take the run lock");
        let key = lock_key(database);
        let started = Instant::now();
        loop {
            let row = client.query_one("SELECT pg_catalog.pg_try_advisory_lock($1)", &[&key]).await.map_err(fault)?;
            if row.get(0) {
                return Ok(());
            }
            if started.elapsed() > LOCK_PATIENCE {
                break;
            }
            tokio::time::sleep(LOCK_PATIENCE / 10).await;
        }
        let holder = client
            .query_opt(include_str!("lock_holder.sql"), &[&key])
            .await
            .map_err(fault)?
            .map(|row| {
                format!("{} (pid {}, since {})", row.get::<_, String>(0), row.get::<_, i32>(1), row.get::<_, String>(2))
            })
            .unwrap_or_else(|| "another run".to_owned());
        Err(Error::temporary(
            Diagnostic::error(
                "run-lock",
                Place::Object(Name::from(database).to_string()),
                format!("{holder} works on this database"),
            )
            .help("wait until it has ended"),
        ))
    }

    /// Every database of the server, by name.
    pub async fn databases(&self) -> Result<Vec<Database>> {
        let fault =
            |error| Fault::schema(error).into_error("databases", Place::Run, "cannot list the server's databases");
        let rows = self.session.client().query(include_str!("databases.sql"), &[]).await.map_err(fault)?;
        rows.iter()
            .map(|row| {
                let comment: String = row.get("comment");
                let (marker, comment) = Marker::read(&comment);
                Ok(Database {
                    oid: row.get("oid"),
                    name: row.get("name"),
                    marker,
                    comment: comment.to_owned(),
                    owner: Name::from(row.get::<_, String>("owner")),
                    ours: row.get("ours"),
                    tablespace: Name::from(row.get::<_, String>("tablespace")),
                    encoding: row.get("encoding"),
                    collate: row.get("collate"),
                    ctype: row.get("ctype"),
                    provider: Provider::read(row).map_err(fault)?,
                    connection_limit: row.get("connection_limit"),
                })
            })
            .collect()
    }

    /// The database of that name.
    pub async fn database(&self, name: &str) -> Result<Option<Database>> {
        Ok(self.databases().await?.into_iter().find(|database| database.name == name))
    }

    /// Creates a database that nobody but its owner may enter, and marks it.
    pub async fn create(&self, name: &str, like: &Like, marker: &Marker) -> Result<()> {
        let name = Name::from(name);
        let mut sql = format!("CREATE DATABASE {} TEMPLATE {}", name.sql(), Name::from(like.template.as_str()).sql());
        if let Some(Locale { encoding, collate, ctype, provider }) = &like.locale {
            let [encoding, collate, ctype] = [encoding, collate, ctype].map(|text| literal(text));
            let provider = provider.options();
            sql.push_str(&format!(" ENCODING {encoding} LC_COLLATE {collate} LC_CTYPE {ctype}{provider}"));
        }
        if let Some(tablespace) = &like.tablespace {
            sql.push_str(&format!(" TABLESPACE {}", tablespace.sql()));
        }
        let doing = "cannot create the database that is to become the clone";
        self.session.execute(&sql, &name, doing).await?;
        self.mark(&name, marker).await
    }

    /// Marks a new database and keeps everybody but its owner out.
    pub(super) async fn mark(&self, name: &Name, marker: &Marker) -> Result<()> {
        let close =
            format!("REVOKE ALL ON DATABASE {0} FROM PUBLIC; {1}", name.sql(), comment(name, &marker.comment("")));
        self.session.execute(&close, name, "cannot mark the new database").await
    }

    /// Drops a database and ends what is connected to it.
    pub async fn drop(&self, name: &str) -> Result<()> {
        let name = Name::from(name);
        let allow = format!("ALTER DATABASE {} IS_TEMPLATE false", name.sql());
        // A template cannot be dropped; whether this one may be altered, the drop itself will tell.
        let _ = self.session.client().batch_execute(&allow).await;
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", name.sql());
        let doing = "cannot drop the database";
        match self.session.client().batch_execute(&sql).await.map_err(Fault::schema) {
            // What a hook prepared and left holds its database.
            Err(fault) if fault.is("55006") && self.roll_back_prepared(name.as_str()).await.is_ok() => {
                self.session.execute(&sql, &name, doing).await
            }
            done => done.map_err(|fault| fault.into_error("target-statement", Place::from(&name), doing)),
        }
    }

    /// Rolls back what was prepared in a database, which only a session in it can.
    async fn roll_back_prepared(&self, database: &str) -> Result<()> {
        let session = Target::open(&self.server.with_database(database), &self.run).await?;
        let sql = "SELECT pg_catalog.format('ROLLBACK PREPARED %L', x.gid) FROM pg_catalog.pg_prepared_xacts x \
                   WHERE x.database = pg_catalog.current_database()";
        let fault =
            |error| Fault::schema(error).into_error("target-statement", Place::Run, "cannot read its transactions");
        for row in session.client().query(sql, &[]).await.map_err(fault)? {
            session.execute(row.get(0), Place::Run, "cannot roll back what was prepared").await?;
        }
        session.close().await;
        Ok(())
    }

    /// Tries, and takes back, what a swap will give to the clone: owner, grants, settings, connection limit of the live database.
    pub async fn rehearse(&self, live: &str, incoming: &str) -> Result<()> {
        let client = self.session.client();
        let doing = "the clone could not take over what the present database has";
        let refused = |error| Fault::schema(error).into_refusal("takeover", Place::from(&Name::from(live)), doing);
        let statements = self.takeover(live, incoming).await?;
        client.batch_execute("BEGIN").await.map_err(refused)?;
        for (statement, what) in statements {
            let done = client.batch_execute(&statement).await.map_err(Fault::schema);
            if let Err(fault) = done {
                let _ = client.batch_execute("ROLLBACK").await;
                let doing = format!("the clone could not take over {} of the present database", printable(&what));
                let help = "let standin's role do what a superuser did there, or take it away";
                return Err(fault.into_refusal("takeover", Place::from(&Name::from(live)), &doing).with_help(help));
            }
        }
        client.batch_execute("ROLLBACK").await.map_err(refused)
    }

    /// Swaps names in one transaction, of all these databases or none: `live` (if it exists) becomes `outgoing`, `incoming`
    /// becomes `live` and takes over its owner, grants, settings and connection limit. Old sessions are ended meanwhile. A
    /// lost reply is settled by looking.
    pub async fn swap(&self, swaps: &[Swap]) -> Result<()> {
        let mut sql = String::from("BEGIN; SET LOCAL lock_timeout = '15s'");
        for swap in swaps {
            sql.push_str(&self.renames(swap).await?);
        }
        let ender = Target::open(&self.server, &self.run).await?;
        let ended: Vec<&str> = swaps.iter().flat_map(|swap| [swap.live.as_str(), swap.incoming.as_str()]).collect();
        let started = Instant::now();
        loop {
            let renamed = {
                let swapping = self.session.client().batch_execute(&sql);
                let ending = end_sessions(&ender, &ended);
                tokio::select! { biased; result = swapping => result, error = ending => return Err(error) }
            };
            let Err(error) = renamed else { break };
            let fault = Fault::schema(error);
            let _ = self.session.client().batch_execute("ROLLBACK").await;
            let busy = fault.is("55006") || fault.is("55P03");
            if !busy || started.elapsed() > SWAP_PATIENCE {
                return Err(self.busy(&ender, &ended, fault).await);
            }
        }
        match (self.session.client().batch_execute("COMMIT").await, swaps.first()) {
            (Err(error), Some(swap)) => self.look(swap, Fault::schema(error)).await,
            _ => Ok(()),
        }
    }

    /// The statements of one swap, each after a semicolon.
    async fn renames(&self, swap: &Swap) -> Result<String> {
        let [live, incoming, outgoing] =
            [&swap.live, &swap.incoming, &swap.outgoing].map(|name| Name::from(name.as_str()));
        let mut sql = String::new();
        if swap.replaces {
            let takeover: String =
                self.takeover(&swap.live, &swap.incoming).await?.into_iter().map(|(sql, _)| sql + "; ").collect();
            sql.push_str(&format!(
                "; ALTER DATABASE {0} RENAME TO {1}; {takeover}ALTER DATABASE {1} ALLOW_CONNECTIONS false; {2}",
                live.sql(),
                outgoing.sql(),
                comment(&outgoing, &swap.outgoing_comment)
            ));
        }
        sql.push_str(&format!(
            "; ALTER DATABASE {0} ALLOW_CONNECTIONS true; ALTER DATABASE {0} RENAME TO {1}; {2}",
            incoming.sql(),
            live.sql(),
            comment(&live, &swap.incoming_comment)
        ));
        if !swap.replaces {
            sql.push_str(&format!("; GRANT CONNECT, TEMPORARY ON DATABASE {} TO PUBLIC", live.sql()));
        }
        Ok(sql)
    }

    /// The error of a swap that could not be made, naming who is still connected.
    pub(super) async fn busy(&self, ender: &Target, databases: &[&str], fault: Fault) -> Error {
        let rows = ender.client().query(include_str!("sessions.sql"), &[&databases]).await.unwrap_or_default();
        let who: Vec<String> =
            rows.iter().map(|row| format!("pid {} of {}", row.get::<_, i32>(0), row.get::<_, String>(1))).collect();
        let place = databases.first().map_or(Place::Run, |live| Place::from(&Name::from(*live)));
        if who.is_empty() {
            return fault.into_error("swap", place, "cannot swap the databases");
        }
        Error::temporary(
            Diagnostic::error(
                "swap-busy",
                place,
                format!("sessions that may not be ended are connected: {}", who.join(", ")),
            )
            .help("end them, or grant pg_signal_backend to the user that standin connects as"),
        )
    }

    /// Settles a COMMIT whose reply was lost: by a new connection, from the names as they are now.
    async fn look(&self, swap: &Swap, fault: Fault) -> Result<()> {
        for pause in [0, 1, 2, 4, 8] {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            let Ok(session) = Target::open(&self.server, &self.run).await else { continue };
            let sql = "SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = $1";
            if let Ok(row) = session.client().query_opt(sql, &[&swap.live]).await {
                let published = row.is_some_and(|row| row.get::<_, Oid>(0) == swap.incoming_oid);
                return if published {
                    Ok(())
                } else {
                    Err(fault.into_error("swap", Place::Run, "the swap did not happen"))
                };
            }
        }
        Err(fault.into_error(
            "swap",
            Place::Run,
            "the connection was lost during the swap, and the server cannot be asked how it ended",
        ))
    }

    /// The statements that give `incoming` what `live` has, each with what it gives.
    async fn takeover(&self, live: &str, incoming: &str) -> Result<Vec<(String, String)>> {
        let doing = "cannot read the settings of the present database";
        let fault = |error| Fault::schema(error).into_error("takeover", Place::Run, doing);
        let rows =
            self.session.client().query(include_str!("takeover.sql"), &[&live, &incoming]).await.map_err(fault)?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// One swap.
pub struct Swap {
    /// The name that people connect to.
    pub live: String,
    /// True if a database of that name exists.
    pub replaces: bool,
    /// The database that becomes `live`.
    pub incoming: String,
    /// Its oid.
    pub incoming_oid: Oid,
    /// The comment that it gets.
    pub incoming_comment: String,
    /// The name that the old database gets.
    pub outgoing: String,
    /// The comment that it gets.
    pub outgoing_comment: String,
}

/// Ends sessions of these databases, again and again; it returns only when it cannot go on.
pub(super) async fn end_sessions(ender: &Target, databases: &[&str]) -> Error {
    loop {
        if let Err(error) = ender.client().query(include_str!("end_sessions.sql"), &[&databases]).await {
            let fault = Fault::schema(error);
            if !fault.is("42501") {
                return fault.into_error("swap", Place::Run, "cannot end the sessions of the old database");
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The statement that sets a database's comment.
pub(super) fn comment(database: &Name, text: &str) -> String {
    let text = if text.is_empty() { "NULL".to_owned() } else { literal(text) };
    format!("COMMENT ON DATABASE {} IS {text}", database.sql())
}

/// The key of a target's advisory lock: the same for every run against this database.
fn lock_key(database: &str) -> i64 {
    let hash = blake3::hash(format!("standin run lock\0{database}").as_bytes());
    let mut half = [0; 8];
    half.copy_from_slice(&hash.as_bytes()[..8]);
    i64::from_le_bytes(half)
}
