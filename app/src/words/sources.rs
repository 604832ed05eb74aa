//! Words for where data comes from.

use super::{Language, stamp};
use model::canonical::Carries;
use model::report::Refusal;
use model::source::{Done, SourceJob, SourceRunView};

/// What a source is; its code where the pages do not know it.
pub fn kind_words(t: Language, kind: &str) -> String {
    match kind {
        "oneroster" => t.sources_kind_oneroster(),
        "edfi" => t.sources_kind_edfi(),
        "folder" => t.sources_kind_folder(),
        "push" => t.sources_kind_push(),
        other => other,
    }
    .to_owned()
}

/// Which side of the data comes from a source.
pub const fn carries_words(t: Language, carries: Carries) -> &'static str {
    match carries {
        Carries::Whole => t.sources_carries_whole(),
        Carries::Roster => t.sources_carries_roster(),
        Carries::Plain => t.sources_carries_plain(),
    }
}

/// How a run ended.
pub fn run_words(t: Language, run: &SourceRunView) -> String {
    match run.outcome.as_str() {
        "" => t.sources_ended_not().to_owned(),
        "applied" | "unchanged" if run.set_aside > 0 => t.sources_ended_aside(run.set_aside),
        "applied" => t.sources_ended_done().to_owned(),
        "unchanged" => t.sources_ended_unchanged().to_owned(),
        "braked" => t.sources_ended_braked().to_owned(),
        "interrupted" => t.sources_ended_interrupted().to_owned(),
        code => t.sources_ended_failed(&why(t, code)),
    }
}

/// Why a run failed, from its code.
fn why(t: Language, code: &str) -> String {
    match code {
        "fetch_unreachable" | "fetch_busy" | "fetch_status" | "fetch_unsteady" => t.sources_why_reach(),
        "fetch_sign_in" | "fetch_forbidden" => t.sources_why_sign_in(),
        "fetch_missing" | "fetch_too_large" | "fetch_unreadable" => t.sources_why_answer(),
        "fetch_address" | "fetch_untrusted" | "fetch_redirect" => t.sources_why_address(),
        "no_key" | "not_a_key" | "key_file" | "open_key" | "other_key" | "not_sealed_here"
        | "credentials" | "no_credentials" => t.sources_why_credentials(),
        "missing_file" | "missing_base" | "missing_column" | "missing_guard" | "bad_header"
        | "unreadable" | "nothing_pushed" => t.sources_why_files(),
        "changes_missed" => t.sources_why_changes(),
        "would_remove_all" => t.sources_why_empty(),
        "no_roster" => t.sources_why_roster(),
        "fetch_disk" | "staging" | "kept" | "not_kept" => t.sources_why_room(),
        other => return t.sources_why_other(other),
    }
    .to_owned()
}

/// Where the run stands that was asked for.
pub fn job_words(t: Language, job: &SourceJob) -> String {
    match job {
        SourceJob::AtWork => t.sources_at_work().to_owned(),
        SourceJob::Queued => t.sources_queued().to_owned(),
        SourceJob::Again { at_local } => t.sources_again(&stamp(t, at_local)),
        SourceJob::GivenUp => t.sources_given_up().to_owned(),
    }
}

/// Why a run stopped for a person.
pub fn brake_cause(t: Language, cause: &Refusal) -> String {
    match cause {
        Refusal::TooManyRemovals { table, at, removed, stored } => {
            let table = super::capital(&table.replace('_', " "));
            // As the brake writes it, for the command line.
            match at.strip_prefix(", school ") {
                Some(school) => t.sources_cause_removals_school(&table, school, *removed, *stored),
                None => t.sources_cause_removals(&table, *removed, *stored),
            }
        }
        Refusal::Shrunk { file, before, now, .. } => t.sources_cause_shrunk(file, *now, *before),
        Refusal::CalendarGone { school } => t.sources_cause_calendar(school),
        other => t.sources_cause_other(other.code()),
    }
}

/// What was done.
pub const fn done_words(t: Language, done: Done) -> &'static str {
    match done {
        Done::Queued => t.sources_done_queued(),
        Done::Paused => t.sources_done_paused(),
        Done::Resumed => t.sources_done_resumed(),
        Done::Scheduled => t.sources_done_scheduled(),
        Done::Unscheduled => t.sources_done_unscheduled(),
        Done::Approved => t.sources_done_approved(),
        Done::Ended => t.sources_done_ended(),
    }
}
