//! One test binary: a module per subject, real servers.
#![allow(clippy::unwrap_used)]

mod after;
mod baseline;
mod canary;
mod carry;
mod cli;
mod compare;
mod connections;
mod demo;
mod docs;
mod equality;
mod fixture;
mod gentle;
mod hold;
mod hostile;
mod kill;
mod laws;
mod layers;
mod leaks;
mod nested;
mod plan;
mod proxy;
mod recipes;
mod refusals;
mod roles;
mod rows;
mod rules;
mod samples;
mod secrecy;
mod seed_dev;
mod shipped;
mod show;
mod standby;
mod swap;
mod values;
mod versions;
