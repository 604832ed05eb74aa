//! One adapter per source of a district's data -> canonical rows. Never writes a table.
