//! Towns with what goes with them: country, state, postcode, currency, dialling code, time zone, a place on the map.
//!
//! Real towns, so that city, country and postcode of a generated row agree; the streets in them are invented.

use super::Draw;

/// A country.
#[derive(Debug, PartialEq)]
pub struct Country {
    /// ISO 3166 alpha-2.
    pub code: &'static str,
    /// ISO 3166 alpha-3.
    pub code3: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    /// The dialling code.
    pub dial: &'static str,
    /// A language, ISO 639-1.
    pub language: &'static str,
    /// A time zone.
    pub zone: &'static str,
}

/// A town.
#[derive(Debug, PartialEq)]
pub struct Town {
    /// Its name.
    pub name: &'static str,
    /// Its state, province or region.
    pub state: &'static str,
    /// What its postcodes look like: `#` is a digit, `@` a letter.
    pub postcode: &'static str,
    /// Latitude and longitude, in degrees.
    pub at: (f64, f64),
    /// Its country.
    pub country: &'static Country,
}

macro_rules! countries {
    ($($id:ident $code:literal $code3:literal $name:literal $currency:literal $dial:literal $language:literal $zone:literal;)*) => {
        $(static $id: Country = Country { code: $code, code3: $code3, name: $name, currency: $currency, dial: $dial, language: $language, zone: $zone };)*
        /// Every country of the towns.
        pub static COUNTRIES: &[&Country] = &[$(&$id),*];
    };
}
countries! {
    US "US" "USA" "United States" "USD" "+1" "en" "America/New_York";
    GB "GB" "GBR" "United Kingdom" "GBP" "+44" "en" "Europe/London";
    DE "DE" "DEU" "Germany" "EUR" "+49" "de" "Europe/Berlin";
    FR "FR" "FRA" "France" "EUR" "+33" "fr" "Europe/Paris";
    ES "ES" "ESP" "Spain" "EUR" "+34" "es" "Europe/Madrid";
    IT "IT" "ITA" "Italy" "EUR" "+39" "it" "Europe/Rome";
    NL "NL" "NLD" "Netherlands" "EUR" "+31" "nl" "Europe/Amsterdam";
    AT "AT" "AUT" "Austria" "EUR" "+43" "de" "Europe/Vienna";
    CH "CH" "CHE" "Switzerland" "CHF" "+41" "de" "Europe/Zurich";
    PL "PL" "POL" "Poland" "PLN" "+48" "pl" "Europe/Warsaw";
    SE "SE" "SWE" "Sweden" "SEK" "+46" "sv" "Europe/Stockholm";
    DK "DK" "DNK" "Denmark" "DKK" "+45" "da" "Europe/Copenhagen";
    PT "PT" "PRT" "Portugal" "EUR" "+351" "pt" "Europe/Lisbon";
    IE "IE" "IRL" "Ireland" "EUR" "+353" "en" "Europe/Dublin";
    CA "CA" "CAN" "Canada" "CAD" "+1" "en" "America/Toronto";
    AU "AU" "AUS" "Australia" "AUD" "+61" "en" "Australia/Sydney";
    BR "BR" "BRA" "Brazil" "BRL" "+55" "pt" "America/Sao_Paulo";
    JP "JP" "JPN" "Japan" "JPY" "+81" "ja" "Asia/Tokyo";
    IN "IN" "IND" "India" "INR" "+91" "hi" "Asia/Kolkata";
    NZ "NZ" "NZL" "New Zealand" "NZD" "+64" "en" "Pacific/Auckland";
}

macro_rules! towns {
    ($($country:ident $name:literal $state:literal $postcode:literal $lat:literal $lon:literal;)*) => {
        /// Every town.
        pub static TOWNS: &[Town] = &[$(Town { name: $name, state: $state, postcode: $postcode, at: ($lat, $lon), country: &$country }),*];
    };
}
towns! {
    US "Boston" "Massachusetts" "021##" 42.36 -71.06;
    US "Chicago" "Illinois" "606##" 41.88 -87.63;
    US "Denver" "Colorado" "802##" 39.74 -104.99;
    US "Portland" "Oregon" "972##" 45.52 -122.68;
    US "Austin" "Texas" "787##" 30.27 -97.74;
    GB "Leeds" "West Yorkshire" "LS# #@@" 53.80 -1.55;
    GB "Bristol" "Avon" "BS# #@@" 51.45 -2.59;
    GB "Glasgow" "Scotland" "G## #@@" 55.86 -4.25;
    DE "Hamburg" "Hamburg" "204##" 53.55 9.99;
    DE "Leipzig" "Sachsen" "041##" 51.34 12.37;
    DE "Freiburg" "Baden-Württemberg" "791##" 47.99 7.85;
    FR "Lyon" "Auvergne-Rhône-Alpes" "6900#" 45.76 4.84;
    FR "Nantes" "Pays de la Loire" "4400#" 47.22 -1.55;
    ES "Valencia" "Comunidad Valenciana" "460##" 39.47 -0.38;
    ES "Bilbao" "País Vasco" "480##" 43.26 -2.93;
    IT "Bologna" "Emilia-Romagna" "401##" 44.49 11.34;
    IT "Torino" "Piemonte" "101##" 45.07 7.69;
    NL "Utrecht" "Utrecht" "35## @@" 52.09 5.12;
    AT "Graz" "Steiermark" "80##" 47.07 15.44;
    CH "Bern" "Bern" "30##" 46.95 7.45;
    PL "Gdynia" "Pomorskie" "81-###" 54.52 18.53;
    SE "Uppsala" "Uppsala län" "75# ##" 59.86 17.64;
    DK "Aarhus" "Midtjylland" "82##" 56.16 10.20;
    PT "Porto" "Porto" "40##-###" 41.15 -8.61;
    IE "Galway" "Connacht" "H91 @@##" 53.27 -9.06;
    CA "Halifax" "Nova Scotia" "B3H #@#" 44.65 -63.57;
    CA "Calgary" "Alberta" "T2P #@#" 51.05 -114.07;
    AU "Hobart" "Tasmania" "70##" -42.88 147.33;
    AU "Brisbane" "Queensland" "40##" -27.47 153.03;
    BR "Curitiba" "Paraná" "80###-###" -25.43 -49.27;
    JP "Sendai" "Miyagi" "980-####" 38.27 140.87;
    IN "Pune" "Maharashtra" "4110##" 18.52 73.86;
    NZ "Dunedin" "Otago" "90##" -45.87 170.50;
}

/// A place that an address of a row lies in.
pub fn town(draw: &mut Draw) -> &'static Town {
    &TOWNS[draw.below(TOWNS.len() as u64) as usize]
}

/// Fills a shape: `#` becomes a digit, `@` a capital letter.
pub fn shaped(shape: &str, draw: &mut Draw, to: &mut Vec<u8>) {
    to.extend(shape.bytes().map(|byte| match byte {
        b'#' => b'0' + draw.below(10) as u8,
        b'@' => b'A' + draw.below(26) as u8,
        other => other,
    }));
}
