//! The OneRoster files of a tiny district.

use std::fs;
use std::path::Path;

fn write(folder: &Path, name: &str, lines: &[String]) {
    fs::write(folder.join("oneroster").join(format!("{name}.csv")), lines.join("\n") + "\n").unwrap();
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// A district of two schools, twelve students, a teacher, a principal and a parent.
pub(crate) fn tiny(folder: &Path) {
    fs::create_dir_all(folder.join("oneroster")).unwrap();
    write(
        folder,
        "manifest",
        &lines(
            "propertyName,value
            manifest.version,1.0
            oneroster.version,1.2",
        ),
    );
    write(
        folder,
        "orgs",
        &lines(
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
            D,,,Tiny District,district,9,
            A,,,\"First, and \"\"only\"\" one\",school,91,D
            B,,,Second,school,92,D",
        ),
    );
    write(
        folder,
        "academicSessions",
        &lines(
            "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
            Y,,,2025-2026,schoolYear,2025-08-01,2026-06-30,,2026
            F,,,Fall,term,2025-09-01,2025-12-20,Y,2026
            S,,,Spring,term,2026-01-10,2026-06-10,Y,2026",
        ),
    );
    write(
        folder,
        "courses",
        &lines(
            "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes
            C1,,,Y,Reading,RD,\"03,04\",A,,",
        ),
    );
    write(
        folder,
        "classes",
        &lines(
            "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
            K1,,,Reading fall,03,C1,RD-1,homeroom,101,A,F,,,\"1,2\"
            K2,,,Reading spring,03,C1,RD-1,scheduled,101,A,S,,,1",
        ),
    );
    let mut users = lines(
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
        t1,,,true,teach,,Ada,Teacher,,500,ada@tiny.test,,,,,
        h1,,,true,head,,Bo,Principal,,501,bo@tiny.test,,,,,
        p1,,,false,,,Cy,Parent,,700,cy@home.test,,,,,",
    );
    let mut roles = lines(
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId
        t1-0,,,t1,primary,teacher,,,A,
        h1-0,,,h1,primary,principal,,,A,
        p1-0,,,p1,primary,parent,,,A,",
    );
    for i in 10..22 {
        let agent = if i < 12 { "p1" } else { "" };
        users.push(format!("u{i},,,true,kid{i},{{x:1{i}}},Kid{i},Family{i},,10{i},,,,{agent},03,"));
        roles.push(format!("u{i}-0,,,u{i},primary,student,,,{},", if i == 21 { "B" } else { "A" }));
    }
    write(folder, "users", &users);
    write(folder, "roles", &roles);
    write(
        folder,
        "enrollments",
        &lines(
            "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
            e1,,,K1,A,t1,teacher,true,,
            e2,,,K1,A,u10,student,,2025-09-01,
            e3,,,K1,A,u11,student,,2025-09-01,
            e4,,,K2,A,u10,student,,2026-01-12,",
        ),
    );
    write(
        folder,
        "demographics",
        &lines(
            "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity
            u10,,,2016-02-03,female,false,true,false,false,true,true,false
            u11,,,2016-04-05,male,false,false,false,false,true,false,true",
        ),
    );
}
