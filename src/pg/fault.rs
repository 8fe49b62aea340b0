//! A server error without its text: what happened, to which object; the one choke point for messages.
//!
//! PostgreSQL quotes rows in its messages, details and contexts, and the driver prints them. Nothing outside this file
//! formats the driver's error type (`tests/laws.rs`): it becomes a [`Fault`] first, by [`Fault::rows`] wherever rows
//! are read, written, indexed or checked, by [`Fault::schema`] elsewhere.

use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::Error;
use crate::words::name::{Name, TableName, printable};
use std::fmt;
use tokio_postgres::error::{DbError, ErrorPosition};

/// What went wrong between standin and a server; safe to show.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The server's code, if the server spoke.
    pub sqlstate: Option<String>,
    /// The table it is about.
    pub relation: Option<TableName>,
    /// The column it is about.
    pub column: Option<Name>,
    /// The constraint or unique index it is about.
    pub constraint: Option<Name>,
    /// Who failed.
    pub kind: FaultKind,
    /// One sentence without a full stop, and without a value.
    pub summary: String,
}

/// Who failed, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The server answered with an error.
    Server,
    /// There was no connection to begin with.
    Unreachable,
    /// The connection broke.
    Lost,
    /// TLS could not be agreed on; the server's certificate, mostly.
    Tls,
    /// Both sides could not agree on who we are, before the server said so itself.
    Authentication,
    /// The driver could not make sense of what it was given; a bug.
    Driver,
}

impl Fault {
    /// Takes the error of a statement that touches no rows: catalog queries, DDL on empty tables, sessions.
    ///
    /// The server's primary message is shown for the codes whose messages name objects and never values, and only if
    /// the error did not come out of a function.
    pub fn schema(error: tokio_postgres::Error) -> Self {
        Self::new(&error, true)
    }

    /// Takes the error of a statement that reads or writes rows: only code, relation, column and constraint are left.
    pub fn rows(error: tokio_postgres::Error) -> Self {
        Self::new(&error, false)
    }

    /// Takes the error of statements that a user wrote, and the character that the server points at, counted from 1.
    ///
    /// Where it points at one it has read the text and no row yet, and its message is shown; else only code, relation,
    /// column and constraint are left.
    pub fn written(error: tokio_postgres::Error) -> (Self, Option<u32>) {
        let at = match error.as_db_error().and_then(DbError::position) {
            Some(ErrorPosition::Original(at)) => Some(*at),
            _ => None,
        };
        (Self::new(&error, at.is_some()), at)
    }

    /// A connection that ended without an error of its own, as seen by its driver task.
    pub fn lost() -> Self {
        Self::of_driver(FaultKind::Lost, "the connection to the server was lost".into())
    }

    /// A server that could not be reached, for a reason that is no driver's error.
    pub fn unreachable(summary: String) -> Self {
        Self::of_driver(FaultKind::Unreachable, summary)
    }

    /// True if the same run may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self.kind {
            FaultKind::Unreachable | FaultKind::Lost => true,
            FaultKind::Server => self.sqlstate.as_deref().is_some_and(is_temporary),
            FaultKind::Tls | FaultKind::Authentication | FaultKind::Driver => false,
        }
    }

    /// True if the session is gone.
    pub fn is_connection_lost(&self) -> bool {
        matches!(self.kind, FaultKind::Unreachable | FaultKind::Lost)
            || self.sqlstate.as_deref().is_some_and(|code| {
                is_connection_failure(code) || matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03")
            })
    }

    /// True if the server gave this code.
    pub fn is(&self, sqlstate: &str) -> bool {
        self.sqlstate.as_deref() == Some(sqlstate)
    }

    /// True if a value was wrong for what was done with it.
    pub fn is_data(&self) -> bool {
        self.sqlstate.as_deref().is_some_and(|code| code.starts_with("22"))
    }

    /// The finding: `doing` says what was tried, as in `cannot create the database`.
    pub fn diagnostic(&self, code: &'static str, place: Place, doing: &str) -> Diagnostic {
        let place = match (&self.relation, place) {
            (Some(relation), Place::Run) => Place::from(relation),
            (_, place) => place,
        };
        let diagnostic = Diagnostic::error(code, place, format!("{doing}: {self}"));
        match self.advice() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// The end of a command that had begun to work: temporary, else failed.
    pub fn into_error(self, code: &'static str, place: Place, doing: &str) -> Error {
        let diagnostic = self.diagnostic(code, place, doing);
        if self.is_temporary() { Error::temporary(diagnostic) } else { Error::failed(diagnostic) }
    }

    /// The end of a command that had written nothing and read no row: temporary, else refused.
    pub fn into_refusal(self, code: &'static str, place: Place, doing: &str) -> Error {
        let diagnostic = self.diagnostic(code, place, doing);
        if self.is_temporary() { Error::temporary(diagnostic) } else { Error::refused(diagnostic) }
    }

    /// What a person can do about it.
    fn advice(&self) -> Option<&'static str> {
        Some(match self.sqlstate.as_deref()? {
            "53100" => "the server's disk is full: free space there, then run again",
            "53200" => "the server is out of memory: run again with fewer --jobs",
            "53300" => "the server has no connection slots left: run again later, or with fewer --jobs",
            "42501" => "the role lacks a right: `standin plan` lists the GRANTs that are needed",
            "57014" => "the statement was cancelled by a timeout or by an administrator: run again",
            "57P01" | "57P02" | "57P03" => "the server is stopping or starting: run again when it is up",
            "40001" => "the standby had to give way to its replay, or two sessions collided: run again",
            "40P01" | "55P03" => "another session holds the lock: run again later",
            "55006" => "somebody is using the object: end those sessions, then run again",
            "25006" => "the session is read only: the server is a standby, or the role is read only by default",
            "0A000" => "this server cannot do that",
            _ => return None,
        })
    }

    fn new(error: &tokio_postgres::Error, trusted: bool) -> Self {
        match error.as_db_error() {
            Some(error) => Self::of_server(error, trusted),
            None => {
                let (kind, summary) = describe_driver(error);
                Self::of_driver(kind, summary)
            }
        }
    }

    fn of_server(error: &DbError, trusted: bool) -> Self {
        let code = error.code().code();
        let from_function =
            error.where_().is_some() || matches!(error.position(), Some(ErrorPosition::Internal { .. }));
        let summary = match condition(code) {
            _ if trusted && !from_function && has_safe_message(code) => printable(error.message()),
            Some(name) => name.replace('_', " "),
            None => format!("SQLSTATE {}", printable(code)),
        };
        let relation = error.schema().zip(error.table()).map(|(schema, table)| TableName::new(schema, table));
        Fault {
            sqlstate: Some(printable(code)),
            relation,
            column: error.column().map(Name::from),
            constraint: error.constraint().map(Name::from),
            kind: FaultKind::Server,
            summary,
        }
    }

    fn of_driver(kind: FaultKind, summary: String) -> Self {
        Fault { sqlstate: None, relation: None, column: None, constraint: None, kind, summary }
    }
}

impl fmt::Display for Fault {
    /// Writes the summary, the objects it is about and the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        if let Some(relation) = &self.relation {
            write!(f, ", table {relation}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        if let Some(constraint) = &self.constraint {
            write!(f, ", constraint {constraint}")?;
        }
        match &self.sqlstate {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

/// Describes an error that the server did not send. The driver's kind is private; its own line is fixed text.
fn describe_driver(error: &tokio_postgres::Error) -> (FaultKind, String) {
    let line = error.to_string();
    let cause = std::error::Error::source(error).map(|cause| printable(&cause.to_string()));
    let (kind, what, cause_is_safe) = match line.as_str() {
        "connection closed" => (FaultKind::Lost, "the server closed the connection", false),
        "error communicating with the server" => (FaultKind::Lost, "the connection to the server was lost", true),
        "timeout waiting for server" => (FaultKind::Lost, "the server did not answer in time", false),
        "error connecting to server" => (FaultKind::Unreachable, "cannot connect", true),
        "error performing TLS handshake" => (FaultKind::Tls, "TLS failed", true),
        "authentication error" => (FaultKind::Authentication, "authentication failed", true),
        "invalid configuration" => (FaultKind::Authentication, "authentication failed", true),
        _ => (FaultKind::Driver, "the driver did not understand the server", false),
    };
    match cause.filter(|_| cause_is_safe) {
        Some(cause) => (kind, format!("{what}: {cause}")),
        None => (kind, what.into()),
    }
}

/// True if the connection broke; a protocol violation (08P01) is how poolers refuse, and stays so.
fn is_connection_failure(code: &str) -> bool {
    code.starts_with("08") && code != "08P01"
}

/// True if running again may help.
fn is_temporary(code: &str) -> bool {
    is_connection_failure(code)
        || matches!(
            code,
            "25P03" // idle in transaction
                | "40001"
                | "40003"
                | "40P01"
                | "53000"
                | "53200"
                | "53300"
                | "55006"
                | "55P03"
                | "57014"
                | "57P01"
                | "57P02"
                | "57P03"
                | "57P05"
                | "58030"
                | "72000"
        )
}

/// True if the primary messages of this code's class name objects, settings and limits, but no values of rows.
fn has_safe_message(code: &str) -> bool {
    ["08", "0A", "25", "28", "3D", "42", "53", "54", "55", "57", "58"].iter().any(|class| code.starts_with(class))
}

/// The name of a condition, after appendix A of PostgreSQL's manual.
fn condition(code: &str) -> Option<&'static str> {
    CONDITIONS.binary_search_by_key(&code, |(code, _)| code).ok().map(|at| CONDITIONS[at].1)
}

/// Conditions that a clone can meet, sorted by code.
const CONDITIONS: &[(&str, &str)] = &[
    ("08000", "connection_exception"),
    ("08001", "sqlclient_unable_to_establish_sqlconnection"),
    ("08003", "connection_does_not_exist"),
    ("08004", "sqlserver_rejected_establishment_of_sqlconnection"),
    ("08006", "connection_failure"),
    ("08P01", "protocol_violation"),
    ("0A000", "feature_not_supported"),
    ("21000", "cardinality_violation"),
    ("22000", "data_exception"),
    ("22001", "string_data_right_truncation"),
    ("22003", "numeric_value_out_of_range"),
    ("22004", "null_value_not_allowed"),
    ("22007", "invalid_datetime_format"),
    ("22008", "datetime_field_overflow"),
    ("22012", "division_by_zero"),
    ("22021", "character_not_in_repertoire"),
    ("22023", "invalid_parameter_value"),
    ("2202E", "array_subscript_error"),
    ("22030", "duplicate_json_object_key_value"),
    ("22032", "invalid_json_text"),
    ("22P01", "floating_point_exception"),
    ("22P02", "invalid_text_representation"),
    ("22P03", "invalid_binary_representation"),
    ("22P04", "bad_copy_file_format"),
    ("22P05", "untranslatable_character"),
    ("23000", "integrity_constraint_violation"),
    ("23001", "restrict_violation"),
    ("23502", "not_null_violation"),
    ("23503", "foreign_key_violation"),
    ("23505", "unique_violation"),
    ("23514", "check_violation"),
    ("23P01", "exclusion_violation"),
    ("25001", "active_sql_transaction"),
    ("25006", "read_only_sql_transaction"),
    ("25P01", "no_active_sql_transaction"),
    ("25P02", "in_failed_sql_transaction"),
    ("25P03", "idle_in_transaction_session_timeout"),
    ("28000", "invalid_authorization_specification"),
    ("28P01", "invalid_password"),
    ("2BP01", "dependent_objects_still_exist"),
    ("2F000", "sql_routine_exception"),
    ("2F005", "function_executed_no_return_statement"),
    ("38000", "external_routine_exception"),
    ("39000", "external_routine_invocation_exception"),
    ("3D000", "invalid_catalog_name"),
    ("3F000", "invalid_schema_name"),
    ("40001", "serialization_failure"),
    ("40003", "statement_completion_unknown"),
    ("40P01", "deadlock_detected"),
    ("42501", "insufficient_privilege"),
    ("42601", "syntax_error"),
    ("42701", "duplicate_column"),
    ("42703", "undefined_column"),
    ("42704", "undefined_object"),
    ("42710", "duplicate_object"),
    ("42723", "duplicate_function"),
    ("42804", "datatype_mismatch"),
    ("42809", "wrong_object_type"),
    ("42830", "invalid_foreign_key"),
    ("42883", "undefined_function"),
    ("428C9", "generated_always"),
    ("42939", "reserved_name"),
    ("42P01", "undefined_table"),
    ("42P02", "undefined_parameter"),
    ("42P04", "duplicate_database"),
    ("42P06", "duplicate_schema"),
    ("42P07", "duplicate_table"),
    ("42P16", "invalid_table_definition"),
    ("42P17", "invalid_object_definition"),
    ("44000", "with_check_option_violation"),
    ("53000", "insufficient_resources"),
    ("53100", "disk_full"),
    ("53200", "out_of_memory"),
    ("53300", "too_many_connections"),
    ("53400", "configuration_limit_exceeded"),
    ("54000", "program_limit_exceeded"),
    ("54001", "statement_too_complex"),
    ("54011", "too_many_columns"),
    ("55000", "object_not_in_prerequisite_state"),
    ("55006", "object_in_use"),
    ("55P02", "cant_change_runtime_param"),
    ("55P03", "lock_not_available"),
    ("57014", "query_canceled"),
    ("57P01", "admin_shutdown"),
    ("57P02", "crash_shutdown"),
    ("57P03", "cannot_connect_now"),
    ("57P04", "database_dropped"),
    ("57P05", "idle_session_timeout"),
    ("58000", "system_error"),
    ("58030", "io_error"),
    ("58P01", "undefined_file"),
    ("72000", "snapshot_too_old"),
    ("HV000", "fdw_error"),
    ("P0001", "raise_exception"),
    ("P0004", "assert_failure"),
    ("XX000", "internal_error"),
    ("XX001", "data_corrupted"),
    ("XX002", "index_corrupted"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_sorted_and_found() {
        assert!(CONDITIONS.is_sorted_by_key(|(code, _)| code));
        assert_eq!(condition("23505"), Some("unique_violation"));
        assert_eq!(condition("ZZ999"), None);
    }

    #[test]
    fn only_messages_that_name_objects_are_shown() {
        for quoting in ["22P02", "23505", "P0001", "XX000", "38000", "39P01", "44000", "2200G"] {
            assert!(!has_safe_message(quoting), "{quoting}");
        }
        assert!(has_safe_message("42P01") && has_safe_message("3D000") && has_safe_message("28P01"));
    }

    #[test]
    fn a_fault_says_what_and_where_and_how_to_go_on() {
        let fault = Fault {
            sqlstate: Some("53100".into()),
            relation: Some(TableName::new("public", "users")),
            column: None,
            constraint: None,
            kind: FaultKind::Server,
            summary: "disk full".into(),
        };
        let Error::Failed(list) = fault.into_error("copy", Place::Run, "cannot store rows") else {
            panic!("a full disk is a failure")
        };
        assert_eq!(list[0].message, "cannot store rows: disk full, table public.users (53100)");
        assert_eq!(list[0].place.object(), Some("public.users"));
        assert!(list[0].help.as_deref().is_some_and(|help| help.contains("disk is full")));
        assert!(matches!(Fault::lost().into_error("copy", Place::Run, "x"), Error::Temporary(_)));
    }
}
