//! The service as a process of its own, and a client for it that needs no library.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::world::{SECRET, pipeline};

/// A running service, killed when it is dropped.
pub struct Process {
    child: Child,
    pub address: String,
}

impl Process {
    /// Starts the service over a database, and returns once it answers.
    pub fn start(url: &str, more: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_backend"))
            .env("DATABASE_URL", url)
            .env("TOKEN_SECRET", SECRET)
            .env("SUPPRESSION_KEY", "07".repeat(32))
            .env("ADDRESS", "127.0.0.1:0")
            .env("OPS_ADDRESS", "127.0.0.1:0")
            .env("REQUESTS_PER_SECOND", "1000000")
            .env("REQUEST_BURST", "1000000")
            .env("RUST_LOG", "error")
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("no address: {line:?}")).to_owned();
        Self { child, address }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn kill(mut self) {
        // On Unix this is SIGKILL.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request, and returns the status and the body; `None` if the service has gone.
pub fn send(stream: &mut TcpStream, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    write(stream, method, path, body)?;
    read(stream)
}

/// Writes a request.
pub fn write(stream: &mut TcpStream, method: &str, path: &str, body: &str) -> Option<()> {
    static TOKEN: LazyLock<String> = LazyLock::new(pipeline);
    let (length, token) = (body.len(), &*TOKEN);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).ok()
}

/// Reads an answer.
pub fn read(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut reader = BufReader::new(stream);
    let mut status = String::new();
    reader.read_line(&mut status).ok().filter(|read| *read > 0)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= line == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    loop {
        if chunked {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            length = usize::from_str_radix(size.trim(), 16).ok()?;
        }
        let mut part = vec![0; length];
        reader.read_exact(&mut part).ok()?;
        body.extend(part);
        if chunked {
            reader.read_line(&mut String::new()).ok()?;
        }
        if !chunked || length == 0 {
            break;
        }
    }
    let status = status.split(' ').nth(1)?.parse().ok()?;
    Some((status, String::from_utf8(body).ok()?))
}
