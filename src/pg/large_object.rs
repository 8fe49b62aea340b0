//! Large objects over ordinary functions: reading needs SELECT on each, writing no special right.

use super::fault::Fault;
use super::session::{Source, Target};
use super::types::Oid;
use crate::words::diagnostic::Place;
use crate::words::error::{Error, Result};
use crate::words::name::{Name, literal};
use std::collections::BTreeMap;

/// Bytes of one piece.
const PIECE: i32 = 1 << 20;

/// A large object and what belongs to it.
#[derive(Debug, Clone)]
pub struct LargeObject {
    /// Its number.
    pub number: Oid,
    /// Its owner.
    pub owner: Name,
    /// Its comment.
    pub comment: Option<String>,
    /// Grantee (`None`: PUBLIC), privilege, and whether it may be granted on.
    pub grants: Vec<(Option<Name>, String, bool)>,
}

impl Source {
    /// Every large object, by number.
    pub async fn large_objects(&self) -> Result<Vec<LargeObject>> {
        let rows = self.client().query(include_str!("large_objects.sql"), &[]).await.map_err(fault)?;
        let mut objects: BTreeMap<Oid, LargeObject> = BTreeMap::new();
        for row in rows {
            let number = row.get(0);
            let object = objects.entry(number).or_insert_with(|| LargeObject {
                number,
                owner: Name::from(row.get::<_, String>(1)),
                comment: row.get(2),
                grants: Vec::new(),
            });
            if let Some(privilege) = row.get::<_, Option<String>>(4) {
                object.grants.push((row.get::<_, Option<String>>(3).map(Name::from), privilege, row.get(5)));
            }
        }
        Ok(objects.into_values().collect())
    }

    /// The bytes from an offset on; empty at the end.
    pub async fn large_object_piece(&self, number: Oid, at: i64) -> Result<Vec<u8>> {
        let sql = "SELECT pg_catalog.lo_get($1, $2, $3)";
        let row = self.client().query_one(sql, &[&number, &at, &PIECE]).await.map_err(fault)?;
        Ok(row.get(0))
    }
}

impl Target {
    /// Creates an empty large object of that number.
    pub async fn create_large_object(&self, number: Oid) -> Result<()> {
        self.execute(&format!("SELECT pg_catalog.lo_create({number})"), place(number), "cannot create the large object")
            .await
    }

    /// Writes bytes at an offset.
    pub async fn write_large_object(&self, number: Oid, at: i64, bytes: &[u8]) -> Result<()> {
        let sql = "SELECT pg_catalog.lo_put($1, $2, $3)";
        self.client().execute(sql, &[&number, &at, &bytes]).await.map(drop).map_err(fault)
    }

    /// Sets comment, grants and, last, the owner, as far as the roles come along.
    pub async fn finish_large_object(
        &self,
        object: &LargeObject,
        roles: &BTreeMap<Name, Option<Name>>,
        comments: bool,
    ) -> Result<()> {
        let role = |name: &Name| roles.get(name).cloned().unwrap_or_else(|| Some(name.clone()));
        let number = object.number;
        let mut statements = Vec::new();
        if let Some(comment) = object.comment.as_ref().filter(|_| comments) {
            statements.push(format!("COMMENT ON LARGE OBJECT {number} IS {}", literal(comment)));
        }
        if let Some(owner) = role(&object.owner) {
            statements.push(format!("ALTER LARGE OBJECT {number} OWNER TO {}", owner.sql()));
        }
        for (grantee, privilege, grantable) in &object.grants {
            let grantee = match grantee {
                None => Some("PUBLIC".to_owned()),
                Some(name) if *name == object.owner => None,
                Some(name) => role(name).map(|name| name.sql()),
            };
            let Some(grantee) = grantee else { continue };
            let option = if *grantable { " WITH GRANT OPTION" } else { "" };
            statements.push(format!("GRANT {privilege} ON LARGE OBJECT {number} TO {grantee}{option}"));
        }
        self.execute(&statements.join("; "), place(number), "cannot finish the large object").await
    }
}

fn place(number: Oid) -> Place {
    Place::Object(format!("large object {number}"))
}

fn fault(error: tokio_postgres::Error) -> Error {
    Fault::rows(error).into_error("large-object", Place::Run, "cannot copy a large object")
}
