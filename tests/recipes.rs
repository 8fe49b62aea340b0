//! The recipes: files that somebody copies, linted here as far as no foreign tool is needed, and a run's metrics.

use crate::fixture::Pair;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

const FILES: [&str; 7] = [
    "recipes/standin.cron",
    "recipes/systemd/standin.service",
    "recipes/systemd/standin.timer",
    "recipes/kubernetes/cronjob.yaml",
    "recipes/github/standin.yml",
    "recipes/prometheus/standin.rules.yml",
    "Dockerfile",
];

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
        .unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn yaml(file: &str) -> Value {
    serde_yaml::from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Demands that the command line knows every word of a command.
fn known(file: &str, command: &str) {
    let words = command.split_whitespace().take_while(|word| !matches!(*word, "||" | "&&" | ">"));
    let words: Vec<&str> = words.map(|word| word.trim_end_matches(';')).skip(1).collect();
    assert!(!words.is_empty(), "{file}: {command}");
    let run = Command::new(env!("CARGO_BIN_EXE_standin")).args(&words).arg("--help").output().unwrap();
    assert!(run.status.success(), "{file}: {command}: {}", String::from_utf8_lossy(&run.stderr));
}

/// Demands that a shell can read a script.
fn readable(file: &str, script: &str) {
    let run = Command::new("sh").args(["-n", "-c", script]).output().unwrap();
    assert!(run.status.success(), "{file}: {}", String::from_utf8_lossy(&run.stderr));
    for (at, _) in
        script.match_indices("standin ").filter(|(at, _)| script[..*at].ends_with(['\n', ' ', ';']) || *at == 0)
    {
        if ["refresh", "plan"].iter().any(|verb| script[at + 8..].starts_with(verb)) {
            known(file, script[at..].lines().next().unwrap().split(';').next().unwrap());
        }
    }
}

#[test]
fn every_recipe_is_named_in_the_readme() {
    let readme = text("README.md");
    for file in FILES {
        assert!(readme.contains(&format!("]({file})")), "{file}");
    }
}

#[test]
fn the_crontab_has_one_job_and_tries_75_again() {
    let file = "recipes/standin.cron";
    let text = text(file);
    let jobs: Vec<&str> =
        text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit() || c == '*')).collect();
    let [job] = jobs[..] else { panic!("{jobs:?}") };
    let fields: Vec<&str> = job.splitn(7, ' ').collect();
    let limits = [59, 23, 31, 12, 7];
    for (field, limit) in fields.iter().zip(limits) {
        assert!(*field == "*" || field.parse::<u32>().is_ok_and(|number| number <= limit), "{field}");
    }
    assert!(!job.contains('%'), "cron takes it for a line break");
    assert!(fields[6].contains("-eq 75"));
    readable(file, fields[6]);
}

#[test]
fn the_units_keep_the_key_out_of_the_environment_and_try_75_alone_again() {
    let service = text("recipes/systemd/standin.service");
    let line = regex::Regex::new(r"^(#.*|\[(Unit|Service|Timer|Install)\]|[A-Z][A-Za-z]+=.*|)$").unwrap();
    for unit in [&service, &text("recipes/systemd/standin.timer")] {
        assert!(unit.lines().all(|found| line.is_match(found)), "{unit}");
    }
    let value = |key: &str| service.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap();
    known("standin.service", value("ExecStart"));
    assert_eq!(value("RestartPreventExitStatus"), "1 2 3 4");
    assert_eq!((value("LoadCredential"), value("Environment")), ("key:/etc/standin/key", "STANDIN_KEY_FILE=%d/key"));
    assert!(text("recipes/systemd/standin.timer").contains("\nOnCalendar=Sun "));
}

#[test]
fn the_cron_job_of_kubernetes_is_locked_down_and_tries_75_alone_again() {
    let job = yaml("recipes/kubernetes/cronjob.yaml");
    assert_eq!((job["apiVersion"].as_str(), job["kind"].as_str()), (Some("batch/v1"), Some("CronJob")));
    let spec = &job["spec"]["jobTemplate"]["spec"];
    let pod = &spec["template"]["spec"];
    let container = &pod["containers"][0];
    let codes = &spec["podFailurePolicy"]["rules"][0];
    assert_eq!(codes["action"], "FailJob");
    assert_eq!(codes["onExitCodes"]["values"], serde_json::json!([1, 2, 3, 4]));
    assert_eq!(codes["onExitCodes"]["containerName"], container["name"]);
    assert_eq!(pod["restartPolicy"], "Never", "a pod failure policy demands it");
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    let volumes: Vec<&Value> = pod["volumes"].as_array().unwrap().iter().map(|volume| &volume["name"]).collect();
    for mount in container["volumeMounts"].as_array().unwrap() {
        assert!(volumes.contains(&&mount["name"]), "{mount}");
    }
    let arguments: Vec<&str> = container["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    known("cronjob.yaml", &format!("standin {}", arguments.join(" ")));
}

#[test]
fn the_workflow_plans_on_pull_requests_and_refreshes_otherwise() {
    let file = "recipes/github/standin.yml";
    let workflow = yaml(file);
    assert!(workflow["on"]["schedule"][0]["cron"].is_string() && workflow["on"]["pull_request"]["paths"].is_array());
    assert_eq!(workflow["permissions"]["contents"], "read");
    let jobs = workflow["jobs"].as_object().unwrap();
    assert_eq!(jobs.keys().collect::<Vec<_>>(), ["plan", "refresh"]);
    for job in jobs.values() {
        assert!(job["timeout-minutes"].is_number() && job["if"].is_string());
        for step in job["steps"].as_array().unwrap() {
            match (&step["uses"], &step["run"]) {
                (Value::String(action), Value::Null) => {
                    assert!(action.starts_with("actions/") && action.contains("@v"))
                }
                (Value::Null, Value::String(script)) => readable(file, script),
                _ => panic!("{step}"),
            }
        }
    }
    assert!(jobs["plan"]["env"]["STANDIN_KEY"].is_null(), "a plan needs no key");
    let plan = jobs["plan"]["steps"][1]["run"].as_str().unwrap();
    assert!(plan.contains("::\\($kind) ") && plan.contains("file=") && plan.contains("GITHUB_STEP_SUMMARY"));
}

#[test]
fn the_image_runs_as_nobody_with_the_newest_programs() {
    let image = text("Dockerfile");
    let last = |word: &str| image.lines().rev().find_map(|line| line.strip_prefix(word)).unwrap().trim().to_owned();
    assert!(last("USER").split(':').all(|id| id.parse::<u32>().is_ok_and(|id| id > 0)));
    assert_eq!(last("ENTRYPOINT"), "[\"standin\"]");
    assert!(image.contains("cargo build --release --locked") && image.contains("postgresql-client-$POSTGRES"));
    assert!(image.lines().all(|line| !line.starts_with("ADD ") && !line.contains("--allow-unauthenticated")));
}

#[test]
fn metrics_of_a_failed_run_keep_the_last_success_and_the_alerts_know_their_names() {
    let pair = Pair::with(
        "recipe_metrics",
        "CREATE TABLE item (id integer PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 9);",
    );
    pair.rules("tables: { item: { keep: [id] } }\n");
    pair.run(&["refresh", "--yes", "--metrics", "standin.prom"]).expect(0);
    let path = pair.directory.path().join("standin.prom");
    let read = || fs::read_to_string(&path).unwrap();
    let good = read();
    let labels = "{command=\"refresh\",environment=\"staging\"}";
    assert!(good.contains(&format!("\nstandin_run_rows{labels} 9\n")), "{good}");
    assert!(good.contains(&format!("\nstandin_run_exit_code{labels} 0\n")), "{good}");
    let success = |text: &str| text.lines().find(|line| line.starts_with("standin_last_success")).map(str::to_owned);
    pair.at_source("ALTER TABLE item ADD COLUMN note text");
    pair.run(&["refresh", "--yes", "--metrics", "standin.prom"]).expect(3);
    assert!(read().contains(&format!("\nstandin_run_exit_code{labels} 3\n")), "{}", read());
    assert_eq!(success(&read()), success(&good));
    fs::write(pair.directory.path().join("foreign"), "somebody else's").unwrap();
    pair.run(&["refresh", "--yes", "--metrics", "foreign"]).expect(2).says("--metrics foreign");
    let alerts = yaml("recipes/prometheus/standin.rules.yml").to_string();
    let names = regex::Regex::new(r"standin_\w+").unwrap();
    for name in names.find_iter(&alerts) {
        assert!(good.contains(&format!("\n{}{{", name.as_str())), "{} in {good}", name.as_str());
    }
}
