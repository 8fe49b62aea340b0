//! Which types a mask fits, and what it may know of a column: its type and its bounds, never its name.

use super::{Refusal, Spec, masks_for_type};
use crate::pg::types::{BaseType, PgType, TypeKind};
use std::sync::Arc;

/// The column that a mask is compiled for, as far as a mask may know it.
#[derive(Debug, Clone)]
pub struct ColumnShape {
    /// The type, domains already resolved to their base.
    pub ty: Arc<PgType>,
    /// Longest text in characters (varchar(n), char(n)); 63 bytes for `name`.
    pub max_length: Option<usize>,
    /// Precision and scale of numeric(p,s).
    pub numeric: Option<(u16, i16)>,
    /// NULL is not allowed.
    pub not_null: bool,
    /// The column must be unique.
    pub unique: bool,
    /// The type modifier, which an array hands to its elements; −1 if there is none.
    pub typmod: i32,
}

impl ColumnShape {
    /// The shape of a column: resolves domains and reads the type modifier (`atttypmod`, −1 if none).
    pub fn of(ty: &Arc<PgType>, typmod: i32, not_null: bool, unique: bool) -> Self {
        let (mut ty, mut typmod, mut not_null) = (ty, typmod, not_null);
        while let TypeKind::Domain { base, typmod: added, not_null: required, .. } = &ty.kind {
            if typmod < 0 {
                typmod = *added;
            }
            not_null |= *required;
            ty = base;
        }
        let base = ty.base_type();
        let max_length = match base {
            Some(BaseType::Varchar | BaseType::Bpchar) => usize::try_from(typmod - 4).ok(),
            Some(BaseType::Name) => Some(63),
            Some(BaseType::Char) => Some(1),
            _ => None,
        };
        let numeric = match base {
            // The scale is a signed number of 11 bits (PostgreSQL 15).
            Some(BaseType::Numeric) if typmod >= 4 => {
                let bits = typmod - 4;
                Some(((bits >> 16) as u16, (((bits & 0x7ff) ^ 1024) - 1024) as i16))
            }
            _ => None,
        };
        ColumnShape { ty: ty.clone(), max_length, numeric, not_null, unique, typmod }
    }

    /// An unbounded column of a type: what documentation speaks of, and what a value inside a JSON document is masked as.
    pub fn unbounded(base: BaseType) -> Self {
        let name = crate::words::name::TableName::new("pg_catalog", "unbounded");
        let ty = PgType { oid: 0, name, kind: TypeKind::Base(base) };
        ColumnShape { ty: Arc::new(ty), max_length: None, numeric: None, not_null: false, unique: false, typmod: -1 }
    }

    /// The labels of an enum column.
    pub fn labels(&self) -> Option<&[String]> {
        match &self.ty.kind {
            TypeKind::Enum(labels) => Some(labels),
            _ => None,
        }
    }

    /// The family of its type.
    pub fn family(&self) -> Option<Family> {
        Family::of(&self.ty)
    }

    /// Refuses a column that is too short for a mask's longest output.
    pub(super) fn needs(&self, characters: usize, what: &str, help: &str) -> Result<(), Refusal> {
        match self.max_length {
            Some(has) if has < characters => {
                Err(Refusal::new(format!("{what} needs {characters} characters, the column has {has}"), help))
            }
            _ => Ok(()),
        }
    }

    /// Why a mask does not fit the column's type, with the masks that do.
    pub(super) fn does_not_fit(&self, spec: &Spec) -> Refusal {
        let name = &self.ty.name.name;
        Refusal::new(
            format!("the mask `{}` does not fit the type {name}", spec.name),
            format!("masks that fit it: {}", masks_for_type(&self.ty).join(", ")),
        )
    }
}

/// Which types a mask fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// Every type, known or not.
    Anything,
    /// These families.
    Families(&'static [Family]),
}

impl Accepts {
    /// True if it fits the family; `None` is a type of no family.
    pub fn family(&self, family: Option<Family>) -> bool {
        match self {
            Accepts::Anything => true,
            Accepts::Families(list) => family.is_some_and(|family| list.contains(&family)),
        }
    }
}

/// Types that masks treat alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Family {
    /// text, varchar, char(n), name, citext.
    Text,
    /// smallint, integer, bigint.
    Integer,
    /// numeric, money.
    Decimal,
    /// real, double precision.
    Float,
    Boolean,
    Date,
    /// timestamp, with or without time zone.
    Timestamp,
    Time,
    Interval,
    Uuid,
    /// inet, cidr.
    Network,
    Mac,
    /// json, jsonb.
    Json,
    Hstore,
    Xml,
    Bytes,
    Bit,
    Enum,
    /// Row types.
    Composite,
}

impl Family {
    /// The family of a type; `None` for arrays, ranges and types that standin does not know.
    pub fn of(ty: &PgType) -> Option<Family> {
        use BaseType::*;
        if let TypeKind::Enum(_) = ty.base().kind {
            return Some(Family::Enum);
        }
        if let TypeKind::Composite(_) = ty.base().kind {
            return Some(Family::Composite);
        }
        Some(match ty.base_type()? {
            Text | Varchar | Bpchar | Name | Citext => Family::Text,
            Int2 | Int4 | Int8 => Family::Integer,
            Numeric | Money => Family::Decimal,
            Float4 | Float8 => Family::Float,
            Bool => Family::Boolean,
            Date => Family::Date,
            Timestamp | Timestamptz => Family::Timestamp,
            Time | Timetz => Family::Time,
            Interval => Family::Interval,
            Uuid => Family::Uuid,
            Inet | Cidr => Family::Network,
            Macaddr | Macaddr8 => Family::Mac,
            Json | Jsonb => Family::Json,
            Hstore => Family::Hstore,
            Xml => Family::Xml,
            Bytea => Family::Bytes,
            Bit | Varbit => Family::Bit,
            Char | Tsvector | Tsquery | Geometric | Oid | System | Ltree => return None,
        })
    }

    /// The family as documentation writes it.
    pub fn label(self) -> &'static str {
        match self {
            Family::Text => "text",
            Family::Integer => "integers",
            Family::Decimal => "numeric, money",
            Family::Float => "floats",
            Family::Boolean => "boolean",
            Family::Date => "date",
            Family::Timestamp => "timestamps",
            Family::Time => "time",
            Family::Interval => "interval",
            Family::Uuid => "uuid",
            Family::Network => "inet, cidr",
            Family::Mac => "macaddr",
            Family::Json => "json, jsonb",
            Family::Hstore => "hstore",
            Family::Xml => "xml",
            Family::Bytes => "bytea",
            Family::Bit => "bit",
            Family::Enum => "enums",
            Family::Composite => "row types",
        }
    }
}
