//! `password`: the hash of a password that developers know.

use super::{
    Args, By, COMMON, Class, ColumnShape, Domain, Domains, Example, MaskFn, MaskRef, Param, ParamKind, Refusal, Spec,
};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What login code finds in a table: crypt's forms of bcrypt, and argon2id in the form of the PHC.
const FORMS: &[&str] = &["2b", "2a", "2y", "argon2id"];

/// The mask.
pub const PASSWORD: Spec = Spec {
    name: "password",
    also: &["password_hash", "bcrypt", "argon2", "encrypted_password", "password_digest"],
    summary: "The hash of one password for all, which developers know.",
    docs: "Everybody's login opens with `password`, where there was one: NULL stays NULL. The hash is computed once, its salt by the \
           key. The cost is low, because the password is no secret: never use it where the database can be reached from outside.",
    params: &[
        Param {
            name: "password",
            kind: ParamKind::Text,
            required: true,
            default: "",
            help: "The password, 1 to 72 bytes.",
        },
        Param {
            name: "form",
            kind: ParamKind::Word(FORMS),
            required: false,
            default: "2b",
            help: "bcrypt as `$2b$` (Rails, Node, Python), `$2a$` (Java, Go) or `$2y$` (PHP), or argon2id.",
        },
        Param {
            name: "cost",
            kind: ParamKind::Integer(4, 14),
            required: false,
            default: "4",
            help: "The cost of bcrypt.",
        },
    ],
    by: By::Never,
    class: Class::Secret,
    equal_at_most: 0.01,
    output: "one hash",
    examples: &[Example {
        column: "text",
        params: "letmein",
        input: "$2b$12$abc",
        output: "$2b$04$v9tSOVU2VZYWVlJvmIWhqeLyVsp8cxcagNF5p6Xa1GO2dAcqeHxCS",
    }],
    compile,
    ..COMMON
};

fn compile(args: &Args, shape: &ColumnShape, domains: &Domains) -> Result<MaskFn, Refusal> {
    let password = args.text("password").unwrap_or_default();
    if !(1..=72).contains(&password.len()) || password.contains('\0') {
        return Err(Refusal::new("`password` has 1 to 72 bytes", "`password: letmein`"));
    }
    let form = args.text("form").unwrap_or("2b");
    // The salt is of the key, and of no column: equal parameters give one hash everywhere.
    let rule = MaskRef::bare(&PASSWORD, Args::default());
    let salt = salt(&domains.of(&rule), form, password);
    let cost = args.integer("cost").and_then(|cost| u32::try_from(cost).ok()).unwrap_or(4);
    let hash = match form {
        "argon2id" => argon2id(password, &salt),
        _ => bcrypt_form(form, password, cost, salt),
    };
    let Some(hash) = hash else { return Err(Refusal::new("the password cannot be hashed", "another password")) };
    shape.needs(hash.len(), "the hash", "`hash: { length: … }` opens no login, but fits")?;
    Ok(Box::new(move |_, _, output| {
        output.text().extend_from_slice(hash.as_bytes());
        Ok(())
    }))
}

fn salt(domain: &Domain, form: &str, password: &str) -> [u8; 16] {
    let drawn = domain.draw(format!("salt\0{form}\0{password}").as_bytes());
    *drawn.first_chunk().unwrap_or(&[0; 16])
}

fn bcrypt_form(form: &str, password: &str, cost: u32, salt: [u8; 16]) -> Option<String> {
    let version = match form {
        "2a" => bcrypt::Version::TwoA,
        "2y" => bcrypt::Version::TwoY,
        _ => bcrypt::Version::TwoB,
    };
    Some(bcrypt::hash_with_salt(password, cost, salt).ok()?.format_for_version(version))
}

/// The PHC string of argon2id with the least parameters of OWASP's password storage cheat sheet.
fn argon2id(password: &str, salt: &[u8; 16]) -> Option<String> {
    let (memory, time, lanes) = (19_456, 2, 1);
    let params = Params::new(memory, time, lanes, Some(32)).ok()?;
    let mut hash = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), salt, &mut hash)
        .ok()?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Some(format!("$argon2id$v=19$m={memory},t={time},p={lanes}${salt}${hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_password_opens_the_hash() {
        for form in ["2a", "2b", "2y"] {
            let hash = bcrypt_form(form, "letmein", 4, [7; 16]).expect("a hash");
            assert!(hash.starts_with(&format!("${form}$04$")) && hash.len() == 60, "{hash}");
            assert_eq!(bcrypt::verify("letmein", &hash).ok(), Some(true));
            assert_eq!(bcrypt::verify("other", &hash).ok(), Some(false));
        }
        let hash = argon2id("letmein", &[7; 16]).expect("a hash");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && hash.len() == 96 + 1, "{hash}");
    }
}
