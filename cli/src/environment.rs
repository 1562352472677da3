//! Every option can be set by a variable: `--link-ttl` by `RDBFETCH_LINK_TTL`.

use std::ffi::{OsStr, OsString};

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

/// Options whose variables the library reads, for services that have such a setting only.
const LIBRARY: [&str; 2] = ["region", "project"];

/// The variable of an option.
#[must_use]
pub fn variable(option: &str) -> String {
    format!("RDBFETCH_{}", option.to_uppercase().replace('-', "_"))
}

/// The command line with its variables. What these arguments say goes before them; an empty variable is none, and
/// neither is a flag's that says no.
#[must_use]
pub fn apply(command: Command, args: &[OsString]) -> Command {
    let command = command.mut_args(|arg| with_variable(arg, args));
    command.mut_subcommands(|subcommand| apply(subcommand, args))
}

fn with_variable(arg: Arg, args: &[OsString]) -> Arg {
    let Some(long) = arg.get_long().map(str::to_owned) else { return arg };
    let other = LIBRARY.contains(&long.as_str()) || matches!(long.as_str(), "help" | "version");
    if arg.is_hide_set() || other || arg.get_env().is_some() || on_the_line(&long, args) {
        return arg;
    }
    let flag = matches!(arg.get_action(), ArgAction::SetTrue);
    let name = variable(&long);
    let value = std::env::var_os(&name);
    if value.is_some_and(|value| value.is_empty() || flag && says_no(&value)) {
        return arg;
    }
    let arg = if flag { arg.value_parser(BoolishValueParser::new()) } else { arg };
    // The short help is short.
    arg.env(name).hide_env_values(true).hide_env(args.iter().any(|arg| arg == "-h"))
}

fn says_no(value: &OsStr) -> bool {
    let value = value.to_string_lossy().to_lowercase();
    matches!(value.as_str(), "0" | "n" | "no" | "f" | "false" | "off")
}

/// What to add to an error of clap where a variable is to blame, which nobody sees on the command line.
#[must_use]
pub fn blame(error: &clap::Error, args: &[OsString]) -> Option<String> {
    let named =
        error.context().filter(|(kind, _)| matches!(kind, ContextKind::InvalidArg | ContextKind::PriorArg));
    let texts = named.flat_map(|(_, value)| match value {
        ContextValue::String(text) => vec![text.as_str()],
        ContextValue::Strings(texts) => texts.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    });
    let variables = texts.filter_map(|text| {
        let option = text.split("--").nth(1)?.split(['=', ' ', '[', '<', '.']).next()?;
        let name = variable(option);
        let set = std::env::var_os(&name).is_some_and(|value| !value.is_empty());
        (set && !on_the_line(option, args)).then_some(name)
    });
    let variables: Vec<String> = variables.collect();
    let is = if variables.len() == 1 { "is" } else { "are" };
    (!variables.is_empty()).then(|| format!("{} {is} set in the environment.", variables.join(" and ")))
}

/// Whether the arguments name this option. The short names are the first letters.
fn on_the_line(option: &str, args: &[OsString]) -> bool {
    args.iter().filter_map(|arg| arg.to_str()).take_while(|arg| *arg != "--").any(|arg| {
        if let Some(long) = arg.strip_prefix("--") {
            return long.split('=').next() == Some(option);
        }
        let short = matches!(option, "output" | "quiet" | "verbose");
        short && arg.strip_prefix('-').is_some_and(|rest| rest.chars().next() == option.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rdbfetch::metadata;

    use super::*;
    use crate::args::Cli;

    fn options(command: &Command) -> Vec<String> {
        let own = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned));
        own.chain(command.get_subcommands().flat_map(options)).collect()
    }

    #[test]
    fn no_option_takes_the_variable_of_something_else() {
        let options = options(&Cli::command());
        assert!(options.contains(&"link-ttl".to_owned()));
        for option in options {
            let name = variable(&option);
            for taken in ["RDBFETCH_ACCESS_KEY", "RDBFETCH_SECRET_KEY", "RDBFETCH_TOKEN"] {
                assert_ne!(name, taken);
            }
            let settings = metadata::services().iter().flat_map(|one| one.service.settings);
            for setting in settings.filter(|setting| !LIBRARY.contains(&setting.name)) {
                assert_ne!(name, variable(setting.name), "a setting has this variable already");
            }
        }
    }

    #[test]
    fn words_that_say_no() {
        for word in ["0", "NO", "False", "off"] {
            assert!(says_no(OsStr::new(word)), "{word}");
        }
        for word in ["1", "yes", "maybe", ""] {
            assert!(!says_no(OsStr::new(word)), "{word}");
        }
    }
}
