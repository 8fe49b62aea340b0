//! The parameters of one connection, gathered as libpq gathers them: what is written, the service, the variables.

use super::keyword::{KEYWORDS, Keyword, Treatment, keyword};
use super::service;
use super::text;
use super::{ConnectionParams, Env};
use crate::words::diagnostic::{Diagnostic, Place, nearest};
use crate::words::secret::Secret;
use std::path::{Path, PathBuf};

/// Who gave a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Origin {
    /// The rules file or the command line.
    Written,
    /// A service of the service file.
    Service(String),
    /// A variable.
    Variable(&'static str),
}

/// A value and who gave it.
#[derive(Clone)]
pub(super) struct Setting {
    keyword: &'static Keyword,
    value: Secret,
    origin: Origin,
}

/// All values of one connection, and what was found on the way.
pub(super) struct Settings<'a> {
    params: &'a ConnectionParams,
    pub(super) env: Env<'a>,
    values: Vec<Setting>,
    left_aside: Vec<String>,
    pub(super) faults: Vec<Diagnostic>,
    pub(super) notes: Vec<Diagnostic>,
}

impl<'a> Settings<'a> {
    /// Gathers everything; what is wrong lands in `faults`.
    pub(super) fn gather(params: &'a ConnectionParams, env: Env<'a>) -> Self {
        let (values, left_aside, faults, notes) = Default::default();
        let mut settings = Settings { params, env, values, left_aside, faults, notes };
        settings.read_url();
        settings.read_fields();
        settings.read_service();
        settings.read_variables();
        settings.report_left_aside();
        settings
    }

    /// A value, unless it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.values.iter().find(|setting| setting.keyword.name == name && !setting.value.expose().is_empty())
    }

    /// A value's text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(Setting::text)
    }

    /// A value as a path; one that is written is relative to the rules file's directory.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.get(name).map(|setting| self.resolve_path(setting))
    }

    fn resolve_path(&self, setting: &Setting) -> PathBuf {
        match (setting.text().strip_prefix("~/"), (self.env)("HOME")) {
            (Some(rest), Some(home)) => Path::new(&home).join(rest),
            _ if setting.origin == Origin::Written => self.params.base.join(setting.text()),
            _ => PathBuf::from(setting.text()),
        }
    }

    /// A file of libpq's directory in the user's home, if it is there.
    pub(super) fn home_file(&self, name: &str) -> Option<PathBuf> {
        let home = (self.env)("HOME").filter(|home| !home.is_empty())?;
        Some(Path::new(&home).join(name)).filter(|path| path.is_file())
    }

    /// A whole number within bounds; a fault otherwise.
    pub(super) fn number(&mut self, name: &'static str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let setting = self.get(name)?;
        let number = setting.text().trim().parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let what = format!("is not a whole number from {} to {}", bounds.start(), bounds.end());
            self.fault(name, &what, None);
        }
        number
    }

    /// One of some words; a fault otherwise. The words are shown, the value is not.
    pub(super) fn word(&mut self, name: &'static str, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.text(name)?;
        let found = allowed.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.fault(name, &format!("is none of {}", allowed.join(", ")), None);
        }
        found
    }

    /// Where a parameter stands, for a message: `sslmode`, `PGSSLMODE`, or `sslmode of service x`.
    pub(super) fn label(&self, name: &str) -> String {
        match self.get(name).map(|setting| &setting.origin) {
            Some(Origin::Variable(variable)) => (*variable).to_owned(),
            Some(Origin::Service(service)) => format!("{name} of service {service}"),
            _ => name.to_owned(),
        }
    }

    /// Adds a fault about a parameter.
    pub(super) fn fault(&mut self, name: &str, what: &str, help: Option<&str>) {
        let diagnostic = Diagnostic::error("connection", self.place(), format!("{} {what}", self.label(name)));
        self.faults.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
    }

    /// Where the connection stands.
    pub(super) fn place(&self) -> Place {
        self.params.place.clone()
    }

    fn read_url(&mut self) {
        let Some(url) = &self.params.url else { return };
        match text::parse(url.expose()) {
            Ok(parameters) => {
                // As in libpq, the last one of a name counts.
                for (name, value) in parameters.into_iter().rev() {
                    self.offer(&name, value, Origin::Written, false);
                }
            }
            Err(fault) => self.faults.push(
                Diagnostic::error("connection", self.place(), format!("the URL cannot be read: {fault}"))
                    .help(fault.help()),
            ),
        }
    }

    fn read_fields(&mut self) {
        for (name, value) in &self.params.fields {
            let Some(keyword) = keyword(name) else {
                let known = KEYWORDS.iter().map(|keyword| keyword.name).chain(["database"]);
                let diagnostic =
                    Diagnostic::error("connection", self.place(), format!("unknown connection parameter {name}"));
                self.faults.push(match nearest(name, known) {
                    Some(near) => diagnostic.help(format!("did you mean {near}?")),
                    None => diagnostic,
                });
                continue;
            };
            if self.values.iter().any(|setting| setting.keyword.name == keyword.name) {
                self.fault(name, "is given twice, in the URL and beside it or under two names", None);
            } else if value.expose().is_empty() && matches!(keyword.name, "host" | "dbname" | "user") {
                self.fault(name, "is empty", Some("is the variable behind it set?"));
            } else {
                self.offer(name, value.clone(), Origin::Written, true);
            }
        }
    }

    /// `service=` or PGSERVICE.
    fn read_service(&mut self) {
        let named = self.text("service").map(str::to_owned);
        let Some(name) = named.or_else(|| (self.env)("PGSERVICE").filter(|name| !name.is_empty())) else { return };
        let file = self.path("servicefile").or_else(|| (self.env)("PGSERVICEFILE").map(PathBuf::from));
        let shown = crate::words::name::printable(&name);
        match service::lookup(&name, &service::files(file, self.env)) {
            Ok(parameters) => {
                let whole = self.layer_is_whole();
                for (name, value) in parameters {
                    if whole || !is_address(&name) {
                        self.offer(&name, value, Origin::Service(shown.clone()), false);
                    }
                }
            }
            Err(fault) => self.faults.push(Diagnostic::error(
                "connection",
                self.place(),
                format!("service {shown}: {}", crate::words::name::printable(&fault.to_string())),
            )),
        }
    }

    fn read_variables(&mut self) {
        let whole = self.layer_is_whole();
        for keyword in KEYWORDS {
            if let Some(variable) = keyword.variable
                && let Some(value) = (self.env)(variable).filter(|value| !value.is_empty())
                && (whole || !is_address(keyword.name))
                && !(keyword.name == "password" && self.has_password_source())
            {
                self.offer(keyword.name, Secret::new(value), Origin::Variable(variable), false);
            }
        }
    }

    /// True if no host is known yet: host and address are one thing, so PGHOSTADDR never redirects a host that is
    /// written.
    fn layer_is_whole(&self) -> bool {
        self.get("host").is_none() && self.get("hostaddr").is_none()
    }

    fn has_password_source(&self) -> bool {
        self.params.password_command.is_some() || self.get("password_file").is_some()
    }

    /// Takes a value unless there is one already.
    fn offer(&mut self, name: &str, value: Secret, origin: Origin, is_field: bool) {
        let Some(keyword) = keyword(name) else {
            if !is_field && !self.left_aside.iter().any(|known| known == name) {
                self.left_aside.push(name.to_owned());
            }
            return;
        };
        if self.values.iter().any(|setting| setting.keyword.name == keyword.name) {
            return;
        }
        let objection = match keyword.treatment {
            Treatment::Honoured | Treatment::Ours => None,
            Treatment::Refused(harmless, reason) => (!harmless.contains(&value.expose())).then_some(reason),
        };
        self.values.push(Setting { keyword, value, origin });
        if let Some(reason) = objection {
            self.fault(keyword.name, &format!("is not supported: {reason}"), None);
        }
    }

    fn report_left_aside(&mut self) {
        if !self.left_aside.is_empty() {
            self.left_aside.sort();
            let message =
                format!("parameters that standin has no use for were left aside: {}", self.left_aside.join(", "));
            self.notes.push(Diagnostic::note("connection", self.place(), message));
        }
    }
}

impl Setting {
    /// The text.
    pub(super) fn text(&self) -> &str {
        self.value.expose()
    }

    /// The secret itself.
    pub(super) fn secret(&self) -> Secret {
        self.value.clone()
    }
}

fn is_address(name: &str) -> bool {
    matches!(name, "host" | "hostaddr")
}
