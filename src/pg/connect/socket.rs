//! The socket under a session: TCP with the settings' limits, or Unix.

use super::gather::{Gathered, Opening};
use super::{Server, Target, Timeouts};
use crate::pg::fault::Fault;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::{SslMode, SslNegotiation};

/// Any socket.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A socket as the driver sees it.
pub(super) type Socket = Gathered<Box<dyn Stream>>;

/// Where a session's socket leads.
#[derive(Clone)]
pub(super) enum Address {
    /// TCP.
    Ip(IpAddr, u16),
    /// The file of a Unix socket.
    File(std::path::PathBuf),
}

impl Server {
    /// Where sockets lead; a name is looked up once.
    pub(super) async fn socket_address(&self) -> crate::words::error::Result<Address> {
        let port = self.endpoint.port;
        Ok(match &self.endpoint.target {
            Target::Socket(directory) => Address::File(directory.join(format!(".s.PGSQL.{port}"))),
            Target::Host { .. } => Address::Ip(self.address().await?, port),
        })
    }
}

/// Opens a socket; `tls` says what will be spoken on it.
pub(super) async fn open(
    address: &Address,
    timeouts: &Timeouts,
    tls: (SslMode, SslNegotiation),
) -> Result<Socket, Fault> {
    let opening = match tls {
        (SslMode::Disable, _) => Opening::Message,
        (_, SslNegotiation::Direct) => Opening::Other,
        _ => Opening::Answer,
    };
    let stream = connect(address, timeouts).await;
    let stream = stream.map_err(|cause| Fault::unreachable(format!("cannot connect: {cause}")))?;
    Ok(Gathered::new(stream, opening))
}

async fn connect(address: &Address, timeouts: &Timeouts) -> io::Result<Box<dyn Stream>> {
    let (ip, port) = match address {
        Address::File(path) => return Ok(Box::new(UnixStream::connect(path).await?)),
        Address::Ip(ip, port) => (*ip, *port),
    };
    let stream = TcpStream::connect((ip, port)).await?;
    stream.set_nodelay(true)?;
    let socket = SockRef::from(&stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(timeouts.unacknowledged).filter(|limit| !limit.is_zero()))?;
    if timeouts.keepalives {
        let probes = TcpKeepalive::new().with_time(timeouts.idle).with_interval(timeouts.interval);
        socket.set_tcp_keepalive(&probes.with_retries(timeouts.count))?;
    }
    Ok(Box::new(stream))
}
