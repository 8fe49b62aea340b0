//! Everything spoken to PostgreSQL: connections, sessions, the two COPY codecs, types and values, databases, schema.

pub mod blocking;
pub mod carry;
pub mod connect;
pub mod copy;
pub mod copy_binary;
pub mod copy_text;
pub mod database;
pub mod dates;
pub mod digest;
pub mod fault;
mod hold;
pub mod hook;
pub mod large_object;
pub mod local;
pub mod locale;
pub mod locker;
pub mod marker;
pub mod programs;
pub mod publish;
pub mod schema;
pub mod seeding;
pub mod session;
pub mod template;
pub mod tid;
pub mod types;
pub mod value;
mod view;
