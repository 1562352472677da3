//! A client that sees every byte, and how the connection ends.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Far longer than anything takes, and far less than what stalled answers have.
pub const BOUND: Duration = Duration::from_secs(30);

/// What it waits for must come.
pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, what).await.expect("it comes to an end")
}

/// How the other side ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Closed,
    Reset,
}

/// A connection that has asked something.
pub struct Wire<S = TcpStream>(S);

impl Wire {
    /// Sends this to the host of a URL.
    pub async fn ask(url: &str, request: &[u8]) -> Self {
        Self::over(TcpStream::connect(super::host(url)).await.unwrap(), request).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub async fn over(mut stream: S, request: &[u8]) -> Self {
        stream.write_all(request).await.unwrap();
        stream.flush().await.unwrap();
        Self(stream)
    }

    /// Asks once more.
    pub async fn again(self, request: &[u8]) -> Self {
        Self::over(self.0, request).await
    }

    /// The head of the next answer, in lower case.
    pub async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(self.0.read_u8()).await.expect("a head"));
        }
        String::from_utf8(head).unwrap().to_lowercase()
    }

    /// So many bytes.
    pub async fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        soon(self.0.read_exact(&mut bytes)).await.expect("so many bytes");
        bytes
    }

    /// The next answer: its status, and the body that its head tells.
    pub async fn answer(&mut self) -> (u16, Vec<u8>) {
        let head = self.head().await;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let count = length.and_then(|length| length.parse().ok()).expect("a length");
        (status, self.bytes(count).await)
    }

    /// All that comes from here on, and how it ends.
    pub async fn rest(mut self) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        match soon(self.0.read_to_end(&mut bytes)).await {
            Ok(_) => (bytes, End::Closed),
            Err(problem) if problem.kind() == ErrorKind::ConnectionReset => (bytes, End::Reset),
            Err(problem) => panic!("{problem:?} after {} bytes", bytes.len()),
        }
    }

    /// The head, all that follows, and how it ends.
    pub async fn all(mut self) -> (String, Vec<u8>, End) {
        let head = self.head().await;
        let (bytes, end) = self.rest().await;
        (head, bytes, end)
    }
}

/// Sends bytes, hangs up on that side, and reads all that comes.
pub async fn exchange(authority: &str, bytes: &[u8]) -> Vec<u8> {
    talk(authority, bytes, true).await
}

/// Sends bytes, and reads all that comes until the other side hangs up.
pub async fn ask(authority: &str, bytes: &[u8]) -> Vec<u8> {
    talk(authority, bytes, false).await
}

async fn talk(authority: &str, bytes: &[u8], hang_up: bool) -> Vec<u8> {
    let talk = async {
        let mut stream = TcpStream::connect(authority).await.unwrap();
        let (mut reader, mut writer) = stream.split();
        let write = async {
            // Who has seen enough hangs up early.
            let _ = writer.write_all(bytes).await;
            if hang_up {
                let _ = writer.shutdown().await;
            }
        };
        let mut received = Vec::new();
        let read = async {
            let _ = reader.read_to_end(&mut received).await;
        };
        tokio::join!(write, read);
        received
    };
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]);
    tokio::time::timeout(BOUND, talk).await.unwrap_or_else(|_| panic!("it hangs: {shown:?}"))
}
