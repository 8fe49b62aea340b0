//! `--forget-file` and `forget:`: the files of subjects that a clone must not hold, read before any server is contacted.

use crate::plan::Forget;
use crate::rules::Rules;
use crate::words::diagnostic::{Diagnostic, Place};
use crate::words::error::{Error, Result};
use crate::words::name::TableName;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::Path;

/// The largest file that is read.
const LARGEST: u64 = 64 << 20;

/// Reads every file of subjects; all faults together.
pub fn read(flags: &[String], rules: &Rules, path: &Path) -> Result<Vec<Forget>> {
    let (mut subjects, mut faults) = (Vec::new(), Vec::new());
    let beside = path.parent().unwrap_or(Path::new(""));
    for line in &rules.forget {
        let place = Place::from(&line.file.place);
        match contents(&line.file.value, beside, &place)
            .and_then(|text| forget(line.table.value.clone(), &line.file.value, text, place))
        {
            Ok(one) => subjects.push(one),
            Err(fault) => faults.push(fault),
        }
    }
    for flag in flags {
        let place = Place::Object(format!("--forget-file {flag}"));
        match flagged(flag, place) {
            Ok(one) => subjects.push(one),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(subjects) } else { Err(Error::Usage(faults)) }
}

/// `users=ids.csv`, or `users=-` for standard input.
fn flagged(flag: &str, place: Place) -> std::result::Result<Forget, Diagnostic> {
    let wrong = |message: String| {
        Diagnostic::error("forget-file", place.clone(), message).help("write TABLE=FILE, as in users=ids.csv")
    };
    let (table, file) = flag.split_once('=').ok_or_else(|| wrong("it names no table".to_owned()))?;
    let table = TableName::parse(table).map_err(|reason| wrong(reason.to_string()))?;
    let text = contents(file, Path::new(""), &place)?;
    forget(table, file, text, place.clone())
}

fn contents(file: &str, beside: &Path, place: &Place) -> std::result::Result<Vec<u8>, Diagnostic> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().take(LARGEST + 1).read_to_end(&mut bytes),
        file => std::fs::File::open(beside.join(file)).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    let fault = |message: String| Diagnostic::error("forget-file", place.clone(), message);
    match read {
        Ok(size) if size as u64 > LARGEST => Err(fault(format!("it has more than {LARGEST} bytes"))),
        Ok(_) => Ok(bytes),
        Err(cause) => Err(fault(format!("it cannot be read: {}", cause.kind()))),
    }
}

/// One key a line, the columns of a composite key apart by commas; a field may stand in double quotes.
fn forget(table: TableName, file: &str, bytes: Vec<u8>, place: Place) -> std::result::Result<Forget, Diagnostic> {
    let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let text =
        String::from_utf8(bytes).map_err(|_| Diagnostic::error("forget-file", place.clone(), "it is not UTF-8"))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<Vec<String>> = lines.map(fields).collect();
    if keys.is_empty() {
        let fault = Diagnostic::error("forget-file", place, "it holds no key");
        return Err(fault.help("write one primary key a line, or take the file out"));
    }
    Ok(Forget { table, file: file.to_owned(), place, sha256, keys })
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            letter => field.push(letter),
        }
    }
    fields.push(field);
    fields.iter().map(|field| field.trim().to_owned()).collect()
}
