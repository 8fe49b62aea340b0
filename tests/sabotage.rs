//! A TCP proxy between standin and a server that lets one statement of a transaction fail, or its line break.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens to the statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Harm {
    /// The server does not understand it.
    Garbled,
    /// The line breaks before it arrives.
    Lost,
    /// The line breaks after it arrived: nobody hears the answer.
    Unheard,
}

/// The proxy; its threads end with the process.
pub struct Sabotage {
    /// The port to connect to.
    pub port: u16,
    seen: Arc<AtomicUsize>,
}

/// Which statement of whom is harmed.
#[derive(Clone)]
struct Target {
    database: String,
    begins: &'static str,
    at: usize,
    harm: Harm,
    seen: Arc<AtomicUsize>,
}

impl Sabotage {
    /// Harms a statement of a session in `database`: the one `at` places after the first that holds the words `begins`.
    pub fn new(server: u16, database: &str, begins: &'static str, at: usize, harm: Harm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(AtomicUsize::new(0));
        let target = Target { database: database.to_owned(), begins, at, harm, seen: seen.clone() };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let again = |stream: &TcpStream| stream.try_clone().expect("a socket");
                let (back, target) = ((again(&server), again(&client)), target.clone());
                std::thread::spawn(move || answers(back.0, back.1));
                std::thread::spawn(move || {
                    let _ = target.pass(&client, &server);
                    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Write));
                });
            }
        });
        Sabotage { port, seen }
    }

    /// How many statements there were from the first one on.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

fn answers(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

impl Target {
    /// Passes on what a client sends, message by message.
    fn pass(&self, mut client: &TcpStream, mut server: &TcpStream) -> std::io::Result<()> {
        let mut length = [0; 4];
        client.read_exact(&mut length)?;
        let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
        client.read_exact(&mut startup)?;
        server.write_all(&[&length[..], &startup].concat())?;
        let name = format!("database\0{}\0", self.database);
        let watched = startup.windows(name.len()).any(|part| part == name.as_bytes());
        let mut begun = false;
        loop {
            let mut head = [0; 5];
            client.read_exact(&mut head)?;
            let mut body = vec![0; u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4];
            client.read_exact(&mut body)?;
            let statement = watched && matches!(head[0], b'Q' | b'P');
            begun |= statement && body.windows(self.begins.len()).any(|part| part == self.begins.as_bytes());
            let harmed = statement && begun && self.seen.fetch_add(1, Ordering::SeqCst) == self.at;
            match self.harm {
                Harm::Lost if harmed => return Ok(()),
                Harm::Garbled if harmed => {
                    // The first text of `P` is the name that it is prepared under.
                    let at = if head[0] == b'P' { body.iter().position(|byte| *byte == 0).unwrap_or(0) + 1 } else { 0 };
                    body[at..at + 1].fill(b'!');
                }
                _ => {}
            }
            server.write_all(&[&head[..], &body].concat())?;
            if harmed && self.harm == Harm::Unheard {
                return Ok(());
            }
        }
    }
}
