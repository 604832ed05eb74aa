#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| everpresent_fuzz::pack(bytes));
