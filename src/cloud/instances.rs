//! What an account has: instances, regions, projects.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::PoisonError;

use super::{Cloud, Listing, Reply};
use crate::error::Error;
use crate::model::{Instance, Project, Region, Shard};
use crate::place::{Field, Projection, With};
use crate::projection;
use crate::service::{Operation, Service};
use crate::value::Parameters;

/// A question about an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// What backups it has.
    Backups,
    /// Where the files of a backup are.
    Links,
    /// Whether a backup can be made.
    Create,
    /// What shards it has.
    Shards,
}

impl Question {
    /// What an operation does that answers it.
    const fn what(self) -> &'static str {
        match self {
            Self::Backups => "lists backups",
            Self::Links => "gives download links",
            Self::Create => "makes backups",
            Self::Shards => "lists shards",
        }
    }

    /// The operation of a service that answers it where nothing is known of the instance but its id: one that asks for
    /// nothing else, if there is one.
    #[must_use]
    pub fn operation(self, service: &Service) -> Option<&'static Operation> {
        let answers = |operation: &&&'static Operation| !self.projections(operation).is_empty();
        let asks = |operation: &Operation| {
            let mut with = self.projections(operation).iter().flat_map(|projection| projection.with);
            with.any(|(_, with)| matches!(with, With::Instance(_)))
        };
        let operations = || service.operations.iter().filter(answers);
        operations().find(|operation| !asks(operation)).or_else(|| operations().next()).copied()
    }

    /// How an operation answers it; empty where it does not.
    #[must_use]
    pub fn projections(self, operation: &Operation) -> &'static [Projection] {
        match self {
            Self::Backups => operation.lists_backups(),
            Self::Links => operation.links,
            Self::Create => operation.creates,
            Self::Shards => operation.shards,
        }
    }
}

impl Cloud {
    /// The operation that answers a question about an instance. Where the service has several and the instance is not
    /// known yet, it is looked up.
    ///
    /// # Errors
    /// [`Error::Config`] where none does, and those of [`Cloud::instance`].
    pub async fn operation_about(
        &self,
        instance: &str,
        question: Question,
    ) -> Result<&'static Operation, Error> {
        self.about(instance, question).await.map(|(operation, _)| operation)
    }

    /// The instances, in the service's order.
    ///
    /// # Errors
    /// As [`Cloud::list_instances`] and [`Listing::next`].
    pub async fn instances(&self) -> Result<Vec<Instance>, Error> {
        self.list_instances(Parameters::new())?.collect().await
    }

    /// The instances page by page, asked for with further parameters of the service's operation.
    ///
    /// # Errors
    /// [`Error::Config`] where no specified operation lists instances, [`Error::Invalid`] where a parameter is wrong.
    pub fn list_instances(&self, parameters: Parameters) -> Result<Listing<Instance>, Error> {
        self.instances_of(&[], parameters)
    }

    fn instances_of(&self, fields: &[(Field, &str)], more: Parameters) -> Result<Listing<Instance>, Error> {
        let lists = || self.uniform("lists instances", Operation::lists_instances);
        // Of one instance, the operation tells most directly that is about one.
        let operation = match fields {
            [] => lists()?,
            _ => self.uniform("tells of an instance", Operation::describes_instance).or_else(|_| lists())?,
        };
        // Of each, 64 bits by a key of this list: there can be very many.
        let (mut seen, key) = (HashSet::new(), RandomState::new());
        self.list(operation, operation.instances, fields, more, move |rows, cloud, parameters| {
            let mut instances = projection::instances(rows);
            // One that is made or removed meanwhile moves others to another page, where they show again.
            instances.retain(|one| seen.insert(key.hash_one((&one.region, &one.instance))));
            for instance in &mut instances {
                // What a list does not repeat is as it was asked for.
                let asked = |name| cloud.asked(operation, parameters, name);
                instance.region = instance.region.take().or_else(|| asked("region"));
                instance.project = instance.project.take().or_else(|| asked("project"));
            }
            instances
        })
    }

    /// The shards of an instance, in the service's order.
    ///
    /// # Errors
    /// [`Error::Config`] where no specified operation lists those of such instances, else as [`Listing::next`] and
    /// [`Cloud::instance`].
    pub async fn shards(&self, instance: &str) -> Result<Vec<Shard>, Error> {
        let (operation, known) = self.about(instance, Question::Shards).await?;
        let fields = [(Field::Instance, instance)];
        let parameters =
            self.parameters(operation, operation.shards, &fields, known.as_ref(), Parameters::new())?;
        let (cloud, id) = (self.clone(), instance.to_owned());
        let read = move |parameters: &Parameters, reply: &Reply| {
            projection::shards(&cloud.rows(operation.shards, parameters, reply), &id)
        };
        Listing::new(self, operation, parameters, read).collect().await
    }

    /// The regions that the service tells of, in its order.
    ///
    /// # Errors
    /// [`Error::Config`] where no specified operation lists regions, else as [`Listing::next`].
    pub async fn regions(&self) -> Result<Vec<Region>, Error> {
        self.regions_with(Parameters::new()).await
    }

    /// The same, asked for with further parameters of the service's operation.
    ///
    /// # Errors
    /// As [`Cloud::regions`].
    pub async fn regions_with(&self, parameters: Parameters) -> Result<Vec<Region>, Error> {
        let operation = self.uniform("lists regions", |operation| operation.regions)?;
        let read = |rows: &[_], _: &Self, _: &Parameters| projection::regions(rows);
        let mut regions: Vec<Region> =
            self.list(operation, operation.regions, &[], parameters, read)?.collect().await?;
        // Where zones are listed, a region stands there once for each.
        let mut seen = HashSet::new();
        regions.retain(|region| seen.insert(region.region.clone()));
        Ok(regions)
    }

    /// The projects of the account, in the service's order.
    ///
    /// # Errors
    /// [`Error::Config`] where no specified operation lists projects, else as [`Listing::next`].
    pub async fn projects(&self) -> Result<Vec<Project>, Error> {
        self.projects_with(Parameters::new()).await
    }

    /// The same, asked for with further parameters of the service's operation.
    ///
    /// # Errors
    /// As [`Cloud::projects`].
    pub async fn projects_with(&self, parameters: Parameters) -> Result<Vec<Project>, Error> {
        let operation = self.uniform("lists projects", |operation| operation.projects)?;
        let read = |rows: &[_], _: &Self, _: &Parameters| projection::projects(rows);
        self.list(operation, operation.projects, &[], parameters, read)?.collect().await
    }

    /// What is known of an instance: remembered, or else looked up in the list of instances.
    ///
    /// # Errors
    /// [`Error::NoInstance`] where none has this id, else as [`Cloud::instances`].
    pub async fn instance(&self, id: &str) -> Result<Instance, Error> {
        if let Some(known) = self.known().get(id) {
            return Ok(known.clone());
        }
        let mut listing = self.instances_of(&[(Field::Instance, id)], Parameters::new())?;
        while let Some(instance) = listing.next().await {
            let instance = instance?;
            if instance.instance == id {
                self.remember(instance.clone());
                return Ok(instance);
            }
        }
        let operation = self.uniform("lists instances", Operation::lists_instances)?;
        let place =
            self.setting("region").map_or_else(String::new, |region| format!(" of the region {region}"));
        Err(Error::NoInstance(format!("{}: no instance{place} has the id {id}", operation.name)))
    }

    /// Spares the client looking an instance up: where a service has several products, its kind and what else is known
    /// decide which operations are called.
    pub fn remember(&self, instance: Instance) {
        self.known().insert(instance.instance.clone(), instance);
    }

    /// Forgets what is known of an instance. Whoever asks about thousands of them in turn keeps no more than they need.
    pub fn forget(&self, instance: &str) {
        self.known().remove(instance);
    }

    /// What is known of an instance without a call.
    #[must_use]
    pub fn known_instance(&self, id: &str) -> Option<Instance> {
        self.known().get(id).cloned()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<String, Instance>> {
        self.inner.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operation that answers a question about an instance, and what is known of that instance where it matters.
    pub(super) async fn about(
        &self,
        instance: &str,
        question: Question,
    ) -> Result<(&'static Operation, Option<Instance>), Error> {
        let (what, projections) = (question.what(), |operation: &Operation| question.projections(operation));
        let Some(first) = question.operation(self.service()) else {
            return Err(Error::Config(format!("no specified operation of {} {what}", self.service().name)));
        };
        let all = self.service().operations.iter().copied();
        let operations: Vec<_> = all.filter(|operation| !projections(operation).is_empty()).collect();
        let asks = |projection: &Projection| {
            let with = projection.with.iter().any(|(_, with)| matches!(with, With::Instance(_)));
            with || !projection.only.is_empty()
        };
        let matters = operations.iter().any(|operation| projections(operation).iter().any(asks));
        if !matters || instance.is_empty() {
            return Ok((first, None));
        }
        let known = self.instance(instance).await?;
        let fits = |projection: &Projection| {
            let mut wanted = projection.only.iter();
            wanted.all(|(field, wants)| wants.iter().any(|want| want.accepts(known.text(*field))))
        };
        let found = operations.iter().copied().find(|operation| projections(operation).iter().any(fits));
        found.map(|operation| (operation, Some(known.clone()))).ok_or_else(|| {
            let word = known.vendor_kind.as_deref().unwrap_or(known.kind.as_str());
            let name = self.service().name;
            Error::Config(format!(
                "no specified operation of {name} {what} for {instance}, which is of the kind {word}"
            ))
        })
    }

    /// What a call was asked for that a setting can fill.
    fn asked(&self, operation: &Operation, parameters: &Parameters, setting: &str) -> Option<String> {
        let fills = |parameter: &&crate::service::Parameter| parameter.from == Some(setting);
        let parameter = operation.parameters.iter().find(fills);
        let given =
            parameter.and_then(|parameter| parameters.iter().find(|(name, _)| *name == parameter.name));
        let given = given.and_then(|(_, value)| crate::value::first_text(value));
        given.or_else(|| self.setting(setting).map(str::to_owned))
    }

    /// A list that a projection reads.
    pub(super) fn list<T: 'static>(
        &self,
        operation: &'static Operation,
        projections: &'static [Projection],
        fields: &[(Field, &str)],
        more: Parameters,
        mut read: impl FnMut(&[projection::Row], &Self, &Parameters) -> Vec<T> + Send + 'static,
    ) -> Result<Listing<T>, Error> {
        let parameters = self.parameters(operation, projections, fields, None, more)?;
        let cloud = self.clone();
        Ok(Listing::new(self, operation, parameters, move |parameters, reply: &Reply| {
            read(&cloud.rows(projections, parameters, reply), &cloud, parameters)
        }))
    }
}
