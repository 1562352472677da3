//! Links for networks: one place holds those for one, since whoever gets a link learns from its place which it is.

use super::scope::{File, at};
use crate::model::{Place, Projection};

/// The fields that hold links: the runtime's name and that of specs.
const LINKS: [(&str, &str); 2] = [("PublicUrl", "public_url"), ("InternalUrl", "internal_url")];

/// Checks that no place is bound to both networks; of two, the second is told.
pub fn check<'p>(file: &File<'_>, path: impl Fn(usize) -> Vec<&'p str>, projections: &[Projection]) {
    let mut taken: Vec<(&str, &Place)> = Vec::new();
    for (number, projection) in projections.iter().enumerate() {
        for (runtime, sources) in &projection.fields {
            let Some((_, name)) = LINKS.iter().find(|(known, _)| known == runtime) else { continue };
            let places = || sources.iter().map(|source| &source.place);
            let other =
                taken.iter().find(|(other, taken)| other != name && places().any(|place| place == *taken));
            if let Some((other, _)) = other {
                let message = format!("one place cannot be both `{name}` and `{other}`");
                let help = "where a parameter chooses the network, bind one of them, say in `with` which is asked for, and \
                            let callers ask for the other with that parameter";
                file.wrong_help(&at(&path(number), &[name]), message, Some(help.to_owned()));
            }
            taken.extend(places().map(|place| (*name, place)));
        }
    }
}
