//! Who may call, and what.

use std::collections::HashMap;

use rdbfetch::Timestamp;
use rdbfetch::service::Service;
use rdbfetch::sign::verify::{Secrets, Tokens};

use crate::world::{self, Account, Moment};

/// The accounts of an emulator.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    /// As they are declared, moments on the calendar.
    list: Vec<Account>,
    by_key: HashMap<String, usize>,
}

impl Accounts {
    /// The accounts that are declared, behind the built-in ones where those are wanted. Of two with the same key, the
    /// declared one counts.
    pub(crate) fn new(declared: &[Account], builtin: bool, now: Timestamp) -> Self {
        let is_declared = |one: &Account| declared.iter().any(|other| other.access_key == one.access_key);
        let mut list: Vec<Account> =
            world::accounts().into_iter().filter(|one| builtin && !is_declared(one)).collect();
        list.extend_from_slice(declared);
        for account in &mut list {
            account.expires = account.expires.map(|moment| Moment::At(moment.on(now)));
        }
        let keys = list.iter().enumerate().map(|(number, account)| (account.access_key.clone(), number));
        Self { by_key: keys.collect(), list }
    }

    /// The accounts, moments on the calendar.
    pub(crate) fn list(&self) -> &[Account] {
        &self.list
    }

    /// The account with an access key, if a service knows it. Without a signature, requests need not show the key:
    /// they are the first account's.
    fn known(&self, service: &str, access_key: &str) -> Option<&Account> {
        let knows = |account: &&Account| {
            account.services.as_ref().is_none_or(|names| names.iter().any(|name| name == service))
        };
        if access_key.is_empty() {
            return self.list.iter().find(|account| account.token.is_none() && knows(account));
        }
        self.by_key.get(access_key).and_then(|number| self.list.get(*number)).filter(knows)
    }

    /// What belongs to an access key.
    pub(crate) fn secrets(&self, service: &str, access_key: &str) -> Option<Secrets> {
        let account = self.known(service, access_key)?;
        // The emulator issues no tokens, so whoever shows one with the account's own key may have got it anywhere.
        let token = match &account.token {
            Some(token) => Tokens::Only(token.clone()),
            None if account.refuse_tokens => Tokens::Never,
            None => Tokens::Any,
        };
        Some(Secrets { secret: account.secret_key.clone(), token })
    }

    /// Whether an access key is no longer good.
    pub(crate) fn expired(&self, service: &str, access_key: &str, now: Timestamp) -> bool {
        let expires = self.known(service, access_key).and_then(|account| account.expires);
        expires.is_some_and(|moment| now >= moment.on(now))
    }

    /// Whether an account may not call an operation.
    pub(crate) fn denies(&self, service: &Service, access_key: &str, operation: &str) -> bool {
        let Some(account) = self.known(service.name, access_key) else { return false };
        account.denied.iter().any(|denied| match denied.split_once('/') {
            Some((name, what)) => name == service.name && (what == "*" || what == operation),
            None => denied == operation,
        })
    }

    /// Whether a key opens a project.
    pub(crate) fn lets_into(&self, access_key: &str, project: &str) -> bool {
        let account = self.by_key.get(access_key).and_then(|number| self.list.get(*number));
        let bound = account.and_then(|account| account.projects.as_ref());
        bound.is_none_or(|projects| projects.iter().any(|id| id == project))
    }

    /// The access key of the account for which a key acts.
    pub(crate) fn owner<'a>(&'a self, service: &str, access_key: &'a str) -> &'a str {
        let account = self.known(service, access_key);
        account.map_or(access_key, |account| account.of.as_deref().unwrap_or(&account.access_key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    #[test]
    fn a_declared_account_replaces_the_built_in_one_with_its_key() {
        let accounts = Accounts::new(&[Account::new(world::FIRST, "other")], true, at(0));
        assert_eq!(accounts.list().len(), 2);
        assert_eq!(accounts.secrets("s", world::FIRST).unwrap().secret, "other");
        assert!(accounts.secrets("s", world::TEMPORARY).is_some());
        let alone = Accounts::new(&[Account::new("A", "b")], false, at(0));
        assert!(alone.secrets("s", world::FIRST).is_none());
    }

    #[test]
    fn an_account_can_be_for_some_services_only_and_end() {
        let limited = Account::new("A", "b").services(["one"]).expires(at(10)).token("t").of("B");
        let accounts = Accounts::new(&[limited, Account::new("B", "c").refuse_tokens()], false, at(0));
        assert!(accounts.secrets("one", "A").unwrap().token == Tokens::Only("t".to_owned()));
        assert!(accounts.secrets("two", "A").is_none());
        assert_eq!([9, 10].map(|now| accounts.expired("one", "A", at(now))), [false, true]);
        assert_eq!(accounts.owner("one", "A"), "B");
        assert_eq!(accounts.owner("two", "B"), "B");
        assert!(
            accounts.secrets("one", "").unwrap().token == Tokens::Never,
            "no temporary one stands for all"
        );
    }
}
