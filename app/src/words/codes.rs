//! Words for the codes of `model`.

use super::{Language, day_year};
use model::page::{DayKind, Standing, WhyNotAsked};
use model::report::Reason;
use model::role::{Role, SeenBecause};
use model::signal::WhyNot;

/// Where a student stands; `None` is on track.
pub const fn standing(t: Language, standing: Option<Standing>) -> &'static str {
    match standing {
        Some(Standing::NewlyMet) => t.standing_newly_met(),
        Some(Standing::StillOpen) => t.standing_still_open(),
        Some(Standing::Close) => t.standing_close(),
        Some(Standing::Recovered) => t.standing_recovered(),
        None => t.standing_none(),
    }
}

/// A grade from its CEDS code.
pub fn grade(t: Language, code: &str) -> String {
    match code {
        "" => t.grade_unknown().to_owned(),
        "KG" => t.grade_kg().to_owned(),
        "TK" => t.grade_tk().to_owned(),
        "PK" => t.grade_pk().to_owned(),
        "PR" => t.grade_pr().to_owned(),
        "IT" => t.grade_it().to_owned(),
        "UG" => t.grade_ungraded().to_owned(),
        number => t.grade_numbered(number.trim_start_matches('0')),
    }
}

/// Why a rule could not be asked, in a sentence.
pub fn why_not_asked(t: Language, why: WhyNotAsked) -> String {
    match why {
        WhyNotAsked::NoVersion { from, to } => t.not_asked_no_version(&day_year(t, from), &day_year(t, to)),
        WhyNotAsked::NoFacts => t.not_asked_no_facts().to_owned(),
        WhyNotAsked::NoBirthDates { students } => t.not_asked_no_birth_dates(u64::from(students)),
        WhyNotAsked::NoDayLength { schools } => t.not_asked_no_day_length(u64::from(schools)),
        WhyNotAsked::NoExclusions => t.not_asked_no_exclusions().to_owned(),
        WhyNotAsked::NoGrades { students } => t.not_asked_no_grades(u64::from(students)),
    }
}

/// A rule as a choice of a list: its title, with the mark of one that is not checked against its source yet.
pub fn rule_choice(t: Language, rule: &str, title: &str, to_verify: bool) -> String {
    let title = rule_title(t, rule, title);
    if to_verify { t.verify_choice(&title) } else { title }
}

/// A rule's title in the reader's language; the pack's own title for a rule the pages do not know.
pub fn rule_title(t: Language, rule: &str, title: &str) -> String {
    match rule {
        "US-CHRONIC" => t.rule_us_chronic().to_owned(),
        "PA-TRUANT" => t.rule_pa_truant().to_owned(),
        "PA-HABITUAL" => t.rule_pa_habitual().to_owned(),
        "NY-CHRONIC" => t.rule_ny_chronic().to_owned(),
        "CT-CHRONIC" => t.rule_ct_chronic().to_owned(),
        "IN-CHRONIC" => t.rule_in_chronic().to_owned(),
        "CA-CHRONIC" => t.rule_ca_chronic().to_owned(),
        "TX-CHRONIC" => t.rule_tx_chronic().to_owned(),
        "CA-TRUANT" => t.rule_ca_truant().to_owned(),
        "CA-HABITUAL" => t.rule_ca_habitual().to_owned(),
        "CA-CHRONIC-TRUANT" => t.rule_ca_chronic_truant().to_owned(),
        "TX-WARN" => t.rule_tx_warn().to_owned(),
        "TX-TRUANT" => t.rule_tx_truant().to_owned(),
        "OH-HABITUAL" => t.rule_oh_habitual().to_owned(),
        "OH-CHRONIC" => t.rule_oh_chronic().to_owned(),
        "FL-PATTERN" => t.rule_fl_pattern().to_owned(),
        "FL-HABITUAL" => t.rule_fl_habitual().to_owned(),
        "WA-MONTH-1" => t.rule_wa_month_1().to_owned(),
        "WA-MONTH-3" => t.rule_wa_month_3().to_owned(),
        "WA-MONTH-7" => t.rule_wa_month_7().to_owned(),
        "WA-YEAR-15" => t.rule_wa_year_15().to_owned(),
        "WA-EXCUSED-5" => t.rule_wa_excused_5().to_owned(),
        "WA-EXCUSED-10" => t.rule_wa_excused_10().to_owned(),
        "VA-5" => t.rule_va_5().to_owned(),
        "VA-7" => t.rule_va_7().to_owned(),
        "VA-10" => t.rule_va_10().to_owned(),
        "IL-TRUANT" => t.rule_il_truant().to_owned(),
        "IL-CHRONIC" => t.rule_il_chronic().to_owned(),
        "IN-ABSENT-5" => t.rule_in_absent_5().to_owned(),
        "IN-HABITUAL" => t.rule_in_habitual().to_owned(),
        "MA-5" => t.rule_ma_5().to_owned(),
        "MA-7" => t.rule_ma_7().to_owned(),
        "CT-MONTH-4" => t.rule_ct_month_4().to_owned(),
        "CT-YEAR-10" => t.rule_ct_year_10().to_owned(),
        "SC-3" => t.rule_sc_3().to_owned(),
        "SC-5" => t.rule_sc_5().to_owned(),
        "EN-PERSISTENT" => t.rule_en_persistent().to_owned(),
        "EN-SEVERE" => t.rule_en_severe().to_owned(),
        "EN-PENALTY" => t.rule_en_penalty().to_owned(),
        _ if title.is_empty() => rule.to_owned(),
        _ => title.trim_end_matches('.').to_owned(),
    }
}

/// A role.
pub const fn role(t: Language, role: Role) -> &'static str {
    match role {
        Role::Teacher => t.role_teacher(),
        Role::Counselor => t.role_counselor(),
        Role::SchoolAdministrator => t.role_school_administrator(),
        Role::DistrictAdministrator => t.role_district_administrator(),
        Role::Guardian => t.role_guardian(),
        Role::AdultStudent => t.role_adult_student(),
    }
}

/// Why the reader may see a student.
pub fn because(t: Language, because: &SeenBecause) -> String {
    match because {
        SeenBecause::Section(name) => t.because_section(name),
        SeenBecause::Caseload => t.because_caseload().to_owned(),
        SeenBecause::School(name) => t.because_school(name),
        SeenBecause::District => t.because_district().to_owned(),
        SeenBecause::Child => t.because_child().to_owned(),
        SeenBecause::Own => t.because_own().to_owned(),
    }
}

/// What a day was.
pub const fn day_meaning(t: Language, kind: DayKind) -> &'static str {
    match kind {
        DayKind::Attended => t.day_attended(),
        DayKind::Excused => t.day_excused(),
        DayKind::Unexcused => t.day_unexcused(),
        DayKind::ReasonUnknown => t.day_reason_unknown(),
        DayKind::Part => t.day_part(),
        DayKind::Unknown => t.day_unknown(),
        DayKind::RollNotTaken => t.day_roll_not_taken(),
        DayKind::NotEnrolled => t.day_not_enrolled(),
    }
}

/// The symbol inside a day's square, so that it reads without colour and in print.
pub const fn day_symbol(kind: DayKind) -> &'static str {
    match kind {
        DayKind::Attended => "·",
        DayKind::Excused => "○",
        DayKind::Unexcused => "✕",
        DayKind::ReasonUnknown => "!",
        DayKind::Part => "◐",
        DayKind::Unknown => "?",
        // A hatch is drawn in the square's background; in print it is a slash.
        DayKind::RollNotTaken => "⁄",
        DayKind::NotEnrolled => "",
    }
}

/// Why a day does not count.
pub const fn why_not(t: Language, why: WhyNot) -> &'static str {
    match why {
        WhyNot::OtherCategory => t.why_not_other_category(),
        WhyNot::PartTooSmall => t.why_not_part_too_small(),
        WhyNot::Unusable => t.why_not_unusable(),
        WhyNot::RollNotTaken => t.why_not_roll_not_taken(),
        WhyNot::NotCounted => t.why_not_not_counted(),
        WhyNot::OutsideWindow => t.why_not_outside_window(),
        WhyNot::Excluded => t.why_not_excluded(),
    }
}

/// Why a row was set aside, and what to do.
pub const fn set_aside_reason(t: Language, reason: Reason) -> &'static str {
    match reason {
        Reason::MissingValue => t.set_aside_missing_value(),
        Reason::BadValue => t.set_aside_bad_value(),
        Reason::BadRow => t.set_aside_bad_row(),
        Reason::DuplicateId => t.set_aside_duplicate_id(),
        Reason::DuplicateRow => t.set_aside_duplicate_row(),
        Reason::UnknownStudent => t.set_aside_unknown_student(),
        Reason::UnknownPerson => t.set_aside_unknown_person(),
        Reason::UnknownSchool => t.set_aside_unknown_school(),
        Reason::UnknownSection => t.set_aside_unknown_section(),
        Reason::NotInstructional => t.set_aside_not_instructional(),
        Reason::NoCalendar => t.set_aside_no_calendar(),
        Reason::NotEnrolled => t.set_aside_not_enrolled(),
        Reason::FutureDate => t.set_aside_future_date(),
        Reason::UnmappedCategory => t.set_aside_unmapped_category(),
        Reason::PeriodWithoutBells => t.set_aside_period_without_bells(),
        Reason::MinutesWithoutDayLength => t.set_aside_minutes_without_day_length(),
        Reason::MinutesBeyondDay => t.set_aside_minutes_beyond_day(),
        Reason::ExitBeforeEntry => t.set_aside_exit_before_entry(),
        Reason::NoInstructionalDay => t.set_aside_no_instructional_day(),
        Reason::UnknownFact => t.set_aside_unknown_fact(),
        Reason::BadEncoding => t.set_aside_bad_encoding(),
    }
}

/// What makes a person of the demo worth stepping into; empty for a code the pages do not know.
pub fn demo_why(t: Language, code: &str) -> &'static str {
    match code {
        "principal" => t.why_demo_principal(),
        "homeroom-teacher" => t.why_demo_homeroom_teacher(),
        "teacher-and-parent" => t.why_demo_teacher_and_parent(),
        "restricted-parent" => t.why_demo_restricted_parent(),
        "parent-of-adult" => t.why_demo_parent_of_adult(),
        "adult-student" => t.why_demo_adult_student(),
        "counselor" => t.why_demo_counselor(),
        "district" => t.why_demo_district(),
        "parent" => t.why_demo_parent(),
        _ => "",
    }
}

/// The text with its first letter large, for a meaning that begins a line.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
