//! A TCP proxy between standin and a server: it records what is sent to the server, and cuts the line when told.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A proxy to a port of this machine; its threads end with the process.
#[derive(Clone)]
pub struct Proxy {
    /// The port to connect to.
    pub port: u16,
    state: Arc<State>,
}

struct State {
    /// Everything that clients sent.
    sent: Mutex<Vec<u8>>,
    /// Bytes that may still pass, both directions together.
    left: AtomicUsize,
    /// True once the line is cut: every connection is closed, none is taken.
    cut: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Listens; the line is cut after so many bytes.
    pub fn new(server: u16, bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State {
            sent: Mutex::default(),
            left: AtomicUsize::new(bytes),
            cut: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let proxy = Proxy { port, state };
        let taker = proxy.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if !taker.is_cut() {
                    taker.join(client, server);
                }
            }
        });
        proxy
    }

    /// True once the line is cut.
    pub fn is_cut(&self) -> bool {
        self.state.cut.load(Ordering::SeqCst)
    }

    /// Everything that was sent to the server so far.
    pub fn sent(&self) -> Vec<u8> {
        self.state.sent.lock().expect("no panic").clone()
    }

    fn join(&self, client: TcpStream, server: u16) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
        let again = |stream: &TcpStream| stream.try_clone().expect("a socket");
        self.state.open.lock().expect("no panic").extend([again(&client), again(&server)]);
        for (from, to, record) in [(again(&client), again(&server), true), (server, client, false)] {
            let proxy = self.clone();
            std::thread::spawn(move || proxy.pump(from, to, record));
        }
    }

    fn pump(&self, mut from: TcpStream, mut to: TcpStream, record: bool) {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(bytes @ 1..) = from.read(&mut buffer) {
            let left = self.state.left.load(Ordering::SeqCst);
            if left < bytes {
                return self.cut();
            }
            self.state.left.fetch_sub(bytes, Ordering::SeqCst);
            if record {
                self.state.sent.lock().expect("no panic").extend_from_slice(&buffer[..bytes]);
            }
            if to.write_all(&buffer[..bytes]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    }

    fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().expect("no panic").iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
