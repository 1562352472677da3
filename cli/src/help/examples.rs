//! Examples in help pages. A test runs all of them, but for those that need an account.

use rdbfetch::metadata::{self, ServiceMetadata};

/// What an account's owner does, which no test can.
#[must_use]
pub fn account() -> String {
    let service = Names::new().service;
    [
        "    export RDBFETCH_ACCESS_KEY=... RDBFETCH_SECRET_KEY=...".to_owned(),
        format!("    rdbfetch doctor {service} --region REGION"),
        format!("    rdbfetch instances {service} --region REGION"),
        format!("    rdbfetch backups {service} --region REGION --instance ID"),
        format!("    rdbfetch pull {service} --region REGION --instance ID --backup latest --dir backups"),
        "  Region codes and ids are those of the vendor's console. --dry-run shows a call without making it."
            .to_owned(),
    ]
    .join("\n")
}

/// The first steps, for the short help.
#[must_use]
pub fn first() -> String {
    format!("Examples:\n{}", of(""))
}

/// The examples of a command, by the words of its name; none for a name that has no page.
#[must_use]
pub fn of(path: &str) -> String {
    let Names { service, links, id, projects } = Names::new();
    let lines: Vec<(&str, String)> = match path {
        "" => vec![
            ("What is there to see without an account", format!("instances {service} --emulator")),
            ("The backups of an instance", format!("backups {service} --emulator")),
            (
                "A backup, downloaded and verified",
                format!("pull {service} --emulator --backup latest --dir backups"),
            ),
            ("Is this file whole?", "verify backups/*.rdb".to_owned()),
        ],
        "services" => vec![
            ("For people", "services --output table".into()),
            ("For programs", "services --output json".into()),
            ("Their names", "services --query '[].service' --output tsv".into()),
        ],
        "ops" => vec![
            ("All operations in a line each", "ops --output table".into()),
            ("One of them in full", format!("ops {service} {links} --output table")),
            (
                "What must be given",
                format!("ops {service} {links} --query '[].parameters[?required].name[]'"),
            ),
            ("All there is to know, for programs", "ops --output jsonl".into()),
        ],
        "call" => vec![
            ("With the emulator's sample instance and backup", format!("call {service} {links} --emulator")),
            ("With a parameter", format!("call {service} {links} --emulator --param {id}=ID --dry-run")),
            (
                "With parameters from stdin",
                format!("call {service} {links} --emulator --json - < parameters.json"),
            ),
            ("As a curl command, signed", format!("call {service} {links} --emulator --print-curl")),
        ],
        "instances" => vec![
            ("Of the region that is configured", format!("instances {service} --emulator")),
            ("Of all regions", format!("instances {service} --emulator --all-regions")),
            (
                "The ids of those that are sharded",
                format!(
                    "instances {service} --emulator --query \"[?kind=='cluster'].instance\" --output tsv"
                ),
            ),
        ],
        "regions" => vec![("The codes for --region", format!("regions {service} --emulator"))],
        "projects" => {
            vec![("The ids for --project", format!("projects {} --emulator", projects.unwrap_or(service)))]
        }
        "backup" | "backup create" => vec![
            (
                "Under a name, without waiting",
                format!("backup create {service} --emulator --name before_release"),
            ),
            ("What would be sent", format!("backup create {service} --emulator --dry-run")),
        ],
        "backups" => vec![
            ("Of the emulator's sample instance", format!("backups {service} --emulator")),
            ("One per line", format!("backups {service} --emulator --output jsonl")),
            (
                "The ids of those that are finished",
                format!("backups {service} --emulator --query \"[?state=='finished'].backup\" --output tsv"),
            ),
        ],
        "link" => vec![
            ("Of the newest finished backup", format!("link {service} --emulator --backup latest")),
            (
                "The links alone",
                format!("link {service} --emulator --query 'links[].public_url' --output tsv"),
            ),
            ("The request, without sending it", format!("link {service} --emulator --dry-run")),
        ],
        "pull" => vec![
            (
                "The newest finished backup",
                format!("pull {service} --emulator --backup latest --dir backups"),
            ),
            (
                "Again, in place of the files that are there",
                format!("pull {service} --emulator --backup latest --dir backups --overwrite"),
            ),
            (
                "What happens, for a program that watches",
                format!(
                    "pull {service} --emulator --backup latest --dir backups --overwrite --progress json"
                ),
            ),
            (
                "The newest backup of every instance, the last seven of each kept",
                format!("pull {service} --emulator --all --dir backups --keep 7"),
            ),
            (
                "From a machine outside the vendor's network, eight connections to a file",
                format!(
                    "pull {service} --emulator --backup latest --dir backups --overwrite --network public \
                     --connections 8"
                ),
            ),
        ],
        "doctor" => vec![("Is everything there that calls need?", format!("doctor {service} --emulator"))],
        "config show" => {
            vec![("Which keys and which region, and where from?", format!("config show {service} --origin"))]
        }
        "config path" => vec![("Where is the configuration file?", "config path".into())],
        "config" => vec![
            ("What calls are made with", format!("config show {service}")),
            ("Where is the configuration file?", "config path".into()),
        ],
        "verify" => vec![
            ("Several files", "verify backups/*.rdb".into()),
            ("A file from elsewhere", "verify - < dump.rdb".into()),
            ("What is in it, and what loads it", "verify dump.rdb --query '[].contents'".into()),
        ],
        "emulator" => emulator(),
        "spec" => vec![("Is everything right in these specs?", "spec check specs".into())],
        "spec check" => vec![
            ("The folder of all services", "spec check specs".into()),
            ("One service", format!("spec check specs/{service}")),
            ("For editors", "spec check specs --format json".into()),
        ],
        "spec compare" => vec![
            (
                "What does the page say that the spec does not?",
                format!("spec compare specs/{service} page.md"),
            ),
            ("For programs", format!("spec compare specs/{service}/{links}.yaml page.md --output json")),
        ],
        "spec transcribe" => vec![
            (
                "A first draft, for a service that has a folder",
                format!("spec transcribe new.md --for specs/{service}"),
            ),
            ("Into a file", "spec transcribe new.md --out draft.yaml".into()),
        ],
        "spec diff" => vec![
            ("Two folders", "spec diff specs specs".into()),
            ("For a pull request", "spec diff specs specs --format markdown".into()),
            (
                "Only what breaks code",
                "spec diff specs specs --query \"changes[?effect=='breaking']\"".into(),
            ),
        ],
        "spec export" => {
            vec![("For tools that read OpenAPI", format!("spec export specs/{service} --format openapi"))]
        }
        "schema" => vec![
            ("What are there for documents?", "schema --output table".into()),
            ("Of one command", "schema backups".into()),
            ("Of the line that tells of a failure", "schema error".into()),
        ],
        "completions" => vec![
            ("For bash, into a file", "completions bash > rdbfetch.bash".into()),
            ("For zsh", "completions zsh".into()),
        ],
        "man" => vec![
            ("The page about a command, as roff", "man pull".into()),
            ("All pages, for `man -M man rdbfetch`", "man --dir man/man1".into()),
        ],
        _ => return String::new(),
    };
    let lines = lines.iter().map(|(what, line)| format!("  # {what}\n  rdbfetch {line}"));
    lines.collect::<Vec<_>>().join("\n")
}

fn emulator() -> Vec<(&'static str, String)> {
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
    ]
}

/// What examples are made of: names from the tables, so that the examples work.
struct Names {
    /// A service.
    service: &'static str,
    /// Its operation that gives links.
    links: &'static str,
    /// A required parameter of that.
    id: &'static str,
    /// A service with projects.
    projects: Option<&'static str>,
}

impl Names {
    fn new() -> Self {
        let first: Option<&'static ServiceMetadata> = metadata::services().first().copied();
        let links = first.and_then(|metadata| rdbfetch::Question::Links.operation(metadata.service));
        let id = links
            .and_then(|operation| operation.parameters.iter().find(|one| one.required && one.from.is_none()));
        Self {
            service: first.map_or("SERVICE", |metadata| metadata.service.name),
            links: links.map_or("OPERATION", |operation| operation.name),
            id: id.map_or("NAME", |parameter| parameter.name),
            projects: metadata::services()
                .iter()
                .find(|metadata| {
                    metadata.service.operations.iter().any(|operation| !operation.projects.is_empty())
                })
                .map(|metadata| metadata.service.name),
        }
    }
}
