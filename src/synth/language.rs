//! What each language writes beside its names: titles, streets, cities, states, postcodes, addresses, companies.

/// One language.
pub struct Language {
    /// Its code, as in `de_DE`.
    pub code: &'static str,
    /// The titles of women and men.
    pub titles: [&'static str; 2],
    /// True if the last name comes first.
    pub last_name_first: bool,
    /// What stands between the names.
    pub between_names: &'static str,
    /// The order of seniority (0), field (1) and position (2) in a job.
    pub job: [usize; 3],
    /// What stands between them.
    pub between_job: &'static str,
    /// Street lines: `@` is a name, `#` the house number.
    pub streets: &'static [&'static str],
    /// Cities: `@` is a name.
    pub cities: &'static [&'static str],
    /// States, or what comes next to them, apart by bars: name, short form, how its postcodes begin.
    pub states: &'static str,
    /// The form of postcodes: `#` is a digit, `N` one but zero, `A` a letter; the state's own digits come first.
    pub postcode: &'static str,
    /// An address in one line: `S` street, `C` city, `T` state in short, `P` postcode.
    pub address: &'static str,
    /// What follows a company's name.
    pub companies: &'static [&'static str],
}

/// Every language, in the order of the codes.
pub(super) const LANGUAGES: &[Language] = &[
    Language {
        code: "en",
        titles: ["Ms.", "Mr."],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &[
            "# @ Alley",
            "# @ Avenue",
            "# @ Circle",
            "# @ Close",
            "# @ Court",
            "# @ Crescent",
            "# @ Drive",
            "# @ Gardens",
            "# @ Grove",
            "# @ Lane",
            "# @ Mews",
            "# @ Passage",
            "# @ Path",
            "# @ Place",
            "# @ Road",
            "# @ Row",
            "# @ Square",
            "# @ Street",
            "# @ Terrace",
            "# @ Walk",
            "# @ Way",
            "# @ Yard",
        ],
        cities: &[
            "@anchor",
            "@beacon",
            "@bellow",
            "@bower",
            "@cairn",
            "@cobble",
            "@copse",
            "@cradle",
            "@dingle",
            "@drift",
            "@fathom",
            "@folly",
            "@gantry",
            "@garth",
            "@glimmer",
            "@harbour",
            "@hearth",
            "@hollow",
            "@lattice",
            "@marl",
            "@meander",
            "@mirror",
            "@nook",
            "@parish",
            "@pinnacle",
            "@quay",
            "@ripple",
            "@spire",
            "@tarn",
            "@terrace",
            "@thicket",
            "@weir",
        ],
        states: "Alabama/AL/350|Alaska/AK/995|Arizona/AZ/850|Arkansas/AR/716|California/CA/900|Colorado/CO/800|\
                 Connecticut/CT/060|Delaware/DE/197|Florida/FL/320|Georgia/GA/300|Hawaii/HI/967|Idaho/ID/832|\
                 Illinois/IL/600|Indiana/IN/460|Iowa/IA/500|Kansas/KS/660|Kentucky/KY/400|Louisiana/LA/700|\
                 Maine/ME/039|Maryland/MD/206|Massachusetts/MA/010|Michigan/MI/480|Minnesota/MN/550|\
                 Mississippi/MS/386|Missouri/MO/630|Montana/MT/590|Nebraska/NE/680|Nevada/NV/889|\
                 New Hampshire/NH/030|New Jersey/NJ/070|New Mexico/NM/870|New York/NY/100|North Carolina/NC/270|\
                 North Dakota/ND/580|Ohio/OH/430|Oklahoma/OK/730|Oregon/OR/970|Pennsylvania/PA/150|\
                 Rhode Island/RI/028|South Carolina/SC/290|South Dakota/SD/570|Tennessee/TN/370|Texas/TX/750|\
                 Utah/UT/840|Vermont/VT/050|Virginia/VA/220|Washington/WA/980|West Virginia/WV/247|Wisconsin/WI/530|\
                 Wyoming/WY/820",
        postcode: "#####",
        address: "S, C, T P",
        companies: &[
            "& Co",
            "& Daughters",
            "& Sons",
            "Group",
            "Holdings",
            "Inc",
            "Industries",
            "Labs",
            "Ltd",
            "Partners",
            "Works",
        ],
    },
    Language {
        code: "ar_SA",
        titles: ["السيدة", "السيد"],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["شارع @ #", "طريق @ #", "ممر @ #"],
        cities: &["حي @", "قرية @", "مدينة @", "واحة @"],
        states: "الرياض|مكة المكرمة|المدينة المنورة|القصيم|الشرقية|عسير|تبوك|حائل|الحدود الشمالية|جازان|نجران|الباحة|\
                 الجوف",
        postcode: "N####",
        address: "S، C P",
        companies: &["شركاه", "القابضة", "للتجارة", "وأبناؤه"],
    },
    Language {
        code: "cy_GB",
        titles: ["Ms.", "Mr."],
        last_name_first: false,
        between_names: " ",
        job: [2, 0, 1],
        between_job: " ",
        streets: &["# Rhodfa @", "# Cylch @", "# Ffordd @", "# Heol @", "# Lôn @", "# Maes @", "# Stryd @"],
        cities: &["Aber@", "Bryn @", "Caer @", "Cwm @", "Llan@", "Pen-@", "Tre@"],
        states: "Blaenau Gwent|Caerdydd|Caerffili|Casnewydd|Castell-nedd Port Talbot|Ceredigion|Conwy|Gwynedd|\
                 Merthyr Tudful|Powys|Rhondda Cynon Taf|Sir Benfro|Sir Ddinbych|Sir Fynwy|Sir Gaerfyrddin|\
                 Sir y Fflint|Abertawe|Torfaen|Wrecsam|Ynys Môn",
        postcode: "QQ# #AA",
        address: "S, C, P",
        companies: &["a Meibion", "a Merched", "Cyf", "Grŵp"],
    },
    Language {
        code: "de_DE",
        titles: ["Frau", "Herr"],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["@allee #", "@gang #", "@gasse #", "@platz #", "@ring #", "@straße #", "@ufer #", "@weg #"],
        cities: &["@berg", "@burg", "@feld", "@hagen", "@hausen", "@heim", "@stetten", "@walde"],
        states: "Baden-Württemberg/BW/7|Bayern/BY/8|Berlin/BE/10|Brandenburg/BB/14|Bremen/HB/28|Hamburg/HH/20|\
                 Hessen/HE/6|Mecklenburg-Vorpommern/MV/19|Niedersachsen/NI/30|Nordrhein-Westfalen/NW/4|\
                 Rheinland-Pfalz/RP/55|Saarland/SL/66|Sachsen/SN/04|Sachsen-Anhalt/ST/39|Schleswig-Holstein/SH/24|\
                 Thüringen/TH/99",
        postcode: "#####",
        address: "S, P C",
        companies: &["AG", "GbR", "GmbH", "GmbH & Co. KG", "KG", "OHG", "UG"],
    },
    Language {
        code: "fa_IR",
        titles: ["خانم", "آقای"],
        last_name_first: false,
        between_names: " ",
        job: [2, 0, 1],
        between_job: " ",
        streets: &["بلوار @ #", "جاده @ #", "خیابان @ #", "کوچه @ #"],
        cities: &["@آباد", "@شهر", "ده @", "روستای @"],
        states: "آذربایجان شرقی|آذربایجان غربی|اردبیل|اصفهان|البرز|ایلام|بوشهر|تهران|خوزستان|زنجان|سمنان|فارس|قزوین|\
                 قم|کردستان|کرمان|کرمانشاه|گلستان|گیلان|لرستان|مازندران|مرکزی|هرمزگان|همدان|یزد",
        postcode: "N####-#####",
        address: "S، C، P",
        companies: &["با مسئولیت محدود", "سهامی خاص", "سهامی عام"],
    },
    Language {
        code: "fr_FR",
        titles: ["Mme", "M."],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["# allée @", "# avenue @", "# boulevard @", "# impasse @", "# place @", "# quai @", "# rue @"],
        cities: &["@-le-Château", "@-les-Bains", "@-sous-Bois", "@-sur-Brume", "@-sur-Ondine", "@ville", "Roche-@"],
        states: "Auvergne-Rhône-Alpes/ARA/69|Bourgogne-Franche-Comté/BFC/21|Bretagne/BRE/35|\
                 Centre-Val de Loire/CVL/45|Corse/COR/20|Grand Est/GES/67|Hauts-de-France/HDF/59|\
                 Île-de-France/IDF/75|Normandie/NOR/14|Nouvelle-Aquitaine/NAQ/33|Occitanie/OCC/31|\
                 Pays de la Loire/PDL/44|Provence-Alpes-Côte d’Azur/PAC/13",
        postcode: "#####",
        address: "S, P C",
        companies: &["et Fils", "et Filles", "SA", "SARL", "SAS", "SNC"],
    },
    Language {
        code: "it_IT",
        titles: ["Sig.ra", "Sig."],
        last_name_first: false,
        between_names: " ",
        job: [2, 0, 1],
        between_job: " ",
        streets: &["Corso @ #", "Largo @ #", "Piazza @ #", "Strada @ #", "Via @ #", "Viale @ #", "Vicolo @ #"],
        cities: &["@ del Castello", "@ del Lago", "@ del Tramonto", "Borgo @", "Castel @", "Villa @"],
        states: "Abruzzo|Basilicata|Calabria|Campania|Emilia-Romagna|Friuli-Venezia Giulia|Lazio|Liguria|Lombardia|\
                 Marche|Molise|Piemonte|Puglia|Sardegna|Sicilia|Toscana|Trentino-Alto Adige|Umbria|Valle d’Aosta|\
                 Veneto",
        postcode: "#####",
        address: "S, P C",
        companies: &["e Figli", "S.a.s.", "S.n.c.", "S.p.A.", "S.r.l."],
    },
    Language {
        code: "ja_JP",
        titles: ["様", "様"],
        last_name_first: true,
        between_names: " ",
        job: [0, 1, 2],
        between_job: "",
        streets: &["@町#番地", "@通#番地", "@台#番地", "@丘#番地"],
        cities: &["@市", "@町", "@村", "北@市", "南@市"],
        states: "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|\
                 滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県",
        postcode: "###-####",
        address: "〒P TCS",
        companies: &["(株)", "合同会社", "有限会社", "株式会社"],
    },
    Language {
        code: "nl_NL",
        titles: ["Mevrouw", "Meneer"],
        last_name_first: false,
        between_names: " ",
        job: [2, 0, 1],
        between_job: " ",
        streets: &["@dijk #", "@laan #", "@pad #", "@plein #", "@straat #", "@weg #"],
        cities: &["@daal", "@dam", "@dorp", "@horst", "@meer", "@wijk", "@zand", "Nieuw @", "Oud @"],
        states: "Drenthe/DR/94|Flevoland/FL/82|Fryslân/FR/89|Gelderland/GE/68|Groningen/GR/97|Limburg/LI/62|\
                 Noord-Brabant/NB/52|Noord-Holland/NH/10|Overijssel/OV/80|Utrecht/UT/35|Zeeland/ZE/43|\
                 Zuid-Holland/ZH/25",
        postcode: "N### AA",
        address: "S, P C",
        companies: &["& Zn.", "bv", "cv", "Groep", "nv", "vof"],
    },
    Language {
        code: "pt_BR",
        titles: ["Sra.", "Sr."],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["Alameda @, #", "Avenida @, #", "Praça @, #", "Rua @, #", "Travessa @, #"],
        cities: &["@ da Serra", "@ das Flores", "@ do Norte", "@ do Sul", "Nova @", "Vila @"],
        states: "Acre/AC/699|Alagoas/AL/57|Amapá/AP/689|Amazonas/AM/690|Bahia/BA/40|Ceará/CE/60|\
                 Distrito Federal/DF/70|Espírito Santo/ES/29|Goiás/GO/74|Maranhão/MA/65|Mato Grosso/MT/78|\
                 Mato Grosso do Sul/MS/79|Minas Gerais/MG/30|Pará/PA/66|Paraíba/PB/58|Paraná/PR/80|Pernambuco/PE/50|\
                 Piauí/PI/64|Rio de Janeiro/RJ/20|Rio Grande do Norte/RN/59|Rio Grande do Sul/RS/90|Rondônia/RO/768|\
                 Roraima/RR/693|Santa Catarina/SC/88|São Paulo/SP/01|Sergipe/SE/49|Tocantins/TO/77",
        postcode: "#####-###",
        address: "S, C - T, P",
        companies: &["e Associados", "e Filhos", "Ltda.", "S.A."],
    },
    Language {
        code: "pt_PT",
        titles: ["Sra.", "Sr."],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["Alameda @, #", "Avenida @, #", "Calçada @, #", "Largo @, #", "Rua @, #", "Travessa @, #"],
        cities: &["@ da Feira", "@ de Baixo", "@ de Cima", "@ do Castelo", "São @", "Vila @"],
        states: "Aveiro/AV/38|Beja/BJ/78|Braga/BR/47|Bragança/BG/53|Castelo Branco/CB/60|Coimbra/CO/30|Évora/EV/70|\
                 Faro/FA/80|Guarda/GD/63|Leiria/LE/24|Lisboa/LX/10|Portalegre/PG/73|Porto/PO/40|Santarém/SA/20|\
                 Setúbal/SE/29|Viana do Castelo/VC/49|Vila Real/VR/50|Viseu/VI/35|Açores/AC/95|Madeira/MA/90",
        postcode: "N###-###",
        address: "S, P C",
        companies: &["e Associados", "e Filhos", "Lda.", "S.A.", "SGPS"],
    },
    Language {
        code: "tr_TR",
        titles: ["Hanım", "Bey"],
        last_name_first: false,
        between_names: " ",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["@ Bulvarı No: #", "@ Caddesi No: #", "@ Sokağı No: #", "@ Yolu No: #"],
        cities: &["@ Beldesi", "@ Köyü", "@kent", "@ova", "Yeni @"],
        states: "Adana/01/01|Ankara/06/06|Antalya/07/07|Bursa/16/16|Diyarbakır/21/21|Erzurum/25/25|Gaziantep/27/27|\
                 İstanbul/34/34|İzmir/35/35|Konya/42/42|Samsun/55/55|Trabzon/61/61|Van/65/65",
        postcode: "#####",
        address: "S, P C",
        companies: &["A.Ş.", "Holding", "Ltd. Şti.", "Ticaret"],
    },
    Language {
        code: "zh_CN",
        titles: ["女士", "先生"],
        last_name_first: true,
        between_names: "",
        job: [0, 1, 2],
        between_job: "",
        streets: &["@大道#号", "@巷#号", "@街#号", "@路#号"],
        cities: &["@城", "@乡", "@镇", "东@市", "北@市", "南@市"],
        states: "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆",
        postcode: "######",
        address: "TCS P",
        companies: &["有限公司", "有限责任公司", "股份有限公司", "集团"],
    },
    Language {
        code: "zh_TW",
        titles: ["女士", "先生"],
        last_name_first: true,
        between_names: "",
        job: [0, 1, 2],
        between_job: " ",
        streets: &["@大道#號", "@巷#號", "@街#號", "@路#號"],
        cities: &["@城", "@鄉", "@鎮", "東@市", "北@市", "南@市"],
        states: "臺北市|新北市|桃園市|臺中市|臺南市|高雄市|基隆市|新竹市|嘉義市|新竹縣|苗栗縣|彰化縣|南投縣|雲林縣|嘉義縣|屏東縣|宜蘭縣|花蓮縣|臺東縣|澎湖縣|金門縣|連江縣",
        postcode: "###",
        address: "P TCS",
        companies: &["企業", "有限公司", "股份有限公司", "集團"],
    },
];
