//! A PostgreSQL server, ended with the test binary however that ends.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::OnceCell;

/// The user that owns every database, and its password.
pub const USER: (&str, &str) = ("trunkline", "secret-of-the-tests");

/// Where else than where `pg_config` says the programs may be.
const PLACES: &[&str] = &["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"];

/// Where Debian has them, by version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Enough for tests, and no faster than safe where only speed is lost. Nothing outlives the server anyway.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 64MB
fsync = off
full_page_writes = off
deadlock_timeout = 100ms
";

/// Waits for the end of its input, which comes with the end of the process that holds it, and cleans up.
const CLEANER: &str =
    "read -r _; \"$1/pg_ctl\" -D \"$2/data\" -m immediate stop >/dev/null 2>&1; rm -rf \"$2\"";

static SHARED: OnceCell<Option<Server>> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The server that all tests of a binary share; `None` if PostgreSQL is not installed.
///
/// # Panics
/// If it is installed and can't be started, or must be installed and is not.
pub async fn shared() -> Option<&'static Server> {
    let start = || async { Server::start() };
    SHARED.get_or_init(start).await.as_ref()
}

/// A server that runs. Dropping it ends it and removes its directory.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    directory: PathBuf,
    /// Whose process it is: PostgreSQL refuses to run as root.
    user: Option<(u32, u32)>,
    port: u16,
    cleaner: Child,
}

impl Server {
    /// Starts a server of one's own; `None` if PostgreSQL is not installed.
    ///
    /// # Panics
    /// As [`shared`].
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            super::skip("PostgreSQL");
            return None;
        };
        let directory = directory();
        let user = user(&directory);
        let mut cleaner = Command::new("sh");
        cleaner
            .args(["-c", CLEANER, "sh"])
            .arg(&programs)
            .arg(&directory);
        run_as(&mut cleaner, user);
        let cleaner = cleaner.stdin(Stdio::piped()).spawn().unwrap();
        let mut this = Self {
            programs,
            directory,
            user,
            port: 0,
            cleaner,
        };
        this.initialize();
        this.listen();
        Some(this)
    }

    /// Makes an empty database, and gives its URL.
    ///
    /// # Panics
    /// If the server does not.
    #[must_use]
    pub fn database(&self) -> String {
        self.database_with(&[])
    }

    /// As [`Server::database`], with arguments for `createdb`.
    ///
    /// # Panics
    /// If the server does not.
    #[must_use]
    pub fn database_with(&self, arguments: &[&str]) -> String {
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let port = self.port.to_string();
        let (user, password) = USER;
        let mut createdb = self.program("createdb");
        createdb
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                user,
                "-T",
                "template0",
            ])
            .args(arguments)
            .arg(&name)
            .env("PGPASSWORD", password);
        succeed(&mut createdb);
        self.url(&name)
    }

    /// Runs statements in the database at a URL.
    ///
    /// # Panics
    /// If one of them fails.
    pub fn execute(&self, url: &str, statements: &str) {
        let mut psql = self.program("psql");
        psql.args(["-X", "-v", "ON_ERROR_STOP=1", "-c", statements, url]);
        succeed(&mut psql);
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let ((user, password), port) = (USER, self.port);
        format!("postgres://{user}:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.port)
    }

    /// Stops it at once, as a power cut would.
    ///
    /// # Panics
    /// If it was not running.
    pub fn stop(&self) {
        succeed(self.control().args(["-m", "immediate", "stop"]));
    }

    /// Starts it again, at the same address.
    ///
    /// # Panics
    /// If it can't be.
    pub fn resume(&self) {
        succeed(&mut self.starting());
    }

    fn initialize(&self) {
        let password = self.directory.join("password");
        fs::write(&password, USER.1).unwrap();
        let mut initdb = self.program("initdb");
        initdb
            .args([
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
                "-A",
                "scram-sha-256",
                "-U",
                USER.0,
            ])
            .arg("--pwfile")
            .arg(&password)
            .arg("-D")
            .arg(self.directory.join("data"));
        succeed(&mut initdb);
    }

    /// Starts it on a free port. Another process may take the port before it does; then it takes another.
    fn listen(&mut self) {
        let settings = self.directory.join("data/postgresql.conf");
        let given = fs::read_to_string(&settings).unwrap();
        let mut tries = 5;
        loop {
            let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
            self.port = free.local_addr().unwrap().port();
            drop(free);
            let port = self.port;
            fs::write(&settings, format!("{given}\n{SETTINGS}\nport = {port}\n")).unwrap();
            let output = self.starting().output().unwrap();
            if output.status.success() {
                return;
            }
            tries -= 1;
            assert!(
                tries > 0,
                "PostgreSQL does not start: {}",
                self.told(&output)
            );
        }
    }

    fn starting(&self) -> Command {
        let mut control = self.control();
        control
            .arg("-l")
            .arg(self.directory.join("log"))
            .args(["-w", "start"]);
        control
    }

    fn control(&self) -> Command {
        let mut control = self.program("pg_ctl");
        control.arg("-D").arg(self.directory.join("data"));
        control
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(&self.directory).stdin(Stdio::null());
        run_as(&mut command, self.user);
        command
    }

    fn told(&self, output: &Output) -> String {
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        format!("{output:?}\n{log}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.cleaner.stdin.take());
        // What it can't clean up is in the directory for temporary files.
        let _ = self.cleaner.wait();
    }
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
}

/// The directory of the programs, of the newest version there is.
fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|output| String::from_utf8(output.stdout).ok());
    let told = told.map(|path| PathBuf::from(path.trim()));
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let versions = versions.into_iter().rev().map(|(_, path)| path);
    let places = PLACES.iter().map(PathBuf::from);
    told.into_iter().chain(versions).chain(places).find(|path| {
        ["initdb", "postgres", "pg_ctl", "createdb"]
            .iter()
            .all(|name| path.join(name).exists())
    })
}

fn directory() -> PathBuf {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("trunkline-postgres-{}-{count}", std::process::id());
    let directory = std::env::temp_dir().join(name);
    fs::create_dir(&directory).unwrap();
    directory
}

/// Gives the directory to a user that PostgreSQL runs as, if this one is not.
#[cfg(unix)]
fn user(directory: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).unwrap();
    if fs::metadata(directory).unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let mut fields = users
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>());
        let found = fields.find(|fields| fields.first() == Some(&name))?;
        Some((found.get(2)?.parse().ok()?, found.get(3)?.parse().ok()?))
    };
    let (user, group): (u32, u32) = find("postgres").or_else(|| find("nobody")).unwrap();
    std::os::unix::fs::chown(directory, Some(user), Some(group)).unwrap();
    Some((user, group))
}

#[cfg(not(unix))]
fn user(_: &Path) -> Option<(u32, u32)> {
    None
}

#[cfg(unix)]
fn run_as(command: &mut Command, user: Option<(u32, u32)>) {
    use std::os::unix::process::CommandExt;
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
}

#[cfg(not(unix))]
fn run_as(_: &mut Command, _: Option<(u32, u32)>) {}
