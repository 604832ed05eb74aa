//! Attendance history + rule pack -> signals with reasons. No I/O and no clock.
