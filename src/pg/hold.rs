//! Databases that are built and proven and wait to be published.

use super::marker::{Marker, State};
use super::publish::{Published, Shadow, is_expired, now};
use super::template::Change;
use super::types::Oid;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::Name;

impl Published<'_> {
    /// Keeps a finished clone for `publish`, in place of one that was held before; nobody can enter it.
    pub async fn hold(&self, shadow: &Shadow, live: Option<Oid>, until: String, report: String) -> Result<()> {
        let before = self.of(State::Held).await?;
        let marker = Marker {
            state: State::Held,
            at: now(),
            report: Some(report),
            origin: live,
            until: Some(until),
            ..shadow.marker.clone()
        };
        self.keep(&shadow.name, &shadow.name, marker).await?;
        for (database, _) in before {
            self.maintenance.drop(&database.name).await?;
        }
        Ok(())
    }

    /// What is held, or a refusal.
    pub async fn held(&self) -> Result<Shadow> {
        let place = || Place::from(&Name::from(self.database));
        let help = format!("`standin refresh --hold --to {}` builds one", self.environment);
        let Some((database, marker)) = self.of(State::Held).await?.into_iter().next() else {
            let message = "no database is held to be published";
            return Err(Error::refused(Diagnostic::error("nothing-held", place(), message).help(help)));
        };
        if is_expired(&marker) {
            let message = format!("the database that was held expired at {}", marker.until.unwrap_or_default());
            return Err(Error::refused(Diagnostic::error("held-expired", place(), message).help(help)));
        }
        Ok(Shadow { name: database.name, oid: database.oid, marker })
    }

    /// Drops what is held; returns the names.
    pub async fn discard(&self) -> Result<Vec<String>> {
        let mut dropped = Vec::new();
        for (database, _) in self.of(State::Held).await? {
            self.maintenance.drop(&database.name).await?;
            dropped.push(database.name);
        }
        Ok(dropped)
    }

    /// Takes a publication back: the database that it replaced is live again, and what was published is held as before.
    pub async fn unpublish(&self, held: &Shadow, previous: Option<&str>) -> Result<()> {
        let published = match previous {
            Some(_) => self.roll_back(true).await?.0,
            None => self.database.to_owned(),
        };
        self.keep(&published, &held.name, held.marker.clone()).await
    }

    async fn keep(&self, from: &str, to: &str, marker: Marker) -> Result<()> {
        self.maintenance.change(&[Change { from, to, marker, open: false, template: false }]).await
    }
}
