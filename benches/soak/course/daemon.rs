//! The daemon as a process that can be killed.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::Instant;

use super::receiver::Receiver;
use super::site::Site;

/// A running daemon; dropped, it is killed.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

/// Writes the configuration: quick schedules, so that time goes into deliveries and not into waits.
pub(crate) fn configure(folder: &Path, sites: &[Site], receivers: &[Receiver]) {
    // Thirty-two tries and more: with a third of them failing, none is given up.
    let waits = vec!["\"1s\""; 29].join(", ");
    let mut text = format!(
        "[daemon]\ndata_dir = \"data\"\noutlets = []\n\
         [fetch]\nallow_private = [\"127.0.0.0/8\"]\nhost_delay = \"1ms\"\nper_host = 8\nrobots = \"off\"\n\
         [poll]\ninterval = \"500ms\"\nmin_interval = \"200ms\"\nadaptive = false\nrevisit = []\nfirst = \"all\"\n\
         [delivery]\ntimeout = \"1s\"\nconcurrency = 64\n\
         schedule = [\"100ms\", \"200ms\", \"500ms\", {waits}]\n\
         [http]\nlisten = \"127.0.0.1:0\"\n"
    );
    for site in sites {
        let (name, url) = (site.name(), site.feed());
        write!(
            text,
            "[[outlet]]\nname = \"{name}\"\nlanguage = \"en\"\n\
             [[outlet.source]]\nkind = \"feed\"\nurl = \"{url}\"\n"
        )
        .expect("a text can be written to");
    }
    for receiver in receivers {
        let (name, url) = (receiver.name(), receiver.url());
        write!(
            text,
            "[[endpoint]]\nname = \"{name}\"\nurl = \"{url}\"\nallow_private = true\n\
             secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwd2lyZXJvb20=\"\n"
        )
        .expect("a text can be written to");
    }
    std::fs::write(folder.join("wireroom.toml"), text).expect("the configuration is written");
}

impl Daemon {
    /// Starts it on `folder`; its log goes on where the one before ended.
    pub(crate) fn start(binary: &Path, folder: &Path) -> Self {
        let log = folder.join("log");
        let file = File::options().create(true).append(true).open(&log);
        let child = Command::new(binary)
            .args(["run", "--config", "wireroom.toml"])
            .current_dir(folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file.expect("a log can be written"))
            .spawn()
            .expect("the daemon starts");
        Self { child, log }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Waits until nothing waits for delivery any more, and stops it as a service manager does.
    pub(crate) fn settle(mut self, patience: Duration) -> Result<(), String> {
        let end = Instant::now() + patience;
        while self.waiting() != Some(0) {
            if Instant::now() > end {
                return Err(format!("{:?} deliveries still wait", self.waiting()));
            }
            std::thread::sleep(super::LOOK);
        }
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        asked.map_err(|fault| fault.to_string())?;
        let status = self.child.wait().map_err(|fault| fault.to_string())?;
        if status.success() {
            return Ok(());
        }
        Err(format!("the daemon ended with {status}"))
    }

    /// Deliveries that are not settled, as the daemon's meters say.
    fn waiting(&self) -> Option<u64> {
        let text = std::fs::read_to_string(&self.log).ok()?;
        let http = text.rsplit("listening on http://").next()?;
        let address = http.split_whitespace().next()?;
        let mut stream = TcpStream::connect(address).ok()?;
        let request =
            format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let queued = answer.lines().filter(|line| {
            line.starts_with("wireroom_delivery_queue{") && !line.contains("state=\"failed\"")
        });
        let counts = queued.map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
        counts.sum()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended has nothing left to kill.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
