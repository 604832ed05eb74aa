//! Writes the SIS exports of a believable district from a seed, a date and a size.
