//! The members of Ed-Fi's resources that are used here, by their names in Data Standards 3.3 to 5.x. What a server does
//! not send is empty, and the reader of the staged files lists it where it is needed.

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Number;

/// A row of a resource.
pub(super) trait Row: Serialize + DeserializeOwned + PartialEq + Send + Sync {
    /// The id that the server gave it.
    fn id(&self) -> &str;
}

/// `null` is as if it were not there.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name {
            $(#[serde(default, deserialize_with = "or_default")] pub(super) $field: $type,)*
        }
    )*};
}

macro_rules! rows {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty,)* })*) => {$(
        objects! { $(#[$doc])* $name { id: String, $($field: $type,)* } }
        impl Row for $name {
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

objects! {
    /// `schoolReference`.
    SchoolReference { school_id: i64, }
    /// `schoolYearTypeReference`.
    YearReference { school_year: i64, }
    /// `localEducationAgencyReference`.
    AgencyReference { local_education_agency_id: i64, }
    /// `educationOrganizationReference`.
    OrgReference { education_organization_id: i64, }
    /// `studentReference`.
    StudentReference { student_unique_id: String, }
    /// `staffReference`.
    StaffReference { staff_unique_id: String, }
    /// `contactReference`.
    ContactReference { contact_unique_id: String, }
    /// `parentReference`.
    ParentReference { parent_unique_id: String, }
    /// `courseReference`.
    CourseReference { course_code: String, education_organization_id: i64, }
    /// `sessionReference`.
    SessionReference { school_id: i64, school_year: i64, session_name: String, }
    /// `courseOfferingReference`.
    OfferingReference { local_course_code: String, school_id: i64, school_year: i64, session_name: String, }
    /// `sectionReference`.
    SectionReference {
        local_course_code: String, school_id: i64, school_year: i64, section_identifier: String, session_name: String,
    }
    /// `calendarReference`.
    CalendarReference { calendar_code: String, school_id: i64, school_year: i64, }
    /// `calendarDateReference`.
    DateReference { school_id: i64, date: String, }
    /// `locationReference`.
    LocationReference { classroom_identification_code: String, }
    /// `classPeriodReference`.
    PeriodReference { class_period_name: String, }
    /// An item of `classPeriods`.
    InPeriod { class_period_reference: PeriodReference, }
    /// An item of `calendarEvents`.
    CalendarEvent { calendar_event_descriptor: String, }
    /// An item of `dates` of a bell schedule.
    ScheduleDate { date: String, }
    /// An item of `meetingTimes`.
    MeetingTime { start_time: String, end_time: String, }
    /// An item of `electronicMails`.
    Mail { electronic_mail_address: String, primary_email_address_indicator: bool, }
    /// An item of `telephones`.
    Telephone {
        telephone_number: String, telephone_number_type_descriptor: String, order_of_priority: Option<i64>,
    }
    /// An item of `addresses`.
    Address {
        address_type_descriptor: String, street_number_name: String, apartment_room_suite_number: String,
        city: String, state_abbreviation_descriptor: String, postal_code: String, periods: Vec<Period>,
    }
    /// An item of `languages`.
    Language { language_descriptor: String, uses: Vec<LanguageUse>, }
    /// An item of `uses` of a language.
    LanguageUse { language_use_descriptor: String, }
    /// An item of `races`.
    Race { race_descriptor: String, }
    /// An item of `studentCharacteristics`.
    Characteristic { student_characteristic_descriptor: String, periods: Vec<Period>, }
    /// A span of days.
    Period { begin_date: String, end_date: String, }
}

rows! {
    /// `localEducationAgencies`.
    Agency {
        local_education_agency_id: i64, name_of_institution: String,
        parent_local_education_agency_reference: Option<AgencyReference>,
    }
    /// `schools`.
    School {
        school_id: i64, name_of_institution: String, local_education_agency_reference: Option<AgencyReference>,
    }
    /// `sessions`.
    Session {
        session_name: String, school_reference: SchoolReference, school_year_type_reference: YearReference,
        begin_date: String, end_date: String, term_descriptor: String,
    }
    /// `calendarDates`.
    CalendarDate { date: String, calendar_reference: CalendarReference, calendar_events: Vec<CalendarEvent>, }
    /// `classPeriods`.
    ClassPeriod {
        class_period_name: String, school_reference: SchoolReference, meeting_times: Vec<MeetingTime>,
    }
    /// `bellSchedules`.
    BellSchedule {
        school_reference: SchoolReference, dates: Vec<ScheduleDate>, class_periods: Vec<InPeriod>,
        total_instructional_time: Option<u16>,
    }
    /// `courses`.
    Course { course_code: String, course_title: String, education_organization_reference: OrgReference, }
    /// `courseOfferings`.
    Offering {
        local_course_code: String, school_reference: SchoolReference, session_reference: SessionReference,
        course_reference: CourseReference,
    }
    /// `sections`.
    Section {
        section_identifier: String, section_name: String, course_offering_reference: OfferingReference,
        location_reference: LocationReference, class_periods: Vec<InPeriod>,
    }
    /// `students`.
    Student {
        student_unique_id: String, first_name: String, middle_name: String, last_surname: String,
        preferred_first_name: String, preferred_last_surname: String, birth_date: String,
    }
    /// `staffs`.
    Staff {
        staff_unique_id: String, first_name: String, middle_name: String, last_surname: String,
        preferred_first_name: String, preferred_last_surname: String, electronic_mails: Vec<Mail>, login_id: String,
    }
    /// `contacts`, and `parents` before Data Standard 5.0.
    Contact {
        contact_unique_id: String, parent_unique_id: String, first_name: String, middle_name: String,
        last_surname: String, preferred_first_name: String, preferred_last_surname: String, addresses: Vec<Address>,
        electronic_mails: Vec<Mail>, telephones: Vec<Telephone>, languages: Vec<Language>, login_id: String,
    }
    /// `studentContactAssociations`, and `studentParentAssociations` before Data Standard 5.0.
    Link {
        contact_reference: ContactReference, parent_reference: ParentReference, student_reference: StudentReference,
        contact_restrictions: String, emergency_contact_status: Option<bool>, legal_guardian: Option<bool>,
        lives_with: Option<bool>, primary_contact_status: Option<bool>, relation_descriptor: String,
    }
    /// `studentEducationOrganizationAssociations`.
    Traits {
        student_reference: StudentReference, education_organization_reference: OrgReference, sex_descriptor: String,
        hispanic_latino_ethnicity: Option<bool>, races: Vec<Race>, languages: Vec<Language>,
        limited_english_proficiency_descriptor: String, student_characteristics: Vec<Characteristic>,
        electronic_mails: Vec<Mail>, login_id: String,
    }
    /// `studentSchoolAssociations`.
    Enrollment {
        student_reference: StudentReference, school_reference: SchoolReference, entry_date: String,
        exit_withdraw_date: String, exit_withdraw_type_descriptor: String, entry_grade_level_descriptor: String,
        primary_school: Option<bool>, calendar_reference: Option<CalendarReference>,
    }
    /// An item of `deletes`: what was deleted, by the id that it had.
    Deleted {}
    /// A student's association with a program of any kind.
    InProgram {
        student_reference: StudentReference, begin_date: String, end_date: String,
        special_education_exit_date: String,
    }
    /// `studentSectionAssociations`.
    StudentInSection {
        student_reference: StudentReference, section_reference: SectionReference, begin_date: String,
        end_date: String, homeroom_indicator: Option<bool>,
    }
    /// `staffSectionAssociations`.
    StaffInSection {
        staff_reference: StaffReference, section_reference: SectionReference, begin_date: String, end_date: String,
        classroom_position_descriptor: String,
    }
    /// `staffEducationOrganizationAssignmentAssociations`.
    Assignment {
        staff_reference: StaffReference, education_organization_reference: OrgReference,
        staff_classification_descriptor: String, begin_date: String, end_date: String,
    }
    /// `sectionAttendanceTakenEvents`.
    RollTaken { event_date: String, calendar_date_reference: DateReference, section_reference: SectionReference, }
    /// `studentSchoolAttendanceEvents`.
    SchoolEvent {
        student_reference: StudentReference, school_reference: SchoolReference, event_date: String,
        attendance_event_category_descriptor: String, attendance_event_reason: String,
        event_duration: Option<Number>, school_attendance_duration: Option<Number>, arrival_time: String,
        departure_time: String,
    }
    /// `studentSectionAttendanceEvents`.
    SectionEvent {
        student_reference: StudentReference, section_reference: SectionReference, event_date: String,
        attendance_event_category_descriptor: String, attendance_event_reason: String,
        event_duration: Option<Number>, section_attendance_duration: Option<Number>, arrival_time: String,
        departure_time: String, class_periods: Vec<InPeriod>,
    }
}

/// The code value of a descriptor: `uri://ed-fi.org/TermDescriptor#Fall Semester` is `Fall Semester`.
pub(super) fn code(descriptor: &str) -> &str {
    descriptor.split_once('#').map_or(descriptor, |(_, code)| code).trim()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

    use super::{SchoolEvent, code};

    #[test]
    fn a_descriptor_is_its_code_value_in_whatever_namespace() {
        assert_eq!(code("uri://tx.gov/AttendanceEventCategoryDescriptor#Unexcused #2"), "Unexcused #2");
        assert_eq!(code("Tardy"), "Tardy");
    }

    #[test]
    fn what_is_null_or_missing_is_empty_and_unknown_members_are_ignored() {
        let text = r#"{"id":"a","eventDate":"2022-01-04","attendanceEventReason":null,"_etag":"1","new":[1],
            "studentReference":{"studentUniqueId":"604822","link":{"rel":"Student","href":"/x"}},"eventDuration":0.5}"#;
        let event: SchoolEvent = serde_json::from_str(text).unwrap();
        assert_eq!(event.student_reference.student_unique_id, "604822");
        assert_eq!(event.event_duration.unwrap().to_string(), "0.5");
        assert!(event.attendance_event_reason.is_empty() && event.school_attendance_duration.is_none());
    }
}
