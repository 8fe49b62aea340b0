//! Types, resolved to what they are made of: a domain to its base, an array to its element, a composite to its fields.

use crate::words::name::{Name, TableName};
use std::sync::Arc;

/// An object identifier of PostgreSQL.
pub type Oid = u32;

/// A type.
#[derive(Debug, Clone, PartialEq)]
pub struct PgType {
    /// Its oid at the source.
    pub oid: Oid,
    /// Its name.
    pub name: TableName,
    /// What it is made of.
    pub kind: TypeKind,
}

/// What a type is made of.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// A base type that standin knows.
    Base(BaseType),
    /// A base type that it does not know: copied by `keep` alone, as text.
    Unknown,
    /// An enum, with its labels in order.
    Enum(Arc<[String]>),
    /// A domain over another type.
    Domain {
        /// The type below.
        base: Arc<PgType>,
        /// The length or precision that the domain adds, −1 if none.
        typmod: i32,
        /// NOT NULL.
        not_null: bool,
        /// Expressions over `VALUE`.
        checks: Arc<[String]>,
    },
    /// An array.
    Array(Arc<PgType>),
    /// A row type.
    Composite(Arc<[(Name, Arc<PgType>)]>),
    /// A range or multirange over a type.
    Range(Arc<PgType>),
}

/// The base types that standin can read and write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum BaseType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Money,
    Text,
    Varchar,
    Bpchar,
    /// `"char"`, one byte.
    Char,
    /// `name`, 63 bytes.
    Name,
    Bytea,
    Date,
    Time,
    Timetz,
    Timestamp,
    Timestamptz,
    Interval,
    Uuid,
    Inet,
    Cidr,
    Macaddr,
    Macaddr8,
    Json,
    Jsonb,
    Xml,
    Bit,
    Varbit,
    Tsvector,
    Tsquery,
    /// Point, line, lseg, box, path, polygon, circle.
    Geometric,
    Oid,
    /// Other system types with a portable binary form: pg_lsn, tid, xid …
    System,
    /// The citext extension.
    Citext,
    /// The hstore extension.
    Hstore,
    /// The ltree extension.
    Ltree,
}

impl PgType {
    /// The type below all domains.
    pub fn base(&self) -> &PgType {
        match &self.kind {
            TypeKind::Domain { base, .. } => base.base(),
            _ => self,
        }
    }

    /// The base type below all domains, if it is one that standin knows.
    pub fn base_type(&self) -> Option<BaseType> {
        match self.base().kind {
            TypeKind::Base(base) => Some(base),
            _ => None,
        }
    }

    /// True for a domain that is NOT NULL, itself or below.
    pub fn forbids_null(&self) -> bool {
        match &self.kind {
            TypeKind::Domain { base, not_null, .. } => *not_null || base.forbids_null(),
            _ => false,
        }
    }

    /// True if `keep: rest` may cover it: numbers, booleans, dates, times, uuids, enums, and domains over them.
    pub fn is_harmless(&self) -> bool {
        use BaseType::*;
        match &self.base().kind {
            TypeKind::Enum(_) => true,
            TypeKind::Base(base) => matches!(
                base,
                Bool | Int2
                    | Int4
                    | Int8
                    | Float4
                    | Float8
                    | Numeric
                    | Money
                    | Date
                    | Time
                    | Timetz
                    | Timestamp
                    | Timestamptz
                    | Interval
                    | Uuid
                    | Oid
            ),
            _ => false,
        }
    }

    /// True if its binary form means the same in every database and can be read back: no oid of a user's type inside.
    pub fn has_portable_binary(&self) -> bool {
        match &self.base().kind {
            TypeKind::Enum(_) => true,
            TypeKind::Base(base) => {
                // An empty tsquery has a binary form that PostgreSQL itself refuses to read.
                use BaseType::{Citext, Hstore, Ltree, System, Tsquery};
                !matches!(base, Citext | Hstore | Ltree | System | Tsquery)
            }
            _ => false,
        }
    }
}
