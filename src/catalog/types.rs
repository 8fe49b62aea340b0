//! Resolves types to what they are made of, each once.

use super::{BaseType, Oid, PgType, TypeKind};
use crate::words::name::{Name, TableName};
use std::collections::HashMap;
use std::sync::Arc;

/// A type nested deeper than this is unknown to us; PostgreSQL knows no type that holds itself.
const DEEPEST: usize = 32;

/// A type as `pg_type` has it.
pub(super) struct TypeRow {
    pub oid: Oid,
    pub name: TableName,
    pub element: Option<Oid>,
    pub base: Option<Oid>,
    pub typmod: i32,
    pub not_null: bool,
    pub subtype: Option<Oid>,
    pub is_enum: bool,
    pub is_composite: bool,
    pub labels: Vec<String>,
    pub checks: Vec<String>,
    pub field_names: Vec<String>,
    pub field_types: Vec<Oid>,
    pub field_typmods: Vec<i32>,
    pub extension: Option<String>,
}

/// Every type that a column has.
pub(super) struct Types {
    resolved: HashMap<Oid, Arc<PgType>>,
}

impl Types {
    /// Resolves every type.
    pub fn resolve(rows: Vec<TypeRow>) -> Self {
        let rows: HashMap<Oid, TypeRow> = rows.into_iter().map(|row| (row.oid, row)).collect();
        let mut types = Types { resolved: HashMap::with_capacity(rows.len()) };
        for oid in rows.keys() {
            types.add(*oid, &rows, 0);
        }
        types
    }

    /// The type of that oid.
    pub fn get(&self, oid: Oid) -> Arc<PgType> {
        self.resolved.get(&oid).cloned().unwrap_or_else(|| unknown(oid))
    }

    fn add(&mut self, oid: Oid, rows: &HashMap<Oid, TypeRow>, depth: usize) -> Arc<PgType> {
        if let Some(known) = self.resolved.get(&oid) {
            return known.clone();
        }
        let Some(row) = rows.get(&oid).filter(|_| depth < DEEPEST) else { return unknown(oid) };
        let kind = if let Some(base) = row.base {
            TypeKind::Domain {
                base: self.add(base, rows, depth + 1),
                typmod: row.typmod,
                not_null: row.not_null,
                checks: row.checks.clone().into(),
            }
        } else if row.is_enum {
            TypeKind::Enum(row.labels.clone().into())
        } else if row.is_composite {
            let fields = row.field_types.iter().zip(&row.field_typmods);
            let types = fields.map(|(oid, typmod)| limited(self.add(*oid, rows, depth + 1), *typmod));
            TypeKind::Composite(row.field_names.iter().map(|name| Name::from(name.as_str())).zip(types).collect())
        } else if let Some(subtype) = row.subtype {
            TypeKind::Range(self.add(subtype, rows, depth + 1))
        } else if let Some(element) = row.element {
            TypeKind::Array(self.add(element, rows, depth + 1))
        } else {
            base_type(row).map_or(TypeKind::Unknown, TypeKind::Base)
        };
        let ty = Arc::new(PgType { oid, name: row.name.clone(), kind });
        self.resolved.insert(oid, ty.clone());
        ty
    }
}

/// A field's type with its own length or precision, as a domain would have it.
fn limited(base: Arc<PgType>, typmod: i32) -> Arc<PgType> {
    if typmod < 0 {
        return base;
    }
    let (oid, name) = (base.oid, base.name.clone());
    Arc::new(PgType { oid, name, kind: TypeKind::Domain { base, typmod, not_null: false, checks: Arc::new([]) } })
}

/// A type that the catalog's queries did not give.
fn unknown(oid: Oid) -> Arc<PgType> {
    Arc::new(PgType { oid, name: TableName::new("pg_catalog", "unknown"), kind: TypeKind::Unknown })
}

/// A base type by name: built-in ones in `pg_catalog` alone, an extension's in whatever schema it lives.
fn base_type(row: &TypeRow) -> Option<BaseType> {
    let name = row.name.name.as_str();
    match row.extension.as_deref() {
        None if row.name.schema.as_str() == "pg_catalog" => built_in(name),
        Some("citext") if name == "citext" => Some(BaseType::Citext),
        Some("hstore") if name == "hstore" => Some(BaseType::Hstore),
        Some("ltree") if name == "ltree" => Some(BaseType::Ltree),
        _ => None,
    }
}

fn built_in(name: &str) -> Option<BaseType> {
    Some(match name {
        "bool" => BaseType::Bool,
        "int2" => BaseType::Int2,
        "int4" => BaseType::Int4,
        "int8" => BaseType::Int8,
        "float4" => BaseType::Float4,
        "float8" => BaseType::Float8,
        "numeric" => BaseType::Numeric,
        "money" => BaseType::Money,
        "text" => BaseType::Text,
        "varchar" => BaseType::Varchar,
        "bpchar" => BaseType::Bpchar,
        "char" => BaseType::Char,
        "name" => BaseType::Name,
        "bytea" => BaseType::Bytea,
        "date" => BaseType::Date,
        "time" => BaseType::Time,
        "timetz" => BaseType::Timetz,
        "timestamp" => BaseType::Timestamp,
        "timestamptz" => BaseType::Timestamptz,
        "interval" => BaseType::Interval,
        "uuid" => BaseType::Uuid,
        "inet" => BaseType::Inet,
        "cidr" => BaseType::Cidr,
        "macaddr" => BaseType::Macaddr,
        "macaddr8" => BaseType::Macaddr8,
        "json" => BaseType::Json,
        "jsonb" => BaseType::Jsonb,
        "xml" => BaseType::Xml,
        "bit" => BaseType::Bit,
        "varbit" => BaseType::Varbit,
        "tsvector" => BaseType::Tsvector,
        "tsquery" => BaseType::Tsquery,
        "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" => BaseType::Geometric,
        "oid" => BaseType::Oid,
        "pg_lsn" | "tid" | "xid" | "xid8" | "cid" | "pg_snapshot" | "txid_snapshot" => BaseType::System,
        _ => return None,
    })
}
