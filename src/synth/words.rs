//! Lists for generated rows: things, jobs, words of all kinds, and texts made of them.

use super::{Draw, LOREM};

/// What a thing is like.
pub const LIKE: &[&str] = &[
    "Amber", "Brass", "Bright", "Canvas", "Classic", "Compact", "Copper", "Cotton", "Deluxe", "Felt", "Folding",
    "Frosted", "Golden", "Heavy", "Indigo", "Ivory", "Jade", "Large", "Light", "Linen", "Maple", "Marble", "Oak",
    "Pocket", "Quiet", "Rustic", "Scarlet", "Silver", "Slim", "Small", "Smooth", "Solid", "Steel", "Sturdy", "Summer",
    "Velvet", "Walnut", "Wide", "Winter", "Woollen",
];

/// Things.
pub const THINGS: &[&str] = &[
    "Backpack", "Basket", "Blanket", "Bottle", "Bowl", "Bucket", "Candle", "Chair", "Clock", "Coat", "Cup", "Curtain",
    "Cushion", "Desk", "Drawer", "Fan", "Frame", "Gloves", "Hammer", "Helmet", "Kettle", "Ladder", "Lamp", "Lantern",
    "Mirror", "Notebook", "Pan", "Pencil", "Pillow", "Plate", "Radio", "Rug", "Scarf", "Shelf", "Spoon", "Stool",
    "Table", "Teapot", "Tray", "Umbrella", "Vase", "Wallet",
];

/// Groups of things.
pub const GROUPS: &[&str] = &[
    "Kitchen",
    "Garden",
    "Office",
    "Travel",
    "Books",
    "Music",
    "Toys",
    "Sports",
    "Outdoor",
    "Lighting",
    "Bathroom",
    "Bedroom",
    "Tools",
    "Electronics",
    "Clothing",
    "Shoes",
    "Jewellery",
    "Stationery",
    "Pets",
    "Groceries",
    "Health",
    "Beauty",
    "Furniture",
    "Games",
    "Photography",
    "Crafts",
    "Baby",
    "Automotive",
    "Cycling",
    "Camping",
];

/// Jobs.
pub const JOBS: &[&str] = &[
    "Accountant",
    "Analyst",
    "Architect",
    "Assistant",
    "Baker",
    "Buyer",
    "Consultant",
    "Controller",
    "Designer",
    "Developer",
    "Director",
    "Editor",
    "Electrician",
    "Engineer",
    "Librarian",
    "Manager",
    "Mechanic",
    "Nurse",
    "Planner",
    "Producer",
    "Recruiter",
    "Researcher",
    "Sales Representative",
    "Support Agent",
    "Teacher",
    "Technician",
    "Translator",
    "Writer",
];

/// Departments of a company.
pub const DEPARTMENTS: &[&str] = &[
    "Accounting",
    "Customer Service",
    "Design",
    "Engineering",
    "Facilities",
    "Finance",
    "Human Resources",
    "Legal",
    "Logistics",
    "Marketing",
    "Operations",
    "Procurement",
    "Product",
    "Research",
    "Sales",
    "Security",
];

/// Colours.
pub const COLORS: &[&str] = &[
    "red", "orange", "yellow", "green", "teal", "blue", "indigo", "violet", "pink", "brown", "grey", "black", "white",
];

/// States that things go through.
pub const STATES: &[&str] = &["active", "pending", "completed", "cancelled", "archived"];

/// Kinds of things.
pub const SORTS: &[&str] = &["standard", "premium", "basic", "custom", "internal", "external"];

/// What somebody did.
pub const ACTIONS: &[&str] =
    &["created", "updated", "viewed", "deleted", "login", "logout", "exported", "invited", "approved", "rejected"];

/// Roles of people.
pub const ROLES: &[&str] = &["member", "admin", "editor", "viewer", "owner", "guest", "support", "manager"];

/// Tags.
pub const TAGS: &[&str] = &[
    "new", "sale", "popular", "gift", "limited", "eco", "handmade", "imported", "seasonal", "outlet", "featured",
    "digital", "fragile", "bulk", "vintage",
];

/// Languages: ISO 639-1 and English name.
pub const LANGUAGES: &[(&str, &str)] = &[
    ("en", "English"),
    ("de", "German"),
    ("fr", "French"),
    ("es", "Spanish"),
    ("it", "Italian"),
    ("nl", "Dutch"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("sv", "Swedish"),
    ("da", "Danish"),
    ("ja", "Japanese"),
    ("hi", "Hindi"),
];

/// Browsers.
pub const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
];

/// Writes so many words, the first with a capital.
pub fn sentence(count: u64, draw: &mut Draw, to: &mut Vec<u8>) {
    for at in 0..count.max(1) {
        let word = draw.pick(LOREM).as_bytes();
        if at == 0 {
            to.extend(word.first().map(u8::to_ascii_uppercase));
            to.extend_from_slice(&word[1..]);
        } else {
            to.push(b' ');
            to.extend_from_slice(word);
        }
    }
}

/// Writes a few sentences.
pub fn paragraph(draw: &mut Draw, to: &mut Vec<u8>) {
    for at in 0..1 + draw.below(3) {
        if at > 0 {
            to.push(b' ');
        }
        let words = 5 + draw.below(8);
        sentence(words, draw, to);
        to.push(b'.');
    }
}
