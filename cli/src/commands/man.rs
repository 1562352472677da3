//! `rdbfetch man`

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::args;
use crate::exit::{Exit, Failure};
use crate::help;
use crate::output::{Output, write_bytes};

/// Prints a manual page, or writes all of them to a folder.
pub fn run(args: &args::Man, output: Output) -> Result<Exit, Failure> {
    output.plain("`rdbfetch man`")?;
    let mut command = without_help(help::parser(&[]));
    // Brings the options of every command to all of them.
    command.build();
    if let Some(folder) = &args.dir {
        let unwritable =
            |error| Failure::disk(format!("The pages cannot be written to {}: {error}.", folder.display()));
        fs::create_dir_all(folder).map_err(unwritable)?;
        let count = write_all(&command, "", folder).map_err(unwritable)?;
        output.remark(&format!("{count} pages are in {}.", folder.display()));
        return Ok(Exit::Done);
    }
    let mut found = &command;
    for word in &args.command {
        found = visible(found).find(|one| one.get_name() == word).ok_or_else(|| {
            let names: Vec<&str> = visible(found).map(Command::get_name).collect();
            super::unknown("command", word, &names, "")
        })?;
    }
    let page = page(found, &args.command.join(" ")).map_err(|error| Failure::disk(error.to_string()))?;
    write_bytes(page.trim_ascii_end())?;
    Ok(Exit::Done)
}

fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}

/// Writes the page of a command and of all below it, and says how many those were.
fn write_all(command: &Command, path: &str, folder: &Path) -> io::Result<usize> {
    fs::write(folder.join(format!("{}.1", name(path))), page(command, path)?)?;
    visible(command).try_fold(1, |count, subcommand| {
        let below = format!("{path} {}", subcommand.get_name());
        Ok(count + write_all(subcommand, below.trim_start(), folder)?)
    })
}

/// The commands that have a page of their own.
fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|one| !one.is_hide_set())
}

/// The name of the page about a command.
fn name(path: &str) -> String {
    if path.is_empty() { "rdbfetch".to_owned() } else { format!("rdbfetch-{}", path.replace(' ', "-")) }
}

fn page(command: &Command, path: &str) -> io::Result<Vec<u8>> {
    let name = name(path);
    let command = command.clone().name(name.clone()).display_name(name.clone());
    let subcommands = visible(&command).next().is_some();
    let man = Man::new(command).title(name.to_uppercase()).manual("rdbfetch manual");
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    if subcommands {
        man.render_subcommands_section(&mut out)?;
    }
    man.render_options_section(&mut out)?;
    for section in help::sections(path) {
        // The lines are laid out already.
        writeln!(out, ".SH \"{}\"\n.nf\n{}\n.fi", section.title.to_uppercase(), roff(&section.text))?;
    }
    if !path.is_empty() {
        writeln!(out, ".SH \"SEE ALSO\"\n.BR rdbfetch (1)")?;
    }
    Ok(out)
}

/// Text that roff shows as it is.
fn roff(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-").replace('\'', "\\(aq").replace('`', "\\(ga");
        // A dot or a quote at the beginning would be a command.
        if line.starts_with('.') { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_command() {
        assert_eq!(roff(".SH x\n'a' \\t -v `b`"), "\\&.SH x\n\\(aqa\\(aq \\et \\-v \\(gab\\(ga");
    }

    #[test]
    fn pages_have_names() {
        assert_eq!(name(""), "rdbfetch");
        assert_eq!(name("spec check"), "rdbfetch-spec-check");
    }
}
