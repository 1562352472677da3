//! What `--help` says besides the options: examples that work, services, exit codes.

use clap::{Command, CommandFactory};
use rdbfetch::metadata::{self, ServiceMetadata};

use crate::args::Cli;

const CREDENTIALS: &str = "\
Credentials, first found wins:
  RDBFETCH_ACCESS_KEY, RDBFETCH_SECRET_KEY or RDBFETCH_SECRET_KEY_FILE, RDBFETCH_TOKEN (for temporary ones only)
  RDBFETCH_CREDENTIAL_COMMAND, or credential_command in the file that `rdbfetch config path` names
  the environment variables of the vendor's own tools
  the files of the vendor's own tools; --profile NAME or RDBFETCH_PROFILE says which profile";

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    anything that is not below
  2    the command is wrong, or was refused before anything was sent
  3    some files only
  4    authentication or permission
  5    no such instance or backup
  6    the backup is not ready
  7    network, timeout, rate limit, or a fault of the service
  8    verification failed
  9    a file cannot be read or written
  130  interrupted";

const SPEC_CHECK: &str = "

All problems of all files come in one run, on stderr, each with its place and what to do. Away from a terminal, and \
with `--format json`, stdout gets a JSON array of {file, line, column, end_line, end_column, severity, message, \
help}; lines and columns count from 1, columns in characters, and the end is exclusive.

Files whose names begin with a dot, Markdown files and `schema.json` may stand beside specs; anything else that is no \
`.yaml` file is a problem.

Exit codes: 0 no problems, 1 problems, 2 no such folder.";

/// The command line with its examples.
#[must_use]
pub fn command() -> Command {
    let words = Words::new();
    let mut command = Cli::command().after_help(words.main());
    let names: Vec<String> = command
        .get_subcommands()
        .filter(|one| !one.is_hide_set())
        .map(|one| one.get_name().to_owned())
        .collect();
    for name in names {
        let text = words.of(&name);
        command = command.mut_subcommand(name, |subcommand| subcommand.after_help(text));
    }
    command.mut_subcommand("spec", |spec| {
        spec.mut_subcommand("check", |check| check.after_help(words.of("spec check")))
    })
}

/// What examples are made of: names from the tables, so that the examples work.
struct Words {
    service: &'static str,
    links: &'static str,
    services: String,
}

impl Words {
    fn new() -> Self {
        let first = metadata::services().first();
        let links = first.and_then(|metadata| {
            metadata.service.operations.iter().find(|operation| !operation.links.is_empty())
        });
        let services: Vec<String> = metadata::services().iter().map(|service| title(service)).collect();
        Self {
            service: first.map_or("SERVICE", |metadata| metadata.service.name),
            links: links.map_or("OPERATION", |operation| operation.name),
            services: format!("Services:\n{}", services.join("\n")),
        }
    }

    fn main(&self) -> String {
        let service = self.service;
        let examples = examples(&[
            ("What is there to see without an account", format!("backups {service} --emulator")),
            (
                "A backup, downloaded and verified",
                format!("pull {service} --emulator --backup latest --dir backups"),
            ),
            ("Is this file whole?", "verify backups/*.rdb".to_owned()),
        ]);
        [&examples, self.services.as_str(), CREDENTIALS, EXIT_CODES].join("\n\n")
    }

    fn of(&self, command: &str) -> String {
        let (service, links) = (self.service, self.links);
        let (lines, calls): (Vec<(&str, String)>, bool) = match command {
            "services" => (
                vec![
                    ("For people", "services --output table".into()),
                    ("For programs", "services --output json".into()),
                ],
                false,
            ),
            "ops" => (
                vec![
                    ("All operations in a line each", "ops --output table".into()),
                    ("One of them in full", format!("ops {service} {links} --output table")),
                    ("All there is to know, for programs", "ops --output jsonl".into()),
                ],
                false,
            ),
            "call" => (
                vec![
                    (
                        "With the emulator's sample instance and backup",
                        format!("call {service} {links} --emulator"),
                    ),
                    ("What would be sent?", format!("call {service} {links} --emulator --dry-run")),
                    (
                        "With parameters from stdin",
                        format!("call {service} {links} --emulator --json - < parameters.json"),
                    ),
                ],
                true,
            ),
            "backups" => (
                vec![
                    ("Of the emulator's sample instance", format!("backups {service} --emulator")),
                    ("One per line", format!("backups {service} --emulator --output jsonl")),
                ],
                true,
            ),
            "link" => (
                vec![
                    ("Of the newest finished backup", format!("link {service} --emulator --backup latest")),
                    ("The request, without sending it", format!("link {service} --emulator --dry-run")),
                ],
                true,
            ),
            "pull" => (
                vec![
                    (
                        "The newest finished backup",
                        format!("pull {service} --emulator --backup latest --dir backups"),
                    ),
                    (
                        "Again, in place of the files that are there",
                        format!("pull {service} --emulator --backup latest --dir backups --overwrite"),
                    ),
                ],
                true,
            ),
            "doctor" => (
                vec![
                    ("Is everything there that calls need?", format!("doctor {service} --emulator")),
                    ("With a profile of the vendor's tools", format!("doctor {service} --profile prod")),
                ],
                true,
            ),
            "config" => (
                vec![
                    (
                        "Which keys and which region, and where from?",
                        format!("config show {service} --origin"),
                    ),
                    ("Where is the configuration file?", "config path".into()),
                ],
                false,
            ),
            "verify" => (
                vec![
                    ("Several files", "verify backups/*.rdb".into()),
                    ("A file from elsewhere", "verify - < dump.rdb".into()),
                ],
                false,
            ),
            "emulator" => (
                vec![
                    ("On free ports; the first line says which", "emulator".into()),
                    (
                        "On known ports, with links that soon expire",
                        "emulator --listen 127.0.0.1:8100 --link-ttl 30s".into(),
                    ),
                    (
                        "With backups of your own, in backups/SERVICE/INSTANCE/BACKUP/",
                        "emulator --backups backups".into(),
                    ),
                    (
                        "As a scenario says, at a time that stands still",
                        "emulator --scenario scenario.yaml --clock frozen:2026-01-02T03:04:05Z".into(),
                    ),
                    ("Five minutes late, with other ids", "emulator --clock offset:-5m --seed 7".into()),
                ],
                false,
            ),
            "spec" => (vec![("Is everything right in these specs?", "spec check specs".into())], false),
            "spec check" => (
                vec![
                    ("The folder of all services", "spec check specs".into()),
                    ("One service", format!("spec check specs/{service}")),
                    ("For editors", "spec check specs --format json".into()),
                ],
                false,
            ),
            _ => (Vec::new(), false),
        };
        let text = if command == "spec check" { SPEC_CHECK } else { "" };
        let examples = examples(&lines);
        if calls { [&examples, self.services.as_str(), CREDENTIALS].join("\n\n") } else { examples + text }
    }
}

fn title(metadata: &ServiceMetadata) -> String {
    let retired = metadata.service.deprecated.map_or("", |_| " (retired by its vendor)");
    format!("  {:10} {}{retired}", metadata.service.name, metadata.service.title)
}

fn examples(lines: &[(&str, String)]) -> String {
    let lines = lines.iter().map(|(what, line)| format!("  # {what}\n  rdbfetch {line}"));
    format!("Examples:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
