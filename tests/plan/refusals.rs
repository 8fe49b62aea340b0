//! Rules against the nasty schema: what is planned, and what is refused in which words.

use super::*;

#[test]
fn a_column_goes_by_its_line_its_key_its_pattern_or_the_rest() {
    let source = &bench().whole;
    let body = format!(
        "patterns: {{ '*.note': erase, '*.email': email }}\n{}  users:\n    keep: [id, name, login, code, tags, pair, nick, locale]\n    keep: rest\n",
        GOOD
    );
    let body = body.replace("    keep: rest\n", "").replace("locale]", "locale, mood, balance, deleted_at]");
    let body = body.replace(
        "events: { keep: rest, mask: { payload: erase }, keep: [kind] }",
        "events: { keep: [id, at, kind], mask: { payload: erase } }",
    );
    let body = body.replace("orders: { keep: rest, mask: { note: erase } }", "orders: { keep: rest }");
    let plan = plan(source, Some(&perfect(source)), &Wanted::default(), &body)
        .unwrap_or_else(|found| panic!("{}", words(&found)));
    let (rules, key, wanted) = (rules(&body), Key::parse(KEY).unwrap(), Wanted::default());
    let (from, to) = (environment(&rules, "production"), environment(&rules, "staging"));
    let input = Input { rules: &rules, from, to, source, target: None, wanted: &wanted, key: &key };
    let why = |name: &str| {
        let name = ColumnName::parse(name).unwrap();
        let table = source.table(&name.table).unwrap();
        let explained = standin::plan::explain::explain(&input, table, table.column(&name.column).unwrap());
        (explained.action, explained.decided_by.words)
    };
    assert_eq!(why("users.email"), ("mask", "pattern \"*.email\"".into()));
    assert_eq!(why("orders.user_email"), ("mask", "follows public.users.email".into()));
    assert_eq!(why("orders.user_id"), ("keep", "follows public.users.id".into()));
    assert_eq!(why("orders.note"), ("erase", "pattern \"*.note\"".into()));
    assert_eq!(why("orders.at"), ("keep", "keep: rest".into()));
    assert_eq!(why("users.shout"), ("generated", "the target computes it".into()));
    assert_eq!(why("events_2024_a.payload"), ("erase", "mask".into()));
    assert_eq!(why("schema_migrations.version"), ("keep", "migration table of Rails".into()));
    assert_eq!(why("remote.secret"), ("emptied", "foreign table".into()));
    assert_eq!(why("guarded.body"), ("emptied", "empty".into()));
    let users = plan.tables().iter().find(|table| table.name.to_string() == "public.users").unwrap();
    assert!(!users.binary && matches!(users.rows, Rows::All));
    assert!(users.columns.iter().any(|column| matches!(column.action, Action::Mask(_))));
    assert!(plan.tables().iter().all(|table| table.name.to_string() != "public.events"));
}
