//! Texts of help pages.

/// How results are written.
pub const OUTPUT: &str = r#"  Results go to stdout, everything else to stderr. --output says how:
    table   for people; what a terminal gets
    json    one document; what anything else gets
    jsonl   a document per line, of a list one for each element
    tsv     a header line, then a line for each row; cells between tabs, in which \t \n \r
            and \\ stand for tab, line feed, carriage return and backslash; null is empty,
            and what is nested is JSON
  --query takes a JMESPath expression (https://jmespath.org) and works on the JSON before
  it is written in any of these. `rdbfetch schema` prints the JSON Schemas of it.
  With json, jsonl and tsv a failure is one line of JSON on stderr:
    {"error":{"kind","code","message","operation","request_id","http_status","retryable"}}"#;

/// What the environment does.
pub const ENVIRONMENT: &str = "  \
  RDBFETCH_<OPTION>  sets an option that is not on the command line: RDBFETCH_OUTPUT=tsv
  NO_COLOR           takes colours from errors and help; results never have any
  CLICOLOR_FORCE     keeps those colours where no terminal is
  COLUMNS            is the width that tables are laid out for
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                     lead calls through a proxy, but those to this machine";

/// What the program ends with.
pub const EXIT_CODES: &str = "  0    done
  1    anything that is not below
  2    the command is wrong, or was refused before anything was sent
  3    some files only
  4    authentication or permission
  5    no such instance or backup
  6    the backup is not ready
  7    network, timeout, rate limit, or a fault of the service
  8    verification failed
  9    a file cannot be read or written
  130  interrupted
  Any other code is a failure, too.";

/// What `verify` and `pull` find.
pub const VERDICTS: &str = "  \
  ok              complete from end to end, and its checksum is right
  not-verifiable  complete as far as can be told: encrypted, without a checksum, or of an
                  unknown version or type
  corrupt         cut off, changed, followed by other bytes, or no RDB file
  Exit codes: 0 all are ok, 8 some are not, 9 some cannot be read.";

/// The first line of the emulator.
pub const EMULATOR: &str = r#"  The first line on stdout is JSON, and it is flushed as soon as all ports are open:
    {"endpoints":{SERVICE:URL},"credentials":{"access_key","secret_key"},
     "samples":{SERVICE:{"region","instance","backup"}},"files":URL,...}
  --query picks from it: --query 'endpoints' --output tsv. Ctrl-C or SIGTERM stops it."#;

/// How `spec check` tells of problems.
pub const SPEC_CHECK: &str = "  \
  All problems of all files come in one run, on stderr, each with its place and what to do.
  Away from a terminal, and with `--format json`, stdout gets a JSON array of {file, line,
  column, end_line, end_column, severity, message, help}; lines and columns count from 1,
  columns in characters, and the end is exclusive.
  Files whose names begin with a dot, Markdown files and `schema.json` may stand beside
  specs; anything else that is no `.yaml` file is a problem.
  Exit codes: 0 no problems, 1 problems, 2 no such folder.";

/// How `spec diff` tells of differences.
pub const SPEC_DIFF: &str = "  \
  breaking       code that was right no longer compiles, or does something else
  compatible     code has something more, or stays what it is
  documentation  only readers notice
  Each difference says besides what is different on the wire, and where the specs say so. A
  folder is taken for a folder; what is none is a revision, whose folder is `specs` unless
  another is named: `rdbfetch spec diff main specs`, `rdbfetch spec diff v1:specs/x HEAD:specs/x`.
  Versions are counted as cargo counts them.
  Exit codes: 0 told, 1 --fail-on or the version is not satisfied or the specs have problems,
  2 there are no such specs.";

/// How `spec compare` tells of differences.
pub const SPEC_COMPARE: &str = "  \
  missing, extra          the spec lacks it; the document lacks it
  type, required, default, values, deprecated, nullable, name, lifetime, rate-limit, request
                          both have it, and state it differently
  example-only            the document shows it in an example, and no table has it
  untold                  the spec says it, and the document does not
  Departures that the spec records are listed apart: those under `departures`, and what it
  marks as `seen` or `assumed`. One that no longer holds is a failure.
  Exit codes: 0 nothing but what is recorded, 1 differences, 2 no such spec or document.";

/// What `spec transcribe` writes.
pub const SPEC_TRANSCRIBE: &str = "  \
  GUESS marks what the document does not say: types, classes of errors, where links stand.
  TODO is left to be written in our own words; no sentence of the document is in the draft.
  The draft passes `rdbfetch spec check` in its service's folder; what would not is left out,
  and stderr says so.";

/// Where shells look for completions.
pub const COMPLETIONS: &str = "  \
  bash        ~/.local/share/bash-completion/completions/rdbfetch
  zsh         a file _rdbfetch in a folder of $fpath
  fish        ~/.config/fish/completions/rdbfetch.fish
  powershell  the profile that $PROFILE names
  elvish      ~/.config/elvish/rc.elv";
