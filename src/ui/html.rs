//! The report as one page for people: no scripts, nothing fetched, every name escaped.

use serde_json::Value;
use std::fmt::Write as _;

/// A report, as [`super::report::Report::json`] makes it, as one HTML page.
pub fn page(report: &Value) -> String {
    let mut page = Page { html: String::from(HEAD) };
    let text = |name: &str| report[name].as_str().unwrap_or("");
    page.heading(1, &format!("standin {}: {}", text("command"), text("result")));
    page.facts(report);
    page.diagnostics("Errors", &report["errors"]);
    page.diagnostics("Warnings", &report["warnings"]);
    page.verification(&report["verify"]);
    page.tables(&report["tables"]);
    page.decisions(&report["tables"]);
    page.left_out(&report["left_out"]);
    page.html.push_str("</main></body></html>\n");
    page.html
}

const HEAD: &str = r#"<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="generator" content="standin">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>standin report</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2330 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100% }
th, td { border-bottom: 1px solid #d8dde6; padding: .25rem .6rem; text-align: left; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
th { background: #f3f5f9 }
code { font: 13px ui-monospace, monospace }
summary { cursor: pointer; padding: .2rem 0 }
</style></head><body><main>
"#;

/// Every action of a column, in words for a reader who has not seen the rules.
const ACTIONS: [(&str, &str); 5] = [
    ("keep", "copied as it is"),
    ("mask", "pseudonymised"),
    ("erase", "removed, never read"),
    ("constant", "one fixed text, never read"),
    ("generated", "computed by the clone"),
];

struct Page {
    html: String,
}

impl Page {
    fn heading(&mut self, level: u8, text: &str) {
        self.push(&format!("<h{level}>{}</h{level}>\n", escape(text)));
    }

    fn push(&mut self, html: &str) {
        self.html.push_str(html);
    }

    fn facts(&mut self, report: &Value) {
        let end = |end: &Value| {
            let parts = ["environment", "database", "server_version"].map(|name| end[name].as_str().unwrap_or("?"));
            end.is_object().then(|| format!("{}: database {} (PostgreSQL {})", parts[0], parts[1], parts[2]))
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let rules = text(&report["rules"]["file"])
            .map(|file| format!("{file}, SHA-256 {}", report["rules"]["sha256"].as_str().unwrap_or("?")));
        let facts = [
            ("Result", Some(format!("{} (exit code {})", report["result"].as_str().unwrap_or("?"), report["exit"]))),
            ("Read from", end(&report["from"])),
            ("Snapshot taken", text(&report["from"]["snapshot_at"])),
            ("Written to", end(&report["to"])),
            ("Previous database, kept as", text(&report["to"]["previous"])),
            ("Masking key", text(&report["key"]["id"])),
            ("Rules", rules),
            ("Started", text(&report["started_at"])),
            ("Finished", text(&report["finished_at"])),
            ("Run", text(&report["run"])),
            ("standin", text(&report["standin"])),
        ];
        self.push("<table>\n");
        for (name, fact) in facts {
            if let Some(fact) = fact {
                self.push(&format!("<tr><th>{name}</th><td>{}</td></tr>\n", escape(&fact)));
            }
        }
        self.push(
            "</table>\n<p>Masked values are pseudonyms: whoever holds the key can link them to a person again.</p>\n",
        );
    }

    fn diagnostics(&mut self, heading: &str, list: &Value) {
        let Some(list) = list.as_array().filter(|list| !list.is_empty()) else { return };
        self.heading(2, heading);
        self.push("<table>\n<tr><th>Where</th><th>What</th><th>What to do</th></tr>\n");
        for one in list {
            let [place, message, help] =
                ["place", "message", "help"].map(|name| escape(one[name].as_str().unwrap_or("")));
            self.push(&format!("<tr><td><code>{place}</code></td><td>{message}</td><td>{help}</td></tr>\n"));
        }
        self.push("</table>\n");
    }

    fn verification(&mut self, verify: &Value) {
        self.heading(2, "Verification");
        let proofs = [
            ("counts", "Rows selected, sent and stored agree"),
            ("constraints", "Every constraint, index and sequence is as planned"),
            ("unchanged", "Masked columns: outputs equal to their input are within what each mask declares"),
            ("kept", "Kept columns, read back, equal what the source sent"),
        ];
        let proven: Vec<_> = proofs.iter().filter_map(|(name, what)| Some((what, verify[name].as_str()?))).collect();
        if proven.is_empty() {
            return self.push("<p>Nothing was verified: no clone was built.</p>\n");
        }
        self.push("<table>\n");
        for (what, how) in proven {
            self.push(&format!("<tr><td>{what}</td><td>{}</td></tr>\n", escape(how)));
        }
        self.push("</table>\n");
    }

    fn tables(&mut self, tables: &Value) {
        let Some(tables) = tables.as_array().filter(|tables| !tables.is_empty()) else { return };
        const COUNTS: [&str; 5] = ["source", "deleted", "expired", "orphaned", "copied"];
        self.heading(2, "Rows");
        self.push("<table>\n<tr><th>Table</th>");
        for count in COUNTS {
            self.push(&format!("<th>{count}</th>"));
        }
        self.push("</tr>\n");
        for table in tables {
            self.push(&format!("<tr><td><code>{}</code></td>", name_of(table)));
            for count in COUNTS {
                let number = table["rows"][count].as_u64().map_or_else(String::new, |number| number.to_string());
                self.push(&format!("<td class=\"number\">{number}</td>"));
            }
            self.push("</tr>\n");
        }
        self.push("</table>\n");
    }

    fn decisions(&mut self, tables: &Value) {
        let Some(tables) = tables.as_array().filter(|tables| !tables.is_empty()) else { return };
        self.heading(2, "Columns");
        for table in tables {
            let Some(columns) = table["columns"].as_object() else { continue };
            let kept = columns.values().filter(|column| column["action"] == "keep").count();
            let sum = format!("{} columns, {} of them copied as they are", columns.len(), kept);
            self.push(&format!("<details open><summary><code>{}</code>: {sum}</summary>\n<table>\n", name_of(table)));
            for (name, column) in columns {
                let action = column["action"].as_str().unwrap_or("");
                let words = ACTIONS.iter().find(|(word, _)| *word == action).map_or(action, |(_, words)| words);
                let mut how = escape(words);
                if let Some(mask) = column["mask"].as_str() {
                    let domain = column["domain"].as_str().filter(|domain| *domain != mask);
                    let domain = domain.map_or_else(String::new, |domain| format!(", mapping {}", escape(domain)));
                    let _ = write!(how, " by <code>{}</code>{domain}", escape(mask));
                }
                if let (Some(masked), Some(unchanged)) = (column["masked"].as_u64(), column["unchanged"].as_u64()) {
                    let _ = write!(how, "; {masked} values, {unchanged} of them equal to their input");
                }
                self.push(&format!("<tr><td><code>{}</code></td><td>{how}</td></tr>\n", escape(name)));
            }
            self.push("</table></details>\n");
        }
    }

    fn left_out(&mut self, list: &Value) {
        let Some(list) = list.as_array().filter(|list| !list.is_empty()) else { return };
        self.heading(2, "Left out of the clone");
        self.push("<table>\n");
        for one in list {
            let [kind, name, why] = ["kind", "name", "why"].map(|part| escape(one[part].as_str().unwrap_or("")));
            self.push(&format!("<tr><td>{kind}</td><td><code>{name}</code></td><td>{why}</td></tr>\n"));
        }
        self.push("</table>\n");
    }
}

fn name_of(table: &Value) -> String {
    escape(table["table"].as_str().unwrap_or(""))
}

/// Text that means itself in HTML, control characters escaped.
fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in crate::words::name::printable(text).chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hostile_names_stay_text() {
        let hostile = "<script>alert('x')</script>\u{1b}[2J";
        let page = page(&json!({
            "command": "refresh", "result": "published", "exit": 0,
            "tables": [{ "table": hostile, "rows": { "source": 3, "copied": 2 },
                         "columns": { hostile: { "action": "mask", "mask": "email", "domain": hostile, "masked": 2, "unchanged": 0 } } }],
            "warnings": [{ "place": hostile, "message": hostile, "help": null }],
            "left_out": [{ "kind": "publication", "name": hostile, "why": "w" }],
            "from": { "environment": hostile, "database": hostile, "server_version": "15.1" },
        }));
        assert!(!page.contains("<script") && !page.contains('\u{1b}'), "{page}");
        assert!(page.contains("&lt;script&gt;") && page.contains("pseudonymised"));
        assert!(super::super::file::SIGNS.iter().any(|sign| page[..1024].contains(sign)));
    }
}
