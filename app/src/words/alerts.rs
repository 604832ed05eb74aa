//! Words for what somebody has to know of a source: on the pages, and by mail.

use super::{Language, stamp};
use model::alert::{AlertKind, OpenAlert};

/// A mail's subject and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailWords {
    /// One line; it names no person.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// What is wrong with a source, and since when.
pub fn alert_words(t: Language, alert: &OpenAlert) -> String {
    let (source, since) = (alert.name.as_str(), stamp(t, &alert.since_local));
    match alert.kind {
        AlertKind::Late => t.alert_late(source, &since),
        AlertKind::Failed => t.alert_failed(source, &since),
        AlertKind::Stopped => t.alert_stopped(source, &since),
    }
}

/// The mail about an alert. `link` leads to the source's page.
pub fn alert_mail(district: &str, alert: &OpenAlert, again: bool, link: Option<&str>) -> MailWords {
    in_each(|t| {
        let source = alert.name.as_str();
        let (subject, next) = match alert.kind {
            AlertKind::Late => (t.mail_late_subject(source), t.mail_late_next()),
            AlertKind::Failed => (t.mail_failed_subject(source), t.mail_failed_next()),
            AlertKind::Stopped => (t.mail_stopped_subject(source), t.mail_stopped_next()),
        };
        let place = link.map_or_else(|| t.mail_no_link().to_owned(), |link| t.mail_link(link));
        let mut said = vec![format!("{} {next}", alert_words(t, alert)), place];
        said.extend(again.then(|| t.mail_again().to_owned()));
        said.push(t.mail_footer(district));
        (subject, said.join("\n\n"))
    })
}

/// The mail that shows that mail arrives.
pub fn test_mail() -> MailWords {
    in_each(|t| (t.mail_test_subject().to_owned(), t.mail_test_body().to_owned()))
}

/// In every language, one below the other: no roster says which of them a member of staff reads.
fn in_each(said: impl Fn(Language) -> (String, String)) -> MailWords {
    let (subjects, bodies): (Vec<_>, Vec<_>) = Language::ALL.into_iter().map(said).unzip();
    MailWords {
        subject: subjects.into_iter().next().unwrap_or_default(),
        body: bodies.join("\n\n--------\n\n") + "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ids::SourceId;

    fn alert(kind: AlertKind) -> OpenAlert {
        OpenAlert {
            source: SourceId(7),
            name: "nightly".to_owned(),
            kind,
            since_local: "2026-11-21 05:12".to_owned(),
        }
    }

    #[test]
    fn a_mail_says_what_is_wrong_since_when_and_what_to_do_in_every_language() {
        for kind in AlertKind::ALL {
            let alert = alert(kind);
            let mail = alert_mail("Grand Bend", &alert, false, None);
            assert!(mail.subject.contains("nightly") && !mail.subject.contains('\n'), "{}", mail.subject);
            for t in Language::ALL {
                assert!(mail.body.contains(&alert_words(t, &alert)), "{}", mail.body);
                assert!(mail.body.contains(t.mail_no_link()) && !mail.body.contains(t.mail_again()));
            }
            assert!(mail.body.contains("Sat 21 Nov 05:12") && mail.body.contains("Grand Bend"));
        }
    }

    #[test]
    fn a_reminder_says_that_it_is_one_and_a_link_stands_where_the_address_is_known() {
        let link = "https://everpresent.example/data/sources/1";
        let mail = alert_mail("Grand Bend", &alert(AlertKind::Late), true, Some(link));
        for t in Language::ALL {
            assert!(mail.body.contains(t.mail_again()) && !mail.body.contains(t.mail_no_link()));
        }
        assert_eq!(mail.body.matches(link).count(), 2, "{}", mail.body);
        assert_eq!(test_mail().subject, Language::En.mail_test_subject());
    }
}
