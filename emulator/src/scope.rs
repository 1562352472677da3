//! What of a service a call can see: for which instances its operation is, in which project, and for whom.

use rdbfetch::projection::Row;
use rdbfetch::service::{Convert, Field, Projection, When, With};

use crate::api::{Asked, value_of};
use crate::filters::texts;
use crate::refusal::Refusal;
use crate::stock::{Accounts, Instance, Region, Shelf};

/// The project that a call is about; `None` where it is about all that the caller may see.
///
/// # Errors
/// Where there is no such project, or the caller is not let into it.
pub(crate) fn project(
    shelf: &Shelf,
    accounts: &Accounts,
    access_key: &str,
    named: Option<Option<String>>,
) -> Result<Option<String>, Refusal> {
    // A service without projects takes any.
    let (Some(default), Some(named)) = (shelf.default_project(), named) else { return Ok(None) };
    let id = named.filter(|id| !id.is_empty()).unwrap_or_else(|| default.id.clone());
    let exists = shelf.projects.iter().any(|project| project.id == id);
    if exists && accounts.lets_into(access_key, &id) {
        return Ok(Some(id));
    }
    Err(Refusal::of_parameter(When::NoProject, "project", &format!("{id:?} is not there for this account")))
}

impl Asked<'_> {
    /// Whether a call can be about an instance: the caller sees it, it is in the project that is meant, and the
    /// operation is for such instances and told of this one what it has to be told.
    pub(crate) fn covers(&self, projections: &[Projection], region: &Region, instance: &Instance) -> bool {
        let project = || instance.project.as_deref();
        let inside = self.project.is_none() || self.project == project();
        let open = || project().is_none_or(|id| self.accounts.lets_into(self.access_key, id));
        instance.seen_by(self.account) && inside && open() && self.fits(projections, region, instance)
    }

    fn fits(&self, projections: &[Projection], region: &Region, instance: &Instance) -> bool {
        let particular = |one: &Projection| {
            let told = one.with.iter().any(|(_, with)| matches!(with, With::Instance(_)));
            told || !one.only.is_empty()
        };
        if !projections.iter().any(particular) {
            return true;
        }
        let facts = self.facts(region, instance);
        projections.iter().any(|one| is_for(one, &facts) && self.is_told(one, &facts))
    }

    /// Whether parameters that say something about the instance say what is so.
    fn is_told(&self, projection: &Projection, facts: &Row) -> bool {
        projection.with.iter().all(|(name, with)| match with {
            With::Instance(field) => {
                let said = value_of(self.parameters, name).filter(|said| !said.is_empty());
                said.is_none_or(|said| facts.text(*field) == Some(&said))
            }
            _ => true,
        })
    }

    /// All that the uniform model says of an instance, the vendor's own words too.
    pub(crate) fn facts(&self, region: &Region, instance: &Instance) -> Row {
        let mut facts = facts(region, instance);
        for (ours, vendors) in [(Field::State, Field::VendorState), (Field::Kind, Field::VendorKind)] {
            let word = facts.text(ours).and_then(|word| self.vendors(ours, word));
            if let Some(word) = word {
                facts.set(vendors, word);
            }
        }
        facts
    }

    /// The vendor's word for one of ours, where the service lists instances.
    fn vendors(&self, field: Field, word: &str) -> Option<&'static str> {
        let listed = self.operations.iter().flat_map(|operation| operation.instances);
        let mut sources = listed.flat_map(|projection| projection.field(field));
        sources.find_map(|source| match source.convert {
            Convert::Words(words) => words.iter().find(|(ours, _)| *ours == word)?.1.first().copied(),
            _ => None,
        })
    }

    /// Whether a row is what the parameters ask for that its own fields are bound to.
    pub(crate) fn narrowed(&self, projections: &[Projection], row: &Row) -> bool {
        let bound = projections.iter().flat_map(|projection| projection.fields);
        bound.into_iter().all(|(field, sources)| {
            sources.iter().all(|source| {
                let rdbfetch::service::Root::Request(name) = source.place.root else { return true };
                let given = self.parameters.iter().find(|(known, _)| *known == name);
                let wanted: Vec<String> = given.map_or_else(Vec::new, |(_, value)| texts(value));
                wanted.is_empty() || row.text(*field).is_some_and(|text| wanted.iter().any(|one| one == text))
            })
        })
    }
}

/// What the uniform model says of an instance.
pub(crate) fn facts(region: &Region, instance: &Instance) -> Row {
    let row = Row::new()
        .with(Field::Region, &*region.name)
        .with(Field::Zone, &*instance.zone)
        .with(Field::Instance, &*instance.id)
        .with(Field::Name, instance.name.as_deref().unwrap_or(&instance.id))
        .with(Field::State, &*instance.state)
        .with(Field::Kind, &*instance.kind);
    let row = match instance.created_at {
        Some(at) => row.with(Field::CreatedAt, at.to_string()),
        None => row,
    };
    match &instance.project {
        Some(project) => row.with(Field::Project, &**project),
        None => row,
    }
}

/// Whether a projection is for such instances.
pub(crate) fn is_for(projection: &Projection, facts: &Row) -> bool {
    let holds = |(field, wants): &(Field, &[rdbfetch::service::Want])| {
        wants.iter().any(|want| want.accepts(facts.text(*field)))
    };
    projection.only.iter().all(holds)
}
