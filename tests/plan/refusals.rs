//! Rules against the nasty schema: what is planned, and what is refused in which words.

use super::*;

#[test]
fn a_column_goes_by_its_line_its_key_its_pattern_or_the_rest() {
    let source = &bench().whole;
    let users = "  users: { keep: [id, name, login, code, mood, tags, pair, balance, nick, deleted_at, locale] }\n";
    let body = format!("patterns: {{ '*.note': erase, '*.email': email }}\n{GOOD}{users}");
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

const USERS: &str =
    "  users: { keep: [id, email, name, login, code, mood, tags, pair, balance, nick, deleted_at, locale] }\n";

/// What the source's server says to a plan's questions: the refusals.
fn asked(body: &str) -> String {
    let source = &bench().whole;
    let plan = plan(source, Some(&perfect(source)), &Wanted::default(), body);
    let plan = plan.unwrap_or_else(|found| panic!("{}", words(&found)));
    let server = connect(&bench().server, "shop", "plan_reader");
    let refused = runtime().block_on(async {
        let source = Source::open(&server, &run(), None).await.unwrap();
        source.execute(standin::plan::rows::SESSION).await.unwrap();
        let mut refused = Vec::new();
        for check in plan.probes() {
            if source.asks(&check.sql).await.unwrap().ok() != Some(0) {
                refused.push(check.diagnostic.clone());
            }
        }
        refused
    });
    words(&refused)
}

/// One line per finding: severity, code, what it is about.
fn heads(body: &str) -> Vec<String> {
    let source = &bench().whole;
    let found = match plan(source, Some(&perfect(source)), &Wanted::default(), body) {
        Ok(plan) => plan.warnings().to_vec(),
        Err(found) => found,
    };
    found.iter().map(|one| format!("{} {}", one.code, one.place)).collect()
}

/// The rules under which everything is planned, with another rule for users.
fn with(users: &str) -> String {
    format!("{GOOD}  users: {users}\n")
}

const REST_OF_USERS: &str = "id, code, mood, tags, pair, balance, nick, deleted_at, locale";

#[test]
fn what_no_rule_decides_is_refused_table_by_table_and_column_by_column() {
    assert_eq!(heads(&format!("{GOOD}{USERS}")), [""; 0]);
    let missing = heads("tables: {}\n");
    assert!(missing.contains(&"table-undecided public.users".to_owned()), "{missing:?}");
    assert!(missing.contains(&"table-undecided public.alembic_version".to_owned()), "{missing:?}");
    assert!(
        !missing.iter().any(|head| head.contains("schema_migrations") || head.contains("events_20")),
        "{missing:?}"
    );
    let columns = ["email", "name", "login", "code", "tags", "pair", "nick", "locale"];
    let mut expected: Vec<String> = columns.map(|column| format!("column-undecided public.users.{column}")).into();
    expected.insert(1, "column-undecided public.orders.user_email".into());
    assert_eq!(heads(&with("{ keep: rest }")), expected);
}

#[test]
fn unlisted_columns_may_be_erased_by_policy_where_they_take_null() {
    let body = with("{ keep: rest }")
        .replace("tables:\n", "policy: { unlisted_columns: erase, large_objects: skip }\ntables:\n");
    let body = format!("{}{body}", HEAD.replace("policy: { large_objects: skip }\n", ""));
    let refused = ["email", "name", "code"].map(|column| format!("erase-not-null public.users.{column}"));
    assert_eq!(heads(&body), refused);
}

#[test]
fn a_rule_that_binds_to_nothing_is_refused_with_the_nearest_name() {
    let lines = [
        "usres: { keep: rest }",
        "everyone: { keep: rest }",
        "moods: { keep: rest }",
        "remote: { keep: rest }",
        "events_2025: { keep: rest }",
        "shop.users: { keep: rest }",
        "robodog: { keep: rest }",
        "users: { keep: [id, email, name, login, code, mood, tags, pair, balance, nick, deleted_at, locale, nam] }",
    ];
    let body = format!("{GOOD}  {}\n", lines.join("\n  "));
    let body = body.replace("empty: [", "empty: [nope, 'z*', events_2024, 'zz.*', ");
    insta::assert_snapshot!("unbound", said(&body));
}

#[test]
fn a_pattern_binds_to_roots_and_two_must_agree() {
    let patterns = "patterns: { '*.email': email, 'users.*mail': hash, '*.zzz': email, 'events_2025.payload': erase, '*.name': { email: {}, types: [int4] } }\n";
    let users = format!("{{ keep: [name, login, {REST_OF_USERS}] }}");
    insta::assert_snapshot!("patterns", said(&format!("{patterns}{}", with(&users))));
    let kept = format!("{{ keep: [name, login, email, {REST_OF_USERS}] }}");
    insta::assert_snapshot!(
        "kept-against-pattern",
        said(&format!("patterns: {{ '*.email': email }}\n{}", with(&kept)))
    );
}

#[test]
fn a_mask_fits_its_column_or_is_refused() {
    let users = "{ keep: [id, login, mood, pair, balance, deleted_at, locale], \
                 mask: { name: erase, code: email, tags: email, nick: email, shout: erase, email: { email: { by: idd } } } }";
    assert_eq!(
        heads(&with(users)),
        [
            "reference-differs public.orders.user_email",
            "by-unknown public.users.email",
            "erase-not-null public.users.name",
            "mask-misfit public.users.code",
            "mask-misfit public.users.nick",
            "generated-column public.users.shout",
        ]
    );
}

#[test]
fn a_partition_key_is_kept() {
    let body = with("{ keep: rest }").replace(
        "keep: [id, kind, at], mask: { payload: erase }",
        "keep: [id], mask: { payload: erase, kind: { constant: a }, at: { constant: 2024-01-01 } }",
    );
    let heads = heads(&body);
    assert!(heads.contains(&"partition-key public.events.at".to_owned()), "{heads:?}");
    assert_eq!(heads.iter().filter(|head| head.starts_with("partition-key")).count(), 2, "{heads:?}");
}

#[test]
fn the_ends_of_a_key_are_masked_alike() {
    let masked = with(&format!("{{ keep: [name, login, {REST_OF_USERS}], mask: {{ email: email }} }}"));
    let kept = format!("{GOOD}{USERS}");
    let note = "mask: { note: erase }";
    assert_eq!(heads(&masked), [""; 0]);
    assert_eq!(heads(&masked.replace(note, "mask: { note: erase, user_email: email }")), [""; 0]);
    assert_eq!(heads(&masked.replace(note, "mask: { note: erase, user_email: erase }")), [""; 0]);
    let differs = ["reference-differs public.orders.user_email"];
    assert_eq!(heads(&masked.replace(note, "mask: { note: erase, user_email: hash }")), differs);
    assert_eq!(heads(&kept.replace(note, "mask: { note: erase, user_email: email }")), differs);
    let orders = "keep: [id, user_id, user_email, parent, at]";
    let body = masked.replace("orders: { keep: rest", &format!("orders: {{ {orders}"));
    insta::assert_snapshot!("reference", said(&body));
    let by = with(&format!("{{ keep: [name, login, {REST_OF_USERS}], mask: {{ email: {{ email: {{ by: id }} }} }} }}"));
    assert_eq!(heads(&by), differs);
}

#[test]
fn what_must_be_unique_stays_unique() {
    let users = |masks: &str| {
        with(&format!("{{ keep: [id, name, code, mood, tags, pair, balance, nick, locale], mask: {{ {masks} }} }}"))
    };
    let keep_email = |masks: &str| users(masks).replace("keep: [id, name, code", "keep: [email, id, name, code");
    assert_eq!(heads(&users("email: email, login: email, deleted_at: erase")), ["not-unique public.users.deleted_at"]);
    assert_eq!(
        heads(&keep_email("login: { constant: abc }, deleted_at: erase")),
        ["not-unique public.users.login", "not-unique public.users.deleted_at"]
    );
    assert_eq!(
        heads(&users("email: { constant: a@b }, login: email").replace("id, name, code", "deleted_at, id, name, code")),
        ["not-unique public.users.email"]
    );
    assert_eq!(
        heads(&keep_email("login: { sql: \"'u' || id\" }").replace("id, name, code", "deleted_at, id, name, code")),
        ["unique-unknown public.users.login"]
    );
    assert_eq!(heads(&keep_email("login: erase").replace("id, name, code", "deleted_at, id, name, code")), [""; 0]);
}

#[test]
fn checks_domains_constants_and_sql_are_tried_at_the_source() {
    let users = |keep: &str, masks: &str| with(&format!("{{ keep: [{keep}], mask: {{ {masks} }} }}"));
    let all = "id, email, name, login, code, mood, tags, pair, balance, nick, deleted_at, locale";
    let but = |left: &str| all.split(", ").filter(|name| !left.contains(name)).collect::<Vec<_>>().join(", ");
    assert_eq!(asked(&users(&but("email"), "email: email")), "");
    insta::assert_snapshot!("check", asked(&users(&but("login"), "login: hash")));
    let bad = "balance: { constant: -1 }, code: { constant: abc }, tags: { constant: x }, deleted_at: { sql: \"now() + name\" }";
    insta::assert_snapshot!("constants", asked(&users(&but("balance code tags deleted_at"), bad)));
    let good = "balance: { constant: 1 }, code: { constant: ABC }, tags: { constant: '{a}' }, pair: { constant: '(a,1)' }, \
                deleted_at: { sql: now() }, mood: { constant: sad }";
    assert_eq!(asked(&users(&but("balance code tags pair deleted_at mood"), good)), "");
}

#[test]
fn a_reader_is_told_every_grant_at_once() {
    let seen = read(&bench().server, "shop", "plan_reader");
    let body = format!("{GOOD}{USERS}")
        .replace("guarded, hidden.secrets,", "")
        .replace("  nothing:", "  hidden.secrets: { keep: [id, token] }\n  guarded: { keep: [id, body] }\n  nothing:");
    let found = plan(&seen, None, &Wanted::default(), &body).err().unwrap();
    insta::assert_snapshot!("grants", words(&found));
}

#[test]
fn a_target_that_is_not_ready_is_told_everything_at_once() {
    let source = &mut bench().whole.clone();
    source.database.server_version = "15.1".into();
    source.extensions.iter_mut().for_each(|extension| extension.version = "1.6".into());
    let mut facts = perfect(source);
    facts.superuser = false;
    facts.create_database = false;
    facts.signal_backend = false;
    facts.oid = Some(7);
    facts.owner = Some("somebody".into());
    facts.version_num = 130000;
    facts.server_version = "13.2".into();
    facts.encoding = "LATIN1".into();
    facts.extensions.clear();
    facts.free_bytes = Some(1);
    facts.replication = vec![("replication slot".into(), "feed".into())];
    facts.roles = vec![("shop_owner".into(), false), ("writer".into(), true), ("postgres".into(), true)];
    let found = plan(source, Some(&facts), &Wanted::default(), &format!("{GOOD}{USERS}")).err().unwrap();
    insta::assert_snapshot!("target", words(&found));
}

#[test]
fn roles_are_mapped_dropped_or_refused() {
    let source = &bench().whole;
    let mut facts = perfect(source);
    facts.superuser = false;
    facts.oid = None;
    facts.roles = vec![("writer".into(), true)];
    let rules =
        |roles: &str| format!("{}{GOOD}{USERS}", HEAD.replace("y/staging }", &format!("y/staging, roles: {roles} }}")));
    let plan = |roles: &str| plan(source, Some(&facts), &Wanted::default(), &rules(roles));
    let mapped =
        plan("{ shop_owner: writer, postgres: writer, '*': drop }").unwrap_or_else(|found| panic!("{}", words(&found)));
    assert_eq!(mapped.roles()[&Name::from("shop_owner")], Some(Name::from("writer")));
    assert_eq!(mapped.roles()[&Name::from("shop_app")], None);
    let found = plan("{ shop_ownr: writer, postgres: ghost, '*': drop }").err().unwrap();
    insta::assert_snapshot!("roles", words(&found));
}

#[test]
fn production_under_another_name_is_never_a_target() {
    let source = &bench().whole;
    let body = format!("{GOOD}{USERS}");
    let codes = |facts: &TargetFacts, adopt: bool| {
        let wanted = Wanted { adopt, ..Wanted::default() };
        let found = match plan(source, Some(facts), &wanted, &body) {
            Ok(plan) => plan.warnings().to_vec(),
            Err(found) => found,
        };
        found.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    let mut facts = perfect(source);
    facts.oid = Some(source.database.oid);
    facts.owns_database = true;
    facts.inspected = true;
    facts.user_tables = 3;
    assert_eq!(codes(&facts, false), ["target-unmarked"]);
    assert_eq!(codes(&facts, true), [""; 0]);
    facts.system_identifier = source.database.system_identifier.clone();
    assert_eq!(codes(&facts, true), ["target-is-source"]);
    facts.oid = Some(source.database.oid + 1);
    assert_eq!(codes(&facts, true), ["same-server"]);
    facts.system_identifier.clear();
    assert_eq!(codes(&facts, true), ["identity-unknown"]);
    facts.system_identifier = "1".into();
    facts.marker = Some(marker("demo"));
    assert_eq!(codes(&facts, true), ["target-marker"]);
    facts.marker = Some(marker("staging"));
    assert_eq!(codes(&facts, false), [""; 0]);
}

fn marker(environment: &str) -> standin::pg::marker::Marker {
    standin::pg::marker::Marker {
        standin: 1,
        version: "0.1.0".into(),
        environment: environment.into(),
        database: "staging".into(),
        state: standin::pg::marker::State::Published,
        ..Default::default()
    }
}

#[test]
fn keys_that_refer_to_each_other_are_masked_alike_whichever_is_asked_first() {
    let body = format!("{GOOD}{USERS}").replace(", one, other", "");
    for ruled in ["one", "other"] {
        let body =
            format!("patterns: {{ '{ruled}.key': hash }}\n{body}  one: {{ keep: rest }}\n  other: {{ keep: rest }}\n");
        assert_eq!(heads(&body), [""; 0]);
    }
}

#[test]
fn a_skipped_table_is_needed_by_nobody() {
    let head = HEAD.replace("policy: { ", "policy: { unlisted_tables: skip, ");
    let body = format!("{head}{GOOD}{USERS}").replace(", one, other, loose", "").replace("[guarded, ", "[");
    assert_eq!(heads(&body), ["skipped-needed public.loose"]);
    let source = &bench().whole;
    let plan = plan(source, None, &Wanted::default(), &body.replace("by_expression", "by_expression, loose"));
    let plan = plan.unwrap_or_else(|found| panic!("{}", words(&found)));
    assert_eq!(plan.skipped(), ["guarded", "one", "other"].map(|name| TableName::new("public", name)));
}
