//! What a column holds, guessed from its name, its type and its table's name.

use super::{Generator, Moment};
use crate::mask::Family;
use crate::synth::kind::Kind;
use crate::words::name::words;

/// A column's name, taken apart, and its table's.
struct Named {
    words: Vec<String>,
    joined: String,
    table: Vec<String>,
}

impl Named {
    fn has(&self, any: &[&str]) -> bool {
        any.iter().any(|word| self.words.iter().any(|known| known == word))
    }

    fn holds(&self, any: &[&str]) -> bool {
        any.iter().any(|part| self.joined.contains(part))
    }

    fn is(&self, any: &[&str]) -> bool {
        any.contains(&self.joined.as_str())
    }

    fn last(&self, any: &[&str]) -> bool {
        self.words.last().is_some_and(|last| any.contains(&last.as_str()))
    }

    fn about(&self, any: &[&str]) -> bool {
        any.iter().any(|word| self.table.iter().any(|known| known == word || known.strip_suffix('s') == Some(word)))
    }
}

/// The generator of a column of a known family; `longest` is the most characters that it takes.
pub fn guess(table: &str, column: &str, family: Family, longest: Option<usize>) -> Generator {
    let (column, table) = (words(column), words(table));
    let named = Named { joined: column.concat(), words: column, table };
    match family {
        Family::Text => Generator::Text(text(&named, longest.unwrap_or(usize::MAX))),
        Family::Integer | Family::Decimal | Family::Float => {
            let (low, high) = number(&named, family);
            Generator::Number { low, high }
        }
        Family::Boolean => Generator::Truth(truth(&named)),
        Family::Date | Family::Timestamp => Generator::Moment(moment(&named)),
        Family::Time => Generator::Number { low: 8.0 * 3.6e9, high: 20.0 * 3.6e9 },
        Family::Interval => Generator::Interval,
        Family::Uuid => Generator::Uuid,
        Family::Network => Generator::Text(Kind::Ip),
        Family::Mac => Generator::Text(Kind::Mac),
        Family::Json => Generator::Json,
        Family::Hstore => Generator::Fixed("\"source\"=>\"web", "\""),
        Family::Xml => Generator::Fixed("<note>", "</note>"),
        Family::Bytes => Generator::Bytes(32),
        Family::Bit => Generator::Bits(8),
        Family::Enum => Generator::Choice(Vec::new()),
        Family::Composite => Generator::Null,
    }
}

fn truth(named: &Named) -> f64 {
    if named.has(&["deleted", "archived", "banned", "blocked", "disabled", "default", "primary", "locked", "hidden"]) {
        0.1
    } else if named.has(&["active", "enabled", "visible", "verified", "confirmed", "published", "public"]) {
        0.85
    } else {
        0.5
    }
}

fn moment(named: &Named) -> Moment {
    if named.holds(&["birth", "dob"]) {
        Moment::Birth
    } else if named.has(&["deleted", "removed", "archived", "cancelled", "canceled", "revoked", "banned", "locked"]) {
        Moment::Ended
    } else if named.holds(&[
        "expire",
        "expiry",
        "validuntil",
        "validto",
        "due",
        "nextrun",
        "scheduled",
        "sendafter",
        "renew",
    ]) {
        Moment::Ahead
    } else if named.has(&["updated", "modified", "changed", "edited"]) || named.is(&["lastupdate", "mtime"]) {
        Moment::Updated
    } else if named.has(&[
        "created",
        "inserted",
        "registered",
        "joined",
        "signup",
        "added",
        "ordered",
        "placed",
        "issued",
        "hire",
        "hired",
    ]) || named.is(&[
        "createdat",
        "createdate",
        "date",
        "timestamp",
        "time",
        "orderdate",
        "occurredat",
        "startedat",
    ]) {
        Moment::Created
    } else {
        Moment::Later
    }
}

fn number(named: &Named, family: Family) -> (f64, f64) {
    let whole = family == Family::Integer;
    if named.has(&["lat", "latitude"]) {
        (-60.0, 70.0)
    } else if named.has(&["lon", "lng", "long", "longitude"]) {
        (-170.0, 170.0)
    } else if named.has(&["year"]) {
        (1995.0, 2025.0)
    } else if named.has(&["month"]) {
        (1.0, 12.0)
    } else if named.has(&["day"]) {
        (1.0, 28.0)
    } else if named.has(&["age"]) {
        (18.0, 80.0)
    } else if named.has(&["percent", "percentage", "pct", "progress", "rollout", "completion"]) {
        (0.0, 100.0)
    } else if named.has(&["rate", "ratio", "discount", "tax", "share", "probability", "confidence"]) {
        if whole { (0.0, 50.0) } else { (0.0, 0.5) }
    } else if named.has(&["rating", "stars"]) {
        (1.0, 5.0)
    } else if named.has(&["score"]) {
        (0.0, 100.0)
    } else if named.has(&["quantity", "qty", "seats", "copies"]) {
        (1.0, 10.0)
    } else if named.has(&["position", "sort", "rank", "ordinal", "index", "priority", "level", "weight"]) {
        (1.0, 20.0)
    } else if named.has(&["salary", "income"]) {
        (28_000.0, 120_000.0)
    } else if named.has(&["cents"]) {
        (199.0, 49_999.0)
    } else if named.has(&["total", "balance", "revenue", "budget"]) {
        (10.0, 2_000.0)
    } else if named.has(&["price", "amount", "cost", "fee", "subtotal", "paid", "freight", "value", "charge"]) {
        (1.0, 500.0)
    } else if named.has(&["stock", "count", "views", "likes", "downloads", "visits"]) {
        (0.0, 1_000.0)
    } else if named.has(&["width", "height", "depth", "length", "size"]) {
        (1.0, 500.0)
    } else if named.has(&["bytes"]) {
        (1_000.0, 5_000_000.0)
    } else if named.has(&["port"]) {
        (1024.0, 65_535.0)
    } else {
        (1.0, 1_000.0)
    }
}

/// Kinds of text by the name; what does not fit into the column gives way to something shorter.
fn text(named: &Named, longest: usize) -> Kind {
    let kind = person(named, longest)
        .or_else(|| place(named, longest))
        .or_else(|| machine(named))
        .or_else(|| thing(named))
        .unwrap_or(if longest < 12 { Kind::Word } else { Kind::Title });
    match kind {
        Kind::PasswordHash if longest < 60 => Kind::Token,
        Kind::Text if longest < 200 => Kind::Sentence,
        kind => kind,
    }
}

fn person(named: &Named, longest: usize) -> Option<Kind> {
    let people = [
        "user", "customer", "employee", "person", "people", "staff", "member", "contact", "author", "actor", "patient",
        "student", "client", "owner", "profile", "account", "guest", "player", "driver", "teacher",
    ];
    Some(if named.has(&["email", "mail"]) || named.holds(&["email"]) {
        Kind::Email
    } else if named.is(&["firstname", "givenname", "forename", "fname", "middlename"]) {
        Kind::FirstName
    } else if named.is(&["lastname", "surname", "familyname", "lname"]) {
        Kind::LastName
    } else if named.has(&["username", "login", "nick", "nickname", "handle", "screenname"])
        || named.is(&["username", "ghlogin"])
    {
        Kind::Username
    } else if named.is(&[
        "fullname",
        "displayname",
        "contactname",
        "recipient",
        "holder",
        "billingname",
        "shippingname",
        "shipname",
        "customername",
        "author",
        "authorname",
        "cardholder",
    ]) {
        Kind::Name
    } else if named.is(&["name"]) && named.about(&people) {
        if longest < 12 { Kind::FirstName } else { Kind::Name }
    } else if named.has(&["phone", "mobile", "fax", "tel", "telephone", "cell"]) || named.holds(&["phone"]) {
        Kind::Phone
    } else if named.has(&["gender", "sex"]) {
        Kind::Gender
    } else if named.holds(&["jobtitle", "contacttitle", "occupation", "profession"])
        || named.is(&["title"]) && named.about(&people)
    {
        Kind::Job
    } else if named.has(&["department", "dept"]) || named.is(&["name"]) && named.about(&["department"]) {
        Kind::Department
    } else {
        return None;
    })
}

fn place(named: &Named, longest: usize) -> Option<Kind> {
    Some(
        if named.has(&["street", "address1", "address2", "line1", "line2", "addr"])
            || named.holds(&["addressline", "streetaddress"])
        {
            Kind::Street
        } else if named.has(&["address"]) && !named.has(&["ip", "mac"]) {
            if named.about(&["address"]) || longest < 60 { Kind::Street } else { Kind::Address }
        } else if named.has(&["city", "town"]) || named.is(&["name"]) && named.about(&["city", "citie", "town"]) {
            Kind::City
        } else if named.has(&["state", "province", "region", "district", "county"])
            && !named.about(&["job", "order", "task", "machine"])
        {
            if longest < 12 { Kind::CountryCode } else { Kind::State }
        } else if named.has(&["zip", "postcode", "postal", "zipcode", "postalcode"]) {
            Kind::Postcode
        } else if named.has(&["country"])
            || named.about(&["country", "countrie"]) && named.is(&["name", "code", "iso", "iso2", "iso3", "alpha2"])
        {
            match longest {
                0..=2 => Kind::CountryCode,
                3 => Kind::CountryCode3,
                _ if named.has(&["code", "iso", "iso2", "alpha2"]) => Kind::CountryCode,
                _ => Kind::Country,
            }
        } else if named.has(&["timezone", "tz"]) || named.is(&["timezone"]) {
            Kind::TimeZone
        } else if named.has(&["currency"]) || named.about(&["currency", "currencie"]) && named.is(&["code", "iso"]) {
            Kind::Currency
        } else if named.has(&["locale", "lang"]) {
            Kind::Language
        } else if named.has(&["language"]) || named.about(&["language"]) && named.is(&["name", "code"]) {
            if longest < 11 || named.has(&["code"]) { Kind::Language } else { Kind::LanguageName }
        } else {
            return None;
        },
    )
}

fn machine(named: &Named) -> Option<Kind> {
    Some(if named.has(&["slug", "permalink"]) {
        Kind::Slug
    } else if named.has(&["avatar", "image", "photo", "picture", "thumbnail", "logo", "icon"]) {
        Kind::ImageUrl
    } else if named.has(&["url", "uri", "link", "website", "homepage", "repository", "documentation", "href"]) {
        Kind::Url
    } else if named.has(&["domain", "hostname", "host", "fqdn"]) {
        Kind::Domain
    } else if named.has(&["ip"]) {
        Kind::Ip
    } else if named.has(&["mac"]) {
        Kind::Mac
    } else if named.is(&["useragent", "ua", "browser"]) {
        Kind::UserAgent
    } else if named.has(&["password", "passwd", "pwd"]) {
        Kind::PasswordHash
    } else if named.has(&["uuid", "guid"]) {
        Kind::Uuid
    } else if named.has(&["hash", "checksum", "digest", "sha", "sha256", "md5", "fingerprint"]) {
        Kind::Hash
    } else if named.has(&["token", "secret", "apikey", "nonce", "signature"]) {
        Kind::Token
    } else if named.has(&["filename", "file"]) {
        Kind::File
    } else if named.has(&["path", "directory"]) {
        Kind::Path
    } else if named.holds(&["mimetype", "contenttype"]) {
        Kind::MimeType
    } else if named.has(&["version", "semver"]) || named.is(&["num"]) && named.about(&["version"]) {
        Kind::Version
    } else {
        return numbered(named);
    })
}

fn numbered(named: &Named) -> Option<Kind> {
    Some(if named.has(&["sku", "barcode"]) || named.holds(&["productcode", "partnumber", "articlenumber"]) {
        Kind::Sku
    } else if named.has(&["ean", "gtin", "upc"]) {
        Kind::Ean
    } else if named.has(&["isbn"]) {
        Kind::Isbn
    } else if named.has(&["iban"]) {
        Kind::Iban
    } else if named.has(&["vat", "vatid"]) {
        Kind::VatNumber
    } else if named.has(&["ssn", "tin"]) || named.holds(&["taxid", "taxnumber", "nationalid"]) {
        Kind::TaxNumber
    } else if named.holds(&["cardnumber", "creditcard", "ccnumber"]) {
        Kind::Card
    } else if named.last(&["code", "number", "no", "nr", "ref", "reference", "serial", "id", "key", "identifier"]) {
        Kind::Code
    } else {
        return None;
    })
}

fn thing(named: &Named) -> Option<Kind> {
    Some(
        if named.has(&[
            "company",
            "organization",
            "organisation",
            "employer",
            "vendor",
            "supplier",
            "manufacturer",
            "brand",
        ]) || named.is(&["name"])
            && named.about(&["company", "companie", "organization", "supplier", "shipper", "vendor", "tenant", "team"])
        {
            Kind::Company
        } else if named.is(&["name", "title", "productname", "itemname"])
            && named.about(&["product", "item", "article", "inventory"])
        {
            Kind::Product
        } else if named.has(&["category"])
            || named.is(&["name"]) && named.about(&["category", "categorie", "group", "genre"])
        {
            Kind::Category
        } else if named.has(&["color", "colour"]) {
            Kind::Color
        } else if named.has(&["status", "state", "stage", "phase"]) {
            Kind::Status
        } else if named.has(&["action", "event", "operation", "verb"]) {
            Kind::Action
        } else if named.has(&["role"]) || named.is(&["name"]) && named.about(&["role"]) {
            Kind::Role
        } else if named.has(&["tag", "tags", "label", "keyword", "keywords"])
            || named.is(&["name"]) && named.about(&["tag", "label", "keyword"])
        {
            Kind::Tag
        } else if named.has(&["type", "kind", "sort", "class", "tier"]) {
            Kind::Sort
        } else if named.has(&[
            "description",
            "body",
            "content",
            "bio",
            "about",
            "comment",
            "message",
            "text",
            "notes",
            "note",
            "summary",
            "details",
            "remarks",
            "readme",
            "feedback",
        ]) {
            Kind::Text
        } else if named.has(&["subject", "headline", "excerpt", "question", "answer", "reason"]) {
            Kind::Sentence
        } else if named.has(&["title", "caption", "name"]) {
            Kind::Title
        } else {
            return None;
        },
    )
}
