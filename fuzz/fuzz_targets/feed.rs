#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wireroom_fuzz::feed(data));
