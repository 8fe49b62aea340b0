//! The rows of COPY, gathered: the server sends a frame for each row, and the driver's work is per frame.
//!
//! Runs of CopyData messages become one message with the same bytes, as the protocol allows ("Frontend/Backend Protocol, COPY
//! Operations": their boundaries mean nothing); all else passes as it is. Bytes under TLS pass untouched.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that are read from the socket at once.
const CAPACITY: usize = 64 * 1024;
/// The size of a gathered message: what the driver reads at once.
const MESSAGE: usize = 8 * 1024;
/// A message's type and length.
const HEADER: usize = 5;

/// What the first byte from the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// The start of a message.
    Message,
    /// The answer to a request for TLS: `N`, and messages follow; else they do not, or not in the clear.
    Answer,
    /// A part of something that is not the protocol.
    Other,
}

/// A stream whose rows of COPY come in few messages.
pub(super) struct Gathered<S> {
    inner: S,
    opening: Opening,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not yet handed on.
    at: usize,
    end: usize,
    /// Bytes from `at` on that are handed on as they are.
    left: usize,
    /// Where the headers end that are left out, because a message before them was made longer.
    until: usize,
}

impl<S> Gathered<S> {
    /// Gathers what a stream brings.
    pub(super) fn new(inner: S, opening: Opening) -> Self {
        Gathered { inner, opening, buffer: Vec::new(), at: 0, end: 0, left: 0, until: 0 }
    }

    /// Hands on what may be handed on.
    fn hand_on(&mut self, out: &mut ReadBuf<'_>) {
        while out.remaining() > 0 {
            if self.left > 0 {
                let count = self.left.min(self.end - self.at).min(out.remaining());
                if count == 0 {
                    return;
                }
                out.put_slice(&self.buffer[self.at..self.at + count]);
                self.at += count;
                self.left -= count;
            } else if self.at < self.until {
                self.left = self.length(self.at).map_or(0, |length| length - HEADER);
                self.at += HEADER;
            } else if !self.next() {
                return;
            }
        }
    }

    /// Takes what comes next; false if more bytes are needed for that.
    fn next(&mut self) -> bool {
        match self.opening {
            Opening::Answer if self.at < self.end => {
                self.opening = if self.buffer[self.at] == b'N' { Opening::Message } else { Opening::Other };
                self.left = 1;
                return true;
            }
            Opening::Answer => return false,
            Opening::Other => {
                self.left = self.end - self.at;
                return self.left > 0;
            }
            Opening::Message => {}
        }
        let Some(length) = self.length(self.at) else { return false };
        if !self.is_row(self.at) || length > MESSAGE {
            self.left = length;
            return true;
        }
        let (mut until, mut total) = (self.at, HEADER);
        while let Some(length) = self.length(until).filter(|_| self.is_row(until)) {
            if until + length > self.end || total + length - HEADER > MESSAGE {
                break;
            }
            until += length;
            total += length - HEADER;
        }
        if until == self.at {
            return false;
        }
        self.left = length;
        self.until = until;
        self.buffer[self.at + 1..self.at + HEADER].copy_from_slice(&(total as u32 - 1).to_be_bytes());
        true
    }

    /// True if a CopyData message begins there.
    fn is_row(&self, at: usize) -> bool {
        self.buffer[at] == b'd'
    }

    /// The length of the message that begins there, its header included.
    fn length(&self, at: usize) -> Option<usize> {
        let header = self.buffer[..self.end].get(at..at + HEADER)?;
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        // A length below its own four bytes is the driver's to complain of.
        Some((length as usize).max(HEADER - 1) + 1)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.opening == Opening::Other && this.at == this.end {
            return Pin::new(&mut this.inner).poll_read(context, out);
        }
        let before = out.filled().len();
        loop {
            this.hand_on(out);
            if out.filled().len() > before || out.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            // Less than a message that is gathered is left: it moves to the front.
            this.buffer.copy_within(this.at..this.end, 0);
            this.until = this.until.saturating_sub(this.at);
            (this.at, this.end) = (0, this.end - this.at);
            this.buffer.resize(CAPACITY, 0);
            let mut more = ReadBuf::new(&mut this.buffer[this.end..]);
            ready!(Pin::new(&mut this.inner).poll_read(context, &mut more))?;
            let count = more.filled().len();
            if count == 0 {
                // The stream ends, perhaps within a message: the driver sees just that.
                this.opening = Opening::Other;
                this.left = this.end - this.at;
                if this.left == 0 {
                    return Poll::Ready(Ok(()));
                }
            }
            this.end += count;
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt as _;

    /// Hands out its pieces, one a read.
    struct Pieces(Vec<Vec<u8>>);

    impl AsyncRead for Pieces {
        fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            if let Some(mut piece) = (!self.0.is_empty()).then(|| self.0.remove(0)) {
                let rest = piece.split_off(piece.len().min(out.remaining()));
                out.put_slice(&piece);
                if !rest.is_empty() {
                    self.0.insert(0, rest);
                }
            }
            Poll::Ready(Ok(()))
        }
    }

    fn message(kind: u8, bytes: &[u8]) -> Vec<u8> {
        [&[kind][..], &(bytes.len() as u32 + 4).to_be_bytes(), bytes].concat()
    }

    /// Types and bytes of the messages, those of rows that follow each other joined.
    fn read(mut stream: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut messages: Vec<(u8, Vec<u8>)> = Vec::new();
        while let Some((header, rest)) = stream.split_at_checked(HEADER) {
            let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize - 4;
            match messages.last_mut() {
                Some((b'd', bytes)) if header[0] == b'd' => bytes.extend_from_slice(&rest[..length]),
                _ => messages.push((header[0], rest[..length].to_vec())),
            }
            stream = &rest[length..];
        }
        assert!(stream.is_empty());
        messages
    }

    fn through(opening: Opening, pieces: Vec<Vec<u8>>, reads: &[usize]) -> Vec<u8> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut gathered = Gathered::new(Pieces(pieces), opening);
            let mut all = Vec::new();
            for size in reads.iter().copied().cycle() {
                let mut some = vec![0; size];
                match gathered.read(&mut some).await.expect("no fault") {
                    0 => break,
                    count => all.extend_from_slice(&some[..count]),
                }
            }
            all
        })
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same_messages(
            messages in proptest::collection::vec((prop_oneof![4 => Just(b'd'), 1 => any::<u8>()], prop_oneof![9 => 0usize..300, 1 => 0usize..90_000]), 0..60),
            cuts in proptest::collection::vec(1usize..70_000, 0..20),
            reads in proptest::collection::vec(1usize..9000, 1..5),
        ) {
            let messages: Vec<(u8, Vec<u8>)> =
                messages.iter().enumerate().map(|(at, (kind, length))| (*kind, vec![at as u8; *length])).collect();
            let stream: Vec<u8> = messages.iter().flat_map(|(kind, bytes)| message(*kind, bytes)).collect();
            let (mut pieces, mut rest) = (Vec::new(), stream.clone());
            for cut in cuts {
                let tail = rest.split_off(cut.min(rest.len()));
                pieces.push(std::mem::replace(&mut rest, tail));
            }
            pieces.push(rest);
            pieces.retain(|piece| !piece.is_empty());
            prop_assert_eq!(read(&through(Opening::Message, pieces.clone(), &reads)), read(&stream));
            prop_assert_eq!(&through(Opening::Other, pieces.clone(), &reads), &stream);
            pieces.insert(0, b"N".to_vec());
            prop_assert_eq!(read(&through(Opening::Answer, pieces.clone(), &reads)[1..]), read(&stream));
            pieces[0] = b"S".to_vec();
            prop_assert_eq!(&through(Opening::Answer, pieces, &reads)[1..], &stream);
        }
    }

    #[test]
    fn rows_are_gathered_and_a_stream_that_stops_within_one_stays_so() {
        let rows: Vec<u8> = (0..1000).flat_map(|_| message(b'd', &[7; 100])).collect();
        let gathered = through(Opening::Message, vec![rows.clone()], &[8192]);
        assert!(gathered.len() < 1000 * 100 + 20 * HEADER, "{}", gathered.len());
        let cut = through(Opening::Message, vec![rows[..rows.len() - 1].to_vec()], &[8192]);
        assert_eq!(cut.len(), gathered.len() - 1 + HEADER);
    }
}
