//! All SQL and all migrations. Every read takes a Scope. No decisions.
