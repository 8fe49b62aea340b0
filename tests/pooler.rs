//! Poolers: those in transaction mode are refused before anything is left in the sessions that they hand on to others.

use crate::fixture::{Pair, Running};
use std::collections::HashMap;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The smallest pooler there can be.
struct Pooler {
    port: u16,
}

/// A session at the server, and what the server said when it began.
struct Backend {
    session: TcpStream,
    greeting: Vec<u8>,
}

type Pools = Arc<Mutex<HashMap<String, Arc<Mutex<Backend>>>>>;

impl Pooler {
    /// All clients of a database share one backend, a transaction at a time.
    fn of_transactions(server: u16) -> Self {
        let pools = Pools::default();
        Pooler::new(move |client| serve(client, server, &pools))
    }

    /// Every client has a backend, and none may bring `options`.
    fn of_sessions(server: u16) -> Self {
        Pooler::new(move |client| pass(client, server))
    }

    /// Listens; its threads end with the process.
    fn new(serve: impl Fn(TcpStream) -> Result<()> + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let serve = serve.clone();
                std::thread::spawn(move || serve(client));
            }
        });
        Pooler { port }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

fn pass(mut client: TcpStream, server: u16) -> Result<()> {
    let startup = body(&mut client)?;
    if startup.split(|byte| *byte == 0).any(|word| word == b"options") {
        let fault = b"SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: options\0\0";
        return client.write_all(&[b"E\0\0\0", &[fault.len() as u8 + 4][..], fault].concat());
    }
    let mut session = TcpStream::connect(("127.0.0.1", server))?;
    session.write_all(&[&(startup.len() as u32 + 4).to_be_bytes()[..], &startup].concat())?;
    let (mut answers, mut back) = (session.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        back.shutdown(Shutdown::Both)
    });
    let _ = std::io::copy(&mut client, &mut session);
    session.shutdown(Shutdown::Write)
}

fn serve(mut client: TcpStream, server: u16, pools: &Pools) -> Result<()> {
    let startup = body(&mut client)?;
    let words: Vec<String> =
        startup[4..].split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into()).collect();
    let database = words.chunks(2).find(|pair| pair[0] == "database").map(|pair| pair[1].clone());
    let backend = backend(server, database.ok_or(ErrorKind::InvalidData)?, pools)?;
    client.write_all(&backend.lock().expect("no panic").greeting)?;
    loop {
        let mut asked = message(&mut client)?;
        let mut backend = backend.lock().expect("no panic");
        loop {
            if asked[0] == b'X' {
                return Ok(());
            }
            backend.session.write_all(&asked)?;
            if matches!(asked[0], b'Q' | b'S') && answer(&mut backend.session, &mut client)? == b'I' {
                break;
            }
            asked = message(&mut client)?;
        }
    }
}

/// The backend of a database's clients.
fn backend(server: u16, database: String, pools: &Pools) -> Result<Arc<Mutex<Backend>>> {
    let mut pools = pools.lock().expect("no panic");
    if let Some(backend) = pools.get(&database) {
        return Ok(backend.clone());
    }
    let startup = format!("\0\x03\0\0user\0postgres\0database\0{database}\0\0");
    let mut session = TcpStream::connect(("127.0.0.1", server))?;
    session.write_all(&(startup.len() as u32 + 4).to_be_bytes())?;
    session.write_all(startup.as_bytes())?;
    let mut greeting = Vec::new();
    answer(&mut session, &mut greeting)?;
    let backend = Arc::new(Mutex::new(Backend { session, greeting }));
    pools.insert(database, backend.clone());
    Ok(backend)
}

/// Passes on what the server says until it is ready, and returns its state: `I` outside of a transaction.
fn answer(server: &mut TcpStream, client: &mut impl Write) -> Result<u8> {
    loop {
        let said = message(server)?;
        // A client that is gone leaves its backend ready for the next.
        let _ = client.write_all(&said);
        if said[0] == b'Z' {
            return Ok(said[5]);
        }
    }
}

fn message(from: &mut TcpStream) -> Result<Vec<u8>> {
    let mut kind = [0];
    from.read_exact(&mut kind)?;
    let body = body(from)?;
    Ok([&kind[..], &(body.len() as u32 + 4).to_be_bytes(), &body].concat())
}

fn body(from: &mut TcpStream) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = (u32::from_be_bytes(length) as usize).checked_sub(4).ok_or(Error::from(ErrorKind::InvalidData))?;
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(body)
}

#[test]
fn nothing_is_left_in_sessions_that_others_use() {
    let pair = Pair::with("pooler", "CREATE TABLE people (id integer PRIMARY KEY)");
    pair.rules("tables: { people: { keep: rest } }\n");
    pair.refresh();
    let source = Pooler::of_transactions(pair.source_server.port());
    let target = Pooler::of_transactions(pair.target_server.port());
    let (pooled_source, pooled_target) = (source.url(&pair.source), target.url(&pair.target));
    for (arguments, variable, url) in [
        (&["plan"][..], "PRODUCTION_URL", &pooled_source),
        (&["refresh", "--yes"], "PRODUCTION_URL", &pooled_source),
        (&["profile", "--from", "production"], "PRODUCTION_URL", &pooled_source),
        (&["plan"], "STAGING_URL", &pooled_target),
        (&["refresh", "--yes"], "STAGING_URL", &pooled_target),
        (&["rollback", "--yes"], "STAGING_URL", &pooled_target),
        (&["baseline", "save", "--in", "staging"], "STAGING_URL", &pooled_target),
        (&["reset", "--to", "staging", "--yes"], "STAGING_URL", &pooled_target),
        (&["seed-dev"], "DATABASE_URL", &pooled_target),
    ] {
        let mut command = pair.command(arguments);
        command.env(variable, url);
        let run = Running::start(command).wait(Duration::from_secs(60));
        run.expect(3).says("error[pooler]").says("is a pooler in transaction mode").says("the direct URL");
    }
    let left = "SELECT current_setting('default_transaction_read_only'), current_setting('search_path'), \
                current_setting('statement_timeout'), (SELECT count(*) FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())";
    for (pooler, server, databases) in [
        (&source, pair.source_server, vec![&*pair.source]),
        (&target, pair.target_server, vec![&*pair.target, "postgres"]),
    ] {
        for database in databases {
            let mut psql = server.client("psql", database);
            psql.env("PGHOST", "127.0.0.1").env("PGPORT", pooler.port.to_string()).env_remove("PGOPTIONS");
            psql.env("PGSSLMODE", "disable").env("PGGSSENCMODE", "disable");
            let output = psql.args(["-XAtc", left]).output().expect("psql");
            assert_eq!(String::from_utf8_lossy(&output.stdout), "off|\"$user\", public|0|0\n", "{database}");
        }
    }
}

#[test]
fn a_pool_of_sessions_does_but_pg_dump_needs_its_settings() {
    let pair =
        Pair::with("pooler_sessions", "CREATE TABLE people (id integer PRIMARY KEY); INSERT INTO people VALUES (1)");
    pair.rules("tables: { people: { keep: rest } }\n");
    let target = Pooler::of_sessions(pair.target_server.port()).url(&pair.target);
    let source = Pooler::of_sessions(pair.source_server.port()).url(&pair.source);
    let run = |variable: &str, url: &str| {
        let mut command = pair.command(&["refresh", "--yes"]);
        command.env(variable, url);
        Running::start(command).wait(Duration::from_secs(60))
    };
    run("STAGING_URL", &target).expect(0);
    assert_eq!(pair.at_target("SELECT id FROM people"), "1");
    run("PRODUCTION_URL", &source).expect(3).says("error[schema-read]").says("ignore_startup_parameters = options");
    assert_eq!(pair.beside_target(), Vec::<String>::new());
}
