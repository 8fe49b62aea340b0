//! A run in numbers, for the textfile collector of Prometheus' node exporter.

use serde_json::Value;

/// The name of what outlives a failed run.
const SUCCESS: &str = "standin_last_success_timestamp_seconds";

/// The file's text; the time of the last success is taken from the older file if this run was none.
pub fn text(report: &Value, older: Option<&str>) -> String {
    let label = |text: &Value| {
        let text = text.as_str().unwrap_or_default();
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
    };
    let labels = format!(
        "{{command=\"{}\",environment=\"{}\"}}",
        label(&report["command"]),
        label(&report["to"]["environment"])
    );
    let tables = || report["tables"].as_array().into_iter().flatten();
    let sum = |of: fn(&Value) -> Option<u64>| tables().filter_map(of).sum::<u64>() as f64;
    let time = |name: &str| {
        let at = report[name].as_str().and_then(|at| at.parse::<jiff::Timestamp>().ok());
        at.map_or(0.0, |at| at.as_millisecond() as f64 / 1000.0)
    };
    let (started, finished) = (time("started_at"), time("finished_at"));
    let exit = report["exit"].as_f64().unwrap_or(1.0);
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, line: String| {
        text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n{line}\n"));
    };
    let succeeded = match exit == 0.0 {
        true => Some(format!("{SUCCESS}{labels} {finished}")),
        false => older.into_iter().flat_map(str::lines).find(|line| line.starts_with(SUCCESS)).map(str::to_owned),
    };
    if let Some(line) = succeeded {
        metric(SUCCESS, "When the command last succeeded.", line);
    }
    for (name, help, value) in [
        ("standin_run_timestamp_seconds", "When the last run ended.", finished),
        ("standin_run_duration_seconds", "How long the last run took.", finished - started),
        ("standin_run_exit_code", "The exit code of the last run.", exit),
        ("standin_run_rows", "Rows that the last run copied.", sum(|table| table["rows"]["copied"].as_u64())),
        ("standin_run_bytes", "Bytes of rows that the last run copied.", sum(|table| table["bytes"].as_u64())),
    ] {
        metric(name, help, format!("{name}{labels} {value}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failure_keeps_the_time_of_the_last_success() {
        let mut report = json!({ "command": "refresh", "exit": 0, "to": { "environment": "st\"aging" },
            "started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:02.5Z",
            "tables": [{ "rows": { "copied": 7 }, "bytes": 70 }, { "rows": { "copied": 1 }, "bytes": 5 }] });
        let good = text(&report, None);
        let labels = "{command=\"refresh\",environment=\"st\\\"aging\"}";
        for (name, value) in [
            ("last_success_timestamp_seconds", "1767225602.5"),
            ("run_rows", "8"),
            ("run_bytes", "75"),
            ("run_duration_seconds", "2.5"),
        ] {
            assert!(good.contains(&format!("\nstandin_{name}{labels} {value}\n")), "{name} in {good}");
        }
        report["exit"] = json!(75);
        report["finished_at"] = json!("2026-01-08T00:00:00Z");
        let bad = text(&report, Some(&good));
        assert!(bad.contains(&format!("standin_last_success_timestamp_seconds{labels} 1767225602.5\n")), "{bad}");
        assert!(bad.contains(&format!("standin_run_exit_code{labels} 75\n")), "{bad}");
        assert!(!text(&report, None).contains("last_success"));
    }
}
