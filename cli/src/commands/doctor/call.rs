//! The call that shows whether keys, region and rights are good.

use rdbfetch::metadata::ServiceMetadata;
use rdbfetch::place::{Field, Projection};
use rdbfetch::service::{Class, Operation, When};
use rdbfetch::value::Parameters;
use rdbfetch::{ApiError, Cloud, Error};

use super::Findings;
use crate::exit::{Exit, Failure};
use crate::parameters::Given;

/// An id that no vendor gives. A service that says it is unknown has let the call pass.
const NOBODY: &str = "rdbfetch-doctor";

/// A call that changes nothing.
pub struct Question {
    service: &'static ServiceMetadata,
    operation: &'static Operation,
    parameters: Parameters,
}

impl Question {
    /// The list of instances, else the list of an instance's backups, else the links.
    ///
    /// # Errors
    ///
    /// If the service has none of them, or the parameters are wrong.
    pub fn new(
        service: &'static ServiceMetadata,
        instance: Option<&str>,
        params: &[String],
    ) -> Result<Self, Failure> {
        type Pick = fn(&Operation) -> &'static [Projection];
        let picks: [Pick; 3] =
            [|operation| operation.instances, |operation| operation.backups, |operation| operation.links];
        let fits = |pick: &Pick| {
            let operations = service.service.operations.iter();
            operations
                .filter(|one| one.idempotent)
                .find(|one| !pick(one).is_empty())
                .map(|one| (*one, pick(one)))
        };
        let (operation, projections) = picks.iter().find_map(fits).ok_or_else(|| {
            Failure::usage(format!("{} has no operation that a check could call.", service.service.name))
        })?;
        let given = Given::read(operation, Vec::new(), params);
        let ids = [(Field::Instance, instance.unwrap_or(NOBODY)), (Field::Backup, NOBODY)];
        // An id that somebody made up may break rules about ids.
        let parameters = given.and(projections, &ids).check(|_| false)?;
        Ok(Self { service, operation, parameters })
    }

    /// Where the call goes, having made sure that it can be formed.
    ///
    /// # Errors
    ///
    /// What is missing.
    pub fn form(&self, cloud: &Cloud) -> Result<String, Error> {
        match cloud.prepare(self.operation, &self.parameters) {
            Ok(_) | Err(Error::Credentials(_)) => {}
            Err(Error::Config(problem)) if problem.contains("there are no credentials") => {}
            Err(error) => return Err(error),
        }
        cloud.endpoint(self.operation)
    }

    /// Calls, and says what the answer means.
    pub async fn ask(&self, findings: &mut Findings, cloud: &Cloud) {
        let name = self.operation.name;
        let region = cloud.setting("region").map_or(String::new(), |region| format!(" in {region}"));
        match cloud.call(self.operation, self.parameters.clone()).await {
            Ok(_) => self.passed(findings, &format!("{name} answers{region}")),
            Err(Error::Api(error)) => self.refused(findings, &error),
            Err(Error::Transport(error)) => {
                let advice = "Try again; the service was reached before.";
                findings.failed("reachability", Exit::Network, error.to_string(), advice);
            }
            Err(Error::Credentials(problem)) => {
                findings.failed("credentials", Exit::Auth, problem, "Renew the credentials.");
            }
            Err(error @ Error::Answer { .. }) => {
                let advice = "Check --endpoint: something other than the service may have answered.";
                findings.failed("reachability", Exit::Network, error.to_string(), advice);
            }
            Err(error) => {
                let advice = "Give what is missing as the detail says.";
                findings.failed("configuration", Exit::Usage, error.to_string(), advice);
            }
        }
    }

    fn passed(&self, findings: &mut Findings, said: &str) {
        findings.ok("clock", "the service takes the time of calls");
        findings.ok("credentials", "the key is known and the signature is right");
        findings.ok("region", said);
        findings.ok("permission", said);
    }

    /// The situations that the spec names for a code.
    fn situations(&self, code: &str) -> &'static [When] {
        let codes = self.operation.errors.iter().chain(self.service.service.errors);
        codes
            .filter(|known| known.code == code)
            .map(|known| known.when)
            .find(|when| !when.is_empty())
            .unwrap_or(&[])
    }

    fn refused(&self, findings: &mut Findings, error: &ApiError) {
        let when = self.situations(&error.code);
        let is = |situation: When| when.contains(&situation);
        let key = [When::UnknownKey, When::BadSignature, When::BadToken].into_iter().any(is);
        let said = error.to_string();
        // A code that stands for wrong keys as well is about those: a wrong clock was found before.
        if is(When::ExpiredClock) && !key {
            findings.failed("clock", Exit::Auth, said, "Set the clock of this machine, best by NTP.");
        } else if error.class == Class::Auth && !is(When::Denied) {
            findings.failed("credentials", Exit::Auth, said, self.about_keys(when));
        } else if error.class == Class::Denied {
            self.known(findings);
            let advice =
                format!("Allow {} for this key in the vendor's access management.", self.operation.name);
            findings.failed("permission", Exit::Auth, said, advice);
        } else if is(When::WrongRegion) {
            self.known(findings);
            let advice = "Check --region: the service does not have this region, or this operation in it.";
            findings.failed("region", Exit::NotFound, said, advice);
        } else if error.class == Class::NotFound {
            self.passed(findings, "the service knows the caller; it only has no such instance");
        } else if matches!(error.class, Class::Throttled | Class::Server) {
            findings.failed("reachability", Exit::Network, said, "Wait a little and try again.");
        } else {
            self.known(findings);
            let why = format!("not known: {said}");
            findings.skipped("region", why.clone());
            findings.skipped("permission", why);
        }
    }

    fn known(&self, findings: &mut Findings) {
        findings.ok("clock", "the service takes the time of calls");
        findings.ok("credentials", "the key is known and the signature is right");
    }

    /// What to do about keys that the service does not take.
    fn about_keys(&self, when: &[When]) -> String {
        let service = self.service.service.name;
        let show = format!("`rdbfetch config show {service} --origin` says where they come from");
        let is = |situation: When| when.contains(&situation);
        let key = || "the access key is mistyped, disabled, or of another account";
        match (is(When::UnknownKey), is(When::BadSignature), is(When::BadToken)) {
            (true, false, false) => format!("The service does not know the access key: {}. {show}.", key()),
            (false, true, false) => format!(
                "The access key is known, but the secret key is not the one that belongs to it. {show}."
            ),
            (false, false, true) => format!(
                "The token of the temporary credentials has run out, is wrong or is missing: get new ones. {show}."
            ),
            _ => format!(
                "The access key, the secret key or the token is wrong; the service does not say which. {show}."
            ),
        }
    }
}
