//! Command lines that are none: what clap says about them, and what people usually mean.

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use rdbfetch::metadata;

use crate::environment;
use crate::exit::{Exit, Failure};

/// Words that people try, and the commands that do what they expect.
const COMMANDS: &[(&str, &str)] = &[
    ("list", "backups SERVICE --instance ID"),
    ("ls", "backups SERVICE --instance ID"),
    ("list-backups", "backups SERVICE --instance ID"),
    ("show", "backups SERVICE --instance ID"),
    ("download", "pull SERVICE --instance ID --backup latest"),
    ("get", "pull SERVICE --instance ID --backup latest"),
    ("fetch", "pull SERVICE --instance ID --backup latest"),
    ("dl", "pull SERVICE --instance ID --backup latest"),
    ("url", "link SERVICE --instance ID --backup latest"),
    ("urls", "link SERVICE --instance ID --backup latest"),
    ("sign", "call SERVICE OPERATION --print-curl"),
    ("curl", "call SERVICE OPERATION --print-curl"),
    ("check", "verify FILE"),
    ("validate", "verify FILE"),
    ("serve", "emulator"),
    ("emulate", "emulator"),
    ("mock", "emulator"),
    ("clouds", "services"),
    ("providers", "services"),
    ("operations", "ops"),
    ("api", "ops"),
    ("describe", "ops"),
    ("login", "services"),
    ("manual", "man"),
];

/// Options that people try, and what to do instead.
const OPTIONS: &[(&str, &str)] = &[
    ("--access-key", KEYS),
    ("--access-key-id", KEYS),
    ("--secret-key", KEYS),
    ("--secret", KEYS),
    ("--secret-id", KEYS),
    ("--secret-access-key", KEYS),
    ("--token", KEYS),
    ("--ak", KEYS),
    ("--sk", KEYS),
    ("--public-key", KEYS),
    ("--private-key", KEYS),
    ("--json-output", "Use --output json."),
    ("--format", "Use --output."),
    ("--tsv", "Use --output tsv."),
    ("--filter", "Use --query with a JMESPath expression."),
    ("--jq", "Use --query with a JMESPath expression."),
    ("--jmespath", "Use --query."),
    ("--instance-id", "Use --instance."),
    ("--backup-id", "Use --backup."),
    ("--out", "Use --dir for the folder."),
    ("--output-dir", "Use --dir for the folder."),
    ("--dest", "Use --dir for the folder."),
    ("--force", "Use --overwrite."),
    ("--host", "Use --endpoint with a URL."),
    ("--url", "Use --endpoint with a URL."),
    ("--latest", "Use --backup latest."),
    ("--curl", "Use --print-curl."),
    ("--debug", "Use -v."),
];

const KEYS: &str = "Keys never stand on the command line, where everybody on the machine can read them: set \
                    RDBFETCH_ACCESS_KEY and RDBFETCH_SECRET_KEY, and RDBFETCH_TOKEN for temporary ones.";

/// Tells what clap has to say: help and version on stdout, the rest as any other failure.
pub fn tell(error: &clap::Error, args: &[OsString], machine: bool) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // A reader who has gone away is no failure.
        let _ = error.print().and_then(|()| std::io::stdout().flush());
        return Exit::Done;
    }
    let advice = [usual(error), environment::blame(error, args)];
    let advice: Vec<String> = advice.into_iter().flatten().collect();
    if !machine {
        // Whoever closed stderr does not want to know.
        let _ = error.print();
        for line in &advice {
            let _ = writeln!(std::io::stderr(), "\n{line}");
        }
        return Exit::Usage;
    }
    let mut failure = if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        Failure::usage("A command is missing; `rdbfetch --help` lists them.")
    } else {
        Failure::usage(said(error))
    };
    for line in &advice {
        failure = failure.advise(line);
    }
    if error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        failure = failure.advise("`--help` shows how the command is used.");
    }
    failure.tell(true);
    Exit::Usage
}

/// The words of the error, in a line.
fn said(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let text = text.split("\n\nUsage:").next().unwrap_or_default();
    let text = text.split("\n\nFor more information").next().unwrap_or_default();
    let words: Vec<&str> = text.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

/// What was probably meant, where it is more than a slip of the keyboard, which clap finds itself.
fn usual(error: &clap::Error) -> Option<String> {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    if let Some(word) = named(ContextKind::InvalidSubcommand) {
        let meant =
            COMMANDS.iter().find(|(tried, _)| tried.eq_ignore_ascii_case(word)).map(|(_, meant)| *meant);
        if let Some(meant) = meant {
            return Some(format!("Did you mean `rdbfetch {meant}`?"));
        }
        if metadata::service(word).is_some() {
            return Some(format!(
                "{word} is a service, which follows a command: `rdbfetch backups {word} --help`."
            ));
        }
        let file = Path::new(word).is_file() || word.to_ascii_lowercase().ends_with(".rdb");
        return file.then(|| "Did you mean `rdbfetch verify FILE`, which checks a file?".to_owned());
    }
    if error.kind() == ErrorKind::MissingRequiredArgument {
        return missing(error);
    }
    let option = named(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::UnknownArgument)?;
    let option = option.split('=').next()?;
    OPTIONS.iter().find(|(tried, _)| *tried == option).map(|(_, instead)| (*instead).to_owned())
}

/// Where what is missing can be found.
fn missing(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::Strings(names)) = error.get(ContextKind::InvalidArg) else { return None };
    let has = |name: &str| names.iter().any(|one| one.starts_with(name));
    if has("<SERVICE>") {
        let services: Vec<&str> = metadata::services().iter().map(|one| one.service.name).collect();
        return Some(format!("The services: {}.", services.join(", ")));
    }
    if has("--instance") || has("--backup") {
        return Some("With --emulator, which needs no account, there are samples for them.".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    #[test]
    fn what_is_suggested_exists_and_what_exists_needs_no_suggestion() {
        let command = Cli::command();
        for (tried, meant) in COMMANDS {
            let name = meant.split(' ').next().unwrap();
            assert!(command.find_subcommand(name).is_some_and(|one| !one.is_hide_set()), "{meant}");
            assert!(command.find_subcommand(tried).is_none(), "{tried}");
        }
    }

    #[test]
    fn errors_are_one_line() {
        let error = Cli::command().try_get_matches_from(["rdbfetch", "bakups"]).unwrap_err();
        let said = said(&error);
        assert!(said.contains("bakups") && said.contains("backups") && !said.contains('\n'), "{said}");
        assert!(!said.contains("For more information"), "{said}");
    }
}
