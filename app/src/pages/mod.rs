//! One folder per screen: `XxxPage` fetches, `xxx_view` draws what was fetched.
//!
//! Server functions are public addresses under `/api`; each body is one call of `services`.

// `#[server]` writes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

mod address;
mod data;
mod family;
mod home;
mod lab;
mod policies;
mod school;
mod sign_in;
mod student;
mod students;
mod today;

pub use address::{
    open_code, signal_address, signal_code, signal_id, standing_code, students_address, students_download,
    students_filter, wanted_code, worklist_address, worklist_download, worklist_filter,
};
pub use data::{
    DataPage, ReconciliationPage, SourceAnswer, SourcePage, data_view, reconciliation_view, source_view,
};
pub use family::{FamilyPage, family_view};
pub use home::{Home, HomePage, load_viewer};
pub use lab::{LabBench, LabPage, Tried, lab_view};
pub use policies::{PoliciesPage, PolicyAnswer, PolicyPage, policies_view, policy_view};
pub use school::{SchoolPage, school_view};
pub use sign_in::{Notice, SignInPage, notice_view, sign_in_view};
pub use student::{Opened, StudentPage, opened_view, student_view};
pub use students::{StudentsPage, search_form, students_head, students_view};
pub use today::today_view;

pub use data::{LoadData, LoadReconciliation, LoadSource};
pub use family::LoadFamily;
pub use home::{LoadHome, LoadViewer};
pub use lab::LoadLab;
pub use policies::{LoadPolicies, LoadPolicy};
pub use school::LoadSchool;
pub use sign_in::LoadSignIn;
pub use student::LoadStudent;
pub use students::LoadStudents;
