// The people of a district as Ed-Fi resources: students, staff, contacts or parents, and where they belong.
import { isYes, listed, outsideId } from './district.mjs';
import { calendarOf, descriptor, gradeInWords, schoolYearOf } from './edfi-names.mjs';

const CLASSIFICATIONS = {
  administrator: 'School Administrator',
  aide: 'Instructional Aide',
  counselor: 'Counselor',
  districtAdministrator: 'LEA Administrator',
  principal: 'Principal',
  proctor: 'Other',
  relative: 'Other',
  siteAdministrator: 'School Administrator',
  systemAdministrator: 'LEA System Administrator',
  teacher: 'Teacher',
};
const RACES = {
  americanIndianOrAlaskaNative: 'American Indian - Alaska Native',
  asian: 'Asian',
  blackOrAfricanAmerican: 'Black - African American',
  nativeHawaiianOrOtherPacificIslander: 'Native Hawaiian - Pacific Islander',
  white: 'White',
};
const FAMILY = ['parent', 'guardian', 'relative'];
/** Ed-Fi requires a date of birth; OneRoster does not. */
const BIRTH_UNKNOWN = '1900-01-01';

/** The rows of `demographics.csv` and `students.csv` by the student's outside id. */
export function characteristics(district, { users }) {
  const byId = new Map(district.students.map((row) => [row.student_id, { plain: row }]));
  for (const row of district.demographics) {
    const user = users.get(row.sourcedId);
    if (!user) continue;
    const id = outsideId(user);
    byId.set(id, { ...byId.get(id), roster: row });
  }
  return byId;
}

function isStudent(user) {
  return user.roles.some(({ role }) => role === 'student');
}

function isFamily(user) {
  return user.roles.some(({ role }) => FAMILY.includes(role));
}

function isStaff(user) {
  return user.roles.some(({ role }) => role !== 'student' && !FAMILY.includes(role));
}

/** Students and staff. */
export function people(district, known, add) {
  for (const user of district.users) {
    const name = { firstName: user.givenName, lastSurname: user.familyName, middleName: user.middleName };
    const mail = user.email
      ? [{ electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Work'), electronicMailAddress: user.email }]
      : [];
    if (isStudent(user)) {
      const { plain, roster } = known.get(outsideId(user)) ?? {};
      const birthDate = plain?.birth_date || roster?.birthDate || BIRTH_UNKNOWN;
      add('students', { studentUniqueId: outsideId(user), birthDate, ...name, ...preferred(user) });
    }
    if (isStaff(user)) {
      add('staffs', {
        staffUniqueId: outsideId(user),
        ...name,
        ...preferred(user),
        electronicMails: mail,
        loginId: user.username,
      });
    }
  }
}

function preferred(user) {
  return { preferredFirstName: user.preferredGivenName, preferredLastSurname: user.preferredFamilyName };
}

/** What staff do, and where. */
export function staffOf(district, { agency, orgNumber, isSchool, sessions }, add) {
  const first = sessions.map((session) => session.begin).sort()[0] ?? '2000-07-01';
  for (const user of district.users) {
    const staffReference = { staffUniqueId: outsideId(user) };
    for (const { role, orgSourcedId, beginDate, endDate } of user.roles) {
      const org = orgNumber(orgSourcedId) ?? agency;
      if (role === 'student' || FAMILY.includes(role) || org === undefined) continue;
      const classification =
        role === 'administrator' && !isSchool(orgSourcedId) ? 'LEA Administrator' : (CLASSIFICATIONS[role] ?? 'Other');
      add('staffEducationOrganizationAssignmentAssociations', {
        beginDate: beginDate || first,
        endDate,
        staffClassificationDescriptor: descriptor('StaffClassification', classification),
        educationOrganizationReference: { educationOrganizationId: org },
        staffReference,
      });
      if (!isSchool(orgSourcedId)) continue;
      const program = descriptor('ProgramAssignment', 'Regular Education');
      add('staffSchoolAssociations', {
        programAssignmentDescriptor: program,
        schoolReference: { schoolId: org },
        staffReference,
      });
    }
  }
}

/** Contacts (since 5.0) or parents (before), and whose they are: from `contacts.csv`, then from OneRoster's agents. */
export function families(district, { users }, dataStandard, add, leave) {
  const since5 = Number.parseInt(dataStandard, 10) >= 5;
  const [people, links, idName, reference] = since5
    ? ['contacts', 'studentContactAssociations', 'contactUniqueId', 'contactReference']
    : ['parents', 'studentParentAssociations', 'parentUniqueId', 'parentReference'];
  const byId = new Map(district.users.map((user) => [outsideId(user), user]));
  const written = new Set();
  const person = (id, row) => {
    if (written.has(id)) return;
    written.add(id);
    add(people, { [idName]: id, ...row });
  };
  const linked = new Set();
  const link = (id, student, row) => {
    linked.add(`${id} ${student}`);
    add(links, { [reference]: { [idName]: id }, studentReference: { studentUniqueId: student }, ...row });
  };
  const priorities = new Map();
  for (const row of district.contacts) {
    if (!byId.get(row.student_id)) {
      leave('a contact of a student who is not in the roster');
      continue;
    }
    person(row.contact_id, {
      firstName: row.given_name,
      lastSurname: row.family_name,
      middleName: byId.get(row.contact_id)?.middleName,
      ...reached(row),
      languages: languages(row.language),
    });
    priorities.set(row.student_id, (priorities.get(row.student_id) ?? 0) + 1);
    link(row.contact_id, row.student_id, {
      contactPriority: priorities.get(row.student_id),
      contactRestrictions: row.legal_restriction,
      emergencyContactStatus: said(row.emergency),
      livesWith: said(row.lives_with),
      primaryContactStatus: said(row.primary),
      relationDescriptor: row.relation ? descriptor('Relation', row.relation) : undefined,
    });
  }
  for (const user of district.users.filter(isFamily)) {
    const mail = user.email
      ? [
          {
            electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Home/Personal'),
            electronicMailAddress: user.email,
          },
        ]
      : [];
    person(outsideId(user), {
      firstName: user.givenName,
      lastSurname: user.familyName,
      middleName: user.middleName,
      electronicMails: mail,
    });
  }
  for (const user of district.users) {
    for (const other of listed(user.agentSourcedIds)
      .map((id) => users.get(id))
      .filter(Boolean)) {
      const [student, agent] = isStudent(user) ? [user, other] : [other, user];
      if (!isStudent(student) || !isFamily(agent) || linked.has(`${outsideId(agent)} ${outsideId(student)}`)) continue;
      link(outsideId(agent), outsideId(student), {});
    }
  }
}

function said(cell) {
  return cell ? isYes(cell) : undefined;
}

/** How a contact is reached; an address only where all of it is known that Ed-Fi requires. */
function reached(row) {
  const { street, city, state, postal_code: postalCode } = row;
  const home =
    street && city && state && postalCode
      ? [
          {
            addressTypeDescriptor: descriptor('AddressType', 'Home'),
            stateAbbreviationDescriptor: descriptor('StateAbbreviation', state),
            city: city.slice(0, 30),
            postalCode,
            streetNumberName: street.slice(0, 150),
          },
        ]
      : [];
  return {
    addresses: home,
    electronicMails: row.email
      ? [
          {
            electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Home/Personal'),
            electronicMailAddress: row.email,
          },
        ]
      : [],
    telephones: row.phone
      ? [
          {
            telephoneNumberTypeDescriptor: descriptor('TelephoneNumberType', 'Home'),
            telephoneNumber: row.phone.slice(0, 24),
          },
        ]
      : [],
  };
}

function languages(code) {
  if (!code) return [];
  return [
    {
      languageDescriptor: descriptor('Language', code),
      uses: [{ languageUseDescriptor: descriptor('LanguageUse', 'Home language') }],
    },
  ];
}

/** What is known of students, and their enrollment in schools. */
export function students(district, names, known, add, leave) {
  const inRoster = new Map(district.users.filter(isStudent).map((user) => [outsideId(user), user]));
  for (const [id, user] of names.agency === undefined ? [] : inRoster) {
    const { plain = {}, roster = {} } = known.get(id) ?? {};
    const sex = { M: 'Male', MALE: 'Male', F: 'Female', FEMALE: 'Female', X: 'Not Selected' }[
      (plain.sex || roster.sex || '').toUpperCase()
    ];
    const traits = { homeless: 'Homeless', foster: 'Foster Care', low_income: 'Economic Disadvantaged' };
    add('studentEducationOrganizationAssociations', {
      educationOrganizationReference: { educationOrganizationId: names.agency },
      studentReference: { studentUniqueId: id },
      hispanicLatinoEthnicity: said(roster.hispanicOrLatinoEthnicity),
      sexDescriptor: sex ? descriptor('Sex', sex) : undefined,
      races: Object.keys(RACES)
        .filter((race) => isYes(roster[race]))
        .map((race) => ({ raceDescriptor: descriptor('Race', RACES[race]) })),
      languages: languages(plain.language),
      loginId: user.username,
      limitedEnglishProficiencyDescriptor: isYes(plain.english_learner)
        ? descriptor('LimitedEnglishProficiency', 'Limited')
        : undefined,
      studentCharacteristics: Object.keys(traits)
        .filter((trait) => isYes(plain[trait]))
        .map((trait) => ({ studentCharacteristicDescriptor: descriptor('StudentCharacteristic', traits[trait]) })),
    });
  }
  for (const row of enrolled(district, names)) {
    const school = names.schoolNumber(row.school_id);
    if (!inRoster.has(row.student_id) || school === undefined || !row.entry_date) {
      leave('an enrollment without a known student, school or first day');
      continue;
    }
    const year =
      names.sessionFor(school, row.entry_date, row.exit_date || '9999-12-31')?.year ?? schoolYearOf(row.entry_date);
    const hasCalendar = district.calendar.length > 0;
    add('studentSchoolAssociations', {
      entryDate: row.entry_date,
      exitWithdrawDate: row.exit_date,
      entryGradeLevelDescriptor: descriptor('GradeLevel', gradeInWords(row.grade || 'UG')),
      schoolReference: { schoolId: school },
      studentReference: { studentUniqueId: row.student_id },
      calendarReference: hasCalendar ? calendarOf(school, year) : undefined,
      schoolYearTypeReference: { schoolYear: year },
      primarySchool: true,
    });
  }
}

/** `enrollments.csv`; where a district has none, each student's roles from the first day of school. */
function enrolled(district, names) {
  if (district.enrollments.length > 0) return district.enrollments;
  return district.users.filter(isStudent).flatMap((user) =>
    user.roles
      .filter(({ role, orgSourcedId }) => role === 'student' && names.isSchool(orgSourcedId))
      .map(({ orgSourcedId, beginDate, endDate }) => ({
        student_id: outsideId(user),
        school_id: orgSourcedId,
        grade: listed(user.grades)[0] ?? '',
        exit_date: endDate,
        entry_date:
          beginDate ||
          names.sessions
            .filter((s) => s.school === names.schoolNumber(orgSourcedId))
            .map((s) => s.begin)
            .sort()[0],
      })),
  );
}
