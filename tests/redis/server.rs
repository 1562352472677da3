//! A server of one's own, on a socket in a private folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(format!("{}: {text}{}", output.status, String::from_utf8_lossy(&output.stderr)))
}

/// A server that is stopped when it goes out of scope.
pub struct Server {
    child: Child,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one with these settings, which loads `file` if there is one, and waits until it answers.
    pub fn start(file: Option<&Path>, settings: &[&str]) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        if let Some(file) = file {
            std::fs::copy(file, folder.path().join("dump.rdb")).map_err(|error| error.to_string())?;
        }
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--dbfilename", "dump.rdb", "--dir"])
            .arg(folder.path())
            .arg("--unixsocket")
            .arg(folder.path().join("redis.sock"))
            .args(settings)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut server = Self { child, folder };
        let deadline = Instant::now() + Duration::from_secs(20);
        // The server answers PING only when the file is loaded.
        while !server.ask("PING").is_ok_and(|answer| answer.trim() == "PONG") {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("redis-server gave up: {status}"));
            }
            if Instant::now() > deadline {
                return Err("redis-server did not load the file within 20 seconds".to_owned());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// The file that it loads and saves.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("dump.rdb")
    }

    fn client(&self) -> Command {
        let mut client = Command::new("redis-cli");
        client.arg("-s").arg(self.folder.path().join("redis.sock"));
        client
    }

    pub fn ask(&self, command: &str) -> Result<String, String> {
        run(self.client().args(command.split(' ')))
    }

    /// Runs commands, one on each line.
    pub fn tell(&self, commands: &str) -> Result<(), String> {
        let mut child = self
            .client()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut stdin = child.stdin.take().ok_or("no standard input")?;
        let commands = commands.to_owned();
        let writer = std::thread::spawn(move || stdin.write_all(commands.as_bytes()));
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        writer.join().map_err(|_| "the writer panicked")?.map_err(|error| error.to_string())?;
        let answers = String::from_utf8_lossy(&output.stdout);
        match answers.lines().find(|line| line.starts_with("ERR") || line.starts_with("(error)")) {
            Some(error) => Err(error.to_owned()),
            None => Ok(()),
        }
    }

    /// The number, the keys and the expiring keys of each database that has any.
    pub fn databases(&self) -> Result<Vec<(u64, u64, u64)>, String> {
        let keyspace = self.ask("INFO keyspace")?;
        let field = |line: &str, name: &str| {
            line.split_once(name)?.1.split([',', ':']).next()?.trim().parse::<u64>().ok()
        };
        Ok(keyspace
            .lines()
            .filter_map(|line| Some((field(line, "db")?, field(line, "keys=")?, field(line, "expires=")?)))
            .collect())
    }
}

/// Loads a file into a server of its own, and counts the keys of its databases.
pub fn load(file: &Path) -> Result<u64, String> {
    let keys = Server::start(Some(file), &[])?.databases()?.iter().map(|(_, keys, _)| keys).sum();
    if keys == 0 { Err("no keys were loaded".to_owned()) } else { Ok(keys) }
}
