//! What a catalog says of a nasty schema.

use super::*;

fn table(name: &str) -> &'static catalog::Table {
    bench().whole.table(&TableName::parse(name).unwrap()).unwrap_or_else(|| panic!("no table {name}"))
}

#[test]
fn tables_are_found_with_their_kinds_and_parents() {
    let catalog = &bench().whole;
    let names: Vec<String> = catalog.tables.iter().map(|table| table.name.to_string()).collect();
    assert!(!names.iter().any(|name| name.contains("passing")), "{names:?}");
    assert_eq!(table("moods").kind, TableKind::MaterializedView);
    assert_eq!(table("remote").kind, TableKind::Foreign);
    assert_eq!(table("events_2024").kind, TableKind::Partitioned);
    assert!(table("hidden.secrets").unlogged);
    assert_eq!(table("events_2024_a").parents, [table("events_2024").oid]);
    assert_eq!(table("robodog").parents, [table("animal").oid, table("machine").oid]);
    assert_eq!(table("events").partition_key, [4]);
    assert_eq!(table("by_expression").partition_key, [1, 2]);
    assert_eq!(table("\"odd.schema\".\"a\"\"b\"").columns[0].name, Name::from("c.d"));
    assert!(table("nothing").columns.is_empty());
    assert_eq!(catalog.views, ["everyone", "loosely"].map(|name| TableName::new("public", name)));
    assert_eq!(catalog.dependents.iter().filter(|(table, _)| *table == self::table("loose").oid).count(), 1);
}

#[test]
fn types_are_resolved_to_their_base() {
    let ty = |column: &str| table("users").column(&Name::from(column)).unwrap().ty.clone();
    assert_eq!(ty("email").base_type(), Some(BaseType::Citext));
    assert!(matches!(&ty("tags").base().kind, TypeKind::Array(element) if element.base_type() == Some(BaseType::Text)));
    assert!(matches!(&ty("pair").kind, TypeKind::Composite(fields) if fields.len() == 2));
    assert!(matches!(&ty("mood").kind, TypeKind::Enum(labels) if **labels == ["glad", "sad"]));
    let code = table("users").column(&Name::from("code")).unwrap();
    assert!(code.not_null && code.ty.forbids_null());
    assert!(table("users").column(&Name::from("gone")).is_none());
    assert!(table("users").column(&Name::from("shout")).unwrap().generated);
    assert!(table("users").column(&Name::from("id")).unwrap().identity);
}

#[test]
fn what_makes_values_unique_is_known_with_its_columns() {
    let users = table("users");
    let number = |name: &str| users.column(&Name::from(name)).unwrap().number;
    let login = users.unique_indexes.iter().find(|index| index.name.as_str() == "users_login").unwrap();
    assert!(login.has_expressions && login.columns.is_empty());
    assert_eq!(login.expression_columns, [number("login"), number("deleted_at")]);
    assert_eq!(login.predicate.as_deref(), Some("(deleted_at IS NULL)"));
    assert!(table("rooms").unique_indexes[0].exclusion);
    let key = bench().whole.foreign_keys.iter().find(|key| key.name.as_str() == "orders_user_email_fkey").unwrap();
    assert_eq!(key.references, users.oid);
    assert_eq!(key.operators, ["OPERATOR(public.=)"]);
}

#[test]
fn what_a_clone_leaves_out_and_who_owns_what_is_known() {
    let catalog = &bench().whole;
    let left: Vec<(&str, &str)> = catalog.left_out.iter().map(|left| (left.kind, left.name.as_str())).collect();
    for expected in [
        ("publication", "everything"),
        ("user mapping", "postgres at far"),
        ("server options", "far"),
        ("comment", "1"),
        ("large object", "1"),
    ] {
        assert!(left.contains(&expected), "{expected:?} in {left:?}");
    }
    assert_eq!(catalog.large_objects, 1);
    let role = |name: &str| catalog.roles.iter().find(|used| used.role.as_str() == name);
    assert!(role("shop_owner").unwrap().owner);
    assert!(role("shop_app").unwrap().granted && !role("shop_app").unwrap().owner);
    assert!(role("pg_database_owner").is_none());
    assert!(!catalog.database.system_identifier.is_empty());
}

#[test]
fn a_plain_role_reads_the_same_catalog() {
    let whole = &bench().whole;
    let seen = read(&bench().server, "shop", "plan_reader");
    assert_eq!(seen.tables.len(), whole.tables.len());
    assert_eq!(seen.roles, whole.roles);
    assert_eq!(seen.left_out, whole.left_out);
    assert_eq!(seen.database.system_identifier, whole.database.system_identifier);
    let secrets = seen.table(&TableName::parse("hidden.secrets").unwrap()).unwrap();
    assert!(!secrets.selectable);
    assert!(seen.table(&TableName::parse("guarded").unwrap()).unwrap().row_security_active);
    assert!(seen.schemas.iter().any(|schema| schema.name.as_str() == "hidden" && !schema.usable));
}

#[test]
fn the_targets_server_is_read_by_a_plain_role() {
    let server = &bench().server;
    server.psql("postgres", "CREATE ROLE plan_writer LOGIN CREATEDB; CREATE DATABASE plan_target").unwrap();
    server.psql("plan_target", "CREATE TABLE t (); CREATE PUBLICATION p").unwrap();
    let facts = runtime().block_on(async {
        let maintenance = Source::open(&connect(server, "postgres", "plan_writer"), &run(), None).await.unwrap();
        let inside = Source::open(&connect(server, "plan_target", "plan_writer"), &run(), None).await.unwrap();
        catalog::target_facts(maintenance.client(), Some(inside.client()), "plan_target").await.unwrap()
    });
    assert!(facts.create_database && !facts.owns_database && !facts.superuser && facts.inspected);
    assert_eq!(facts.user_tables, 1);
    assert_eq!(facts.replication, [("publication".to_owned(), "p".to_owned())]);
    assert!(facts.roles.contains(&(Name::from("plan_writer"), true)));
    assert!(facts.roles.contains(&(Name::from("postgres"), false)));
    let citext = facts.extensions.iter().find(|extension| extension.name.as_str() == "citext").unwrap();
    assert!(citext.creatable);
    assert_eq!(facts.system_identifier, bench().whole.database.system_identifier);
}
