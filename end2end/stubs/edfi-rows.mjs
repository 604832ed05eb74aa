// A district's folder as Ed-Fi resources (Data Standards 3.3 to 5.x).
import { grouped, isYes, listed, outsideId } from './district.mjs';

const GRADES = {
  IT: 'Infant/toddler', PR: 'Preschool/Prekindergarten', PK: 'Preschool/Prekindergarten', TK: 'Preschool/Prekindergarten',
  KG: 'Kindergarten', '01': 'First grade', '02': 'Second grade', '03': 'Third grade', '04': 'Fourth grade',
  '05': 'Fifth grade', '06': 'Sixth grade', '07': 'Seventh grade', '08': 'Eighth grade', '09': 'Ninth grade',
  10: 'Tenth grade', 11: 'Eleventh grade', 12: 'Twelfth grade', 13: 'Postsecondary', UG: 'Ungraded',
};
const CLASSIFICATIONS = {
  administrator: 'School Administrator', aide: 'Instructional Aide', counselor: 'Counselor',
  districtAdministrator: 'LEA Administrator', principal: 'Principal', proctor: 'Other', relative: 'Other',
  siteAdministrator: 'School Administrator', systemAdministrator: 'LEA System Administrator', teacher: 'Teacher',
};
const RACES = {
  americanIndianOrAlaskaNative: 'American Indian - Alaska Native', asian: 'Asian', blackOrAfricanAmerican: 'Black - African American',
  nativeHawaiianOrOtherPacificIslander: 'Native Hawaiian - Pacific Islander', white: 'White',
};
const FAMILY = ['parent', 'guardian', 'relative'];
/** Ed-Fi requires a date of birth; OneRoster does not. */
const BIRTH_UNKNOWN = '1900-01-01';

/** A descriptor's value as resources write it. */
export function descriptor(kind, value) {
  return `uri://ed-fi.org/${kind}Descriptor#${value}`;
}

/** A grade in Ed-Fi's words: `03` is `Third grade`. */
export function gradeInWords(grade) {
  return GRADES[grade] ?? GRADES[grade.padStart(2, '0')] ?? grade;
}

/** The school year in which a date lies, by the year it ends; it runs from July to June. @param {string} date */
export function schoolYearOf(date) {
  const [year, month] = date.split('-').map(Number);
  return month >= 7 ? year + 1 : year;
}

/** An object without the members that are undefined, empty or an empty list. */
function lean(row) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)));
}

/**
 * What names in a district's files mean in Ed-Fi: ids of places and people, and the session of a class.
 * @param {import('./district.mjs').District} district
 */
export function edFiNames(district) {
  const orgs = new Map(district.orgs.map((org) => [org.sourcedId, org]));
  // Ed-Fi's ids of organizations are whole numbers; others get one of their own.
  const numbers = new Map(district.orgs.map((org, i) => [outsideId(org), /^\d{1,15}$/.test(outsideId(org)) ? Number(outsideId(org)) : 900000001 + i]));
  const orgNumber = (sourcedId) => (orgs.has(sourcedId) ? numbers.get(outsideId(orgs.get(sourcedId))) : undefined);
  const schoolNumber = (id) => numbers.get(id) ?? orgNumber(id);
  const isSchool = (sourcedId) => orgs.get(sourcedId)?.type === 'school';
  const agency = orgNumber(district.orgs.find((org) => org.type === 'district')?.sourcedId);
  const users = new Map(district.users.map((user) => [user.sourcedId, user]));
  const classes = new Map(district.classes.map((each) => [each.sourcedId, each]));
  const courses = new Map(district.courses.map((each) => [each.sourcedId, each]));
  const sessions = sessionsOf(district, orgs, schoolNumber);

  /** The session of a school in which a span of days lies mostly, or to which it is nearest. */
  const found = new Map();
  const sessionFor = (school, begin, end) => {
    const span = `${school} ${begin} ${end}`;
    if (!found.has(span)) {
      const shared = (s) => Date.parse(s.end < end ? s.end : end) - Date.parse(s.begin > begin ? s.begin : begin);
      found.set(span, sessions.filter((s) => s.school === school).sort((a, b) => shared(b) - shared(a))[0]);
    }
    return found.get(span);
  };
  const academic = new Map(district.academicSessions.map((each) => [each.sourcedId, each]));
  const sessionOfClass = (each) => {
    const terms = listed(each.termSourcedIds).map((id) => academic.get(id)).filter(Boolean);
    const school = schoolNumber(each.schoolSourcedId);
    if (terms.length === 0) return sessions.find((s) => s.school === school);
    return sessionFor(school, terms[0].startDate, terms[0].endDate);
  };
  const localCourseCode = (each) => each.classCode || courses.get(each.courseSourcedId)?.courseCode || each.sourcedId;
  const sectionKey = (each) => {
    const session = sessionOfClass(each);
    return {
      localCourseCode: localCourseCode(each), schoolId: schoolNumber(each.schoolSourcedId), schoolYear: session?.year,
      sectionIdentifier: each.sourcedId, sessionName: session?.name,
    };
  };
  return { agency, orgNumber, schoolNumber, isSchool, users, classes, courses, sessions, sessionFor, sessionOfClass, localCourseCode, sectionKey };
}

/** The sessions of each school: from the terms of `calendar.csv`, else from OneRoster's, else one a school year. */
function sessionsOf(district, orgs, schoolNumber) {
  const found = [];
  const byTerm = grouped(district.calendar.filter((row) => row.term), (row) => `${row.school_id}\u001f${row.term}`);
  const spanned = (rows) => {
    const dates = rows.map((row) => row.date).sort();
    return { begin: dates[0], end: dates.at(-1), year: yearOfRow(rows[0]), days: rows.filter((row) => isYes(row.instructional)).length };
  };
  for (const rows of byTerm.values()) {
    found.push({ school: schoolNumber(rows[0].school_id), name: rows[0].term, term: rows[0].term.replace(/^\d{4}-\d{4} /, ''), ...spanned(rows) });
  }
  const parents = new Map(district.academicSessions.map((each) => [each.sourcedId, each]));
  for (const org of orgs.values()) {
    if (org.type !== 'school') continue;
    const school = schoolNumber(org.sourcedId);
    if (found.some((session) => session.school === school)) continue;
    const calendar = district.calendar.filter((row) => schoolNumber(row.school_id) === school);
    const terms = district.academicSessions.filter((each) => ['semester', 'term'].includes(each.type));
    for (const each of terms) {
      const rows = calendar.filter((row) => row.date >= each.startDate && row.date <= each.endDate);
      const name = [parents.get(each.parentSourcedId)?.title, each.title].filter(Boolean).join(' ');
      if (found.some((session) => session.school === school && session.name === name)) continue;
      const days = rows.filter((row) => isYes(row.instructional)).length;
      found.push({ school, name, term: each.title, begin: each.startDate, end: each.endDate, year: schoolYearOf(each.startDate), days });
    }
    if (terms.length > 0) continue;
    for (const [year, rows] of grouped(calendar, yearOfRow)) {
      found.push({ school, name: `${year - 1}-${year} Year Round`, term: 'Year Round', ...spanned(rows) });
    }
  }
  return found;
}

function yearOfRow(row) {
  const written = /(\d{4})$/.exec(row.school_year ?? '')?.[1];
  return written ? Number(written) : schoolYearOf(row.date);
}

/**
 * Every resource of a district in an order in which what is referred to comes first.
 * @param {import('./district.mjs').District} district
 * @param {string} dataStandard such as `5.0`
 * @param {number} currentYear the school year that `schoolYearTypes` calls current
 * @returns {{ rows: [resource: string, row: any][], leftOut: Record<string, number> }} and how many lines of the files
 *   have no place in these resources, by reason
 */
export function edFiRows(district, dataStandard, currentYear) {
  const names = edFiNames(district);
  const rows = [];
  const leftOut = {};
  const add = (resource, row) => {
    rows.push([resource, lean(row)]);
  };
  const leave = (reason) => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };

  for (const category of new Set(district.attendance.map((row) => row.category).filter(Boolean))) {
    const of = { namespace: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor', codeValue: category, shortDescription: category };
    add('attendanceEventCategoryDescriptors', { ...of, description: category });
  }
  const years = new Set([...names.sessions.map((s) => s.year), ...district.calendar.map(yearOfRow)]);
  for (const schoolYear of [...years].sort()) {
    add('schoolYearTypes', { schoolYear, currentSchoolYear: schoolYear === currentYear, schoolYearDescription: `${schoolYear - 1}-${schoolYear}` });
  }
  places(district, names, add);
  const birth = characteristics(district, names);
  people(district, names, birth, add);
  calendars(district, names, add);
  periods(district, names, add);
  classesOf(district, names, add);
  staffOf(district, names, add);
  families(district, names, dataStandard, add, leave);
  students(district, names, birth, add, leave);
  sectionMembers(district, names, add, leave);
  rollTaken(district, names, add);
  attendance(district, names, add, leave);
  return { rows, leftOut };
}

function places(district, { orgNumber, agency }, add) {
  const enrolledAt = grouped(district.enrollments, (row) => row.school_id);
  const categories = (value) => [{ educationOrganizationCategoryDescriptor: descriptor('EducationOrganizationCategory', value) }];
  for (const org of district.orgs.filter(({ type }) => type === 'district')) {
    add('localEducationAgencies', {
      localEducationAgencyId: orgNumber(org.sourcedId), nameOfInstitution: org.name, categories: categories('Local Education Agency'),
      localEducationAgencyCategoryDescriptor: descriptor('LocalEducationAgencyCategory', 'Independent'),
    });
  }
  for (const org of district.orgs.filter(({ type }) => type === 'school')) {
    const grades = new Set((enrolledAt.get(outsideId(org)) ?? []).map((row) => gradeInWords(row.grade || 'UG')));
    if (grades.size === 0) grades.add(GRADES.UG);
    add('schools', {
      schoolId: orgNumber(org.sourcedId), nameOfInstitution: org.name, educationOrganizationCategories: categories('School'),
      gradeLevels: [...grades].sort().map((grade) => ({ gradeLevelDescriptor: descriptor('GradeLevel', grade) })),
      localEducationAgencyReference: agency === undefined ? undefined : { localEducationAgencyId: agency },
    });
  }
}

/** The rows of `demographics.csv` and `students.csv` by the student's outside id. */
function characteristics(district, { users }) {
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
  return user.roles.length > 0 && user.roles.every(({ role }) => FAMILY.includes(role));
}

function isStaff(user) {
  return user.roles.some(({ role }) => role !== 'student' && !FAMILY.includes(role));
}

function people(district, names, birth, add) {
  for (const user of district.users) {
    const name = { firstName: user.givenName, lastSurname: user.familyName, middleName: user.middleName };
    const mail = user.email ? [{ electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Work'), electronicMailAddress: user.email }] : [];
    if (isStudent(user)) {
      const known = birth.get(outsideId(user));
      const birthDate = known?.plain?.birth_date || known?.roster?.birthDate || BIRTH_UNKNOWN;
      add('students', { studentUniqueId: outsideId(user), birthDate, ...name, ...preferred(user) });
    }
    if (isStaff(user)) {
      add('staffs', { staffUniqueId: outsideId(user), ...name, ...preferred(user), electronicMails: mail, loginId: user.username });
    }
  }
}

function preferred(user) {
  return { preferredFirstName: user.preferredGivenName, preferredLastSurname: user.preferredFamilyName };
}

function calendarOf(school, year) {
  return { calendarCode: `${school}-${year}`, schoolId: school, schoolYear: year };
}

function calendars(district, { schoolNumber, sessions }, add) {
  for (const [, rows] of grouped(district.calendar, (row) => `${row.school_id} ${yearOfRow(row)}`)) {
    const school = schoolNumber(rows[0].school_id);
    const calendar = calendarOf(school, yearOfRow(rows[0]));
    add('calendars', {
      calendarCode: calendar.calendarCode, calendarTypeDescriptor: descriptor('CalendarType', 'School'), gradeLevels: [],
      schoolReference: { schoolId: school }, schoolYearTypeReference: { schoolYear: calendar.schoolYear },
    });
    for (const row of rows) {
      const event = isYes(row.instructional) ? 'Instructional day' : 'Holiday';
      add('calendarDates', { date: row.date, calendarEvents: [{ calendarEventDescriptor: descriptor('CalendarEvent', event) }], calendarReference: calendar });
    }
  }
  for (const { school, year, name, term, begin, end, days } of sessions) {
    add('sessions', {
      sessionName: name, schoolReference: { schoolId: school }, schoolYearTypeReference: { schoolYear: year },
      beginDate: begin, endDate: end, termDescriptor: descriptor('Term', term), totalInstructionalDays: days,
    });
  }
}

function withSeconds(time) {
  return time && /^\d\d?:\d\d$/.test(time) ? `${time.padStart(5, '0')}:00` : time;
}

/** Class periods and the bell schedule of each school: from `bells.csv`, else the periods its classes name. */
function periods(district, { schoolNumber }, add) {
  const bells = grouped(district.bells, (row) => String(schoolNumber(row.school_id)));
  const named = grouped(district.classes, (row) => String(schoolNumber(row.schoolSourcedId)));
  for (const school of new Set([...bells.keys(), ...named.keys()])) {
    if (school === 'undefined') continue;
    const timed = (bells.get(school) ?? []).map((row) => ({ name: row.period, startTime: withSeconds(row.start), endTime: withSeconds(row.end) }));
    const untimed = [...new Set((named.get(school) ?? []).flatMap((row) => listed(row.periods)))]
      .filter((name) => !timed.some((bell) => bell.name === name))
      .map((name) => ({ name }));
    const schoolReference = { schoolId: Number(school) };
    for (const { name, startTime, endTime } of [...timed, ...untimed]) {
      add('classPeriods', { classPeriodName: name, schoolReference, meetingTimes: startTime && endTime ? [{ endTime, startTime }] : [] });
    }
    const scheduled = timed.length > 0 ? timed : untimed;
    if (scheduled.length === 0) continue;
    add('bellSchedules', {
      bellScheduleName: 'Regular', schoolReference, startTime: scheduled[0].startTime, endTime: scheduled.at(-1).endTime,
      classPeriods: scheduled.map(({ name }) => ({ classPeriodReference: { classPeriodName: name, schoolId: Number(school) } })),
    });
  }
}

function courseKey(course, { orgNumber, agency }) {
  return { courseCode: course.courseCode || course.sourcedId, educationOrganizationId: orgNumber(course.orgSourcedId) ?? agency };
}

function classesOf(district, names, add) {
  const offered = new Set();
  for (const course of district.courses) {
    const { courseCode, educationOrganizationId } = courseKey(course, names);
    add('courses', {
      courseCode, courseTitle: (course.title || courseCode).slice(0, 60), numberOfParts: 1,
      educationOrganizationReference: { educationOrganizationId },
      identificationCodes: [{ courseIdentificationSystemDescriptor: descriptor('CourseIdentificationSystem', 'LEA course code'), identificationCode: courseCode }],
    });
  }
  for (const each of district.classes) {
    const { sectionIdentifier, ...offering } = names.sectionKey(each);
    const { schoolId, schoolYear, sessionName, localCourseCode } = offering;
    const course = names.courses.get(each.courseSourcedId);
    if (sessionName === undefined || !course) continue;
    if (!offered.has(JSON.stringify(offering))) {
      offered.add(JSON.stringify(offering));
      add('courseOfferings', {
        localCourseCode, localCourseTitle: course.title.slice(0, 60), courseReference: courseKey(course, names),
        schoolReference: { schoolId }, sessionReference: { schoolId, schoolYear, sessionName },
      });
    }
    add('sections', {
      sectionIdentifier, sectionName: each.title.slice(0, 100), courseOfferingReference: offering,
      locationReference: each.location ? { classroomIdentificationCode: each.location.slice(0, 60), schoolId } : undefined,
      classPeriods: listed(each.periods).map((classPeriodName) => ({ classPeriodReference: { classPeriodName, schoolId } })),
    });
  }
}

function staffOf(district, { agency, orgNumber, isSchool, sessions }, add) {
  const first = sessions.map((session) => session.begin).sort()[0] ?? '2000-07-01';
  for (const user of district.users) {
    const staffReference = { staffUniqueId: outsideId(user) };
    for (const { role, orgSourcedId, beginDate, endDate } of user.roles) {
      const org = orgNumber(orgSourcedId) ?? agency;
      if (role === 'student' || FAMILY.includes(role) || org === undefined) continue;
      const classification = role === 'administrator' && !isSchool(orgSourcedId) ? 'LEA Administrator' : (CLASSIFICATIONS[role] ?? 'Other');
      add('staffEducationOrganizationAssignmentAssociations', {
        beginDate: beginDate || first, endDate, staffClassificationDescriptor: descriptor('StaffClassification', classification),
        educationOrganizationReference: { educationOrganizationId: org }, staffReference,
      });
      if (!isSchool(orgSourcedId)) continue;
      const program = descriptor('ProgramAssignment', 'Regular Education');
      add('staffSchoolAssociations', { programAssignmentDescriptor: program, schoolReference: { schoolId: org }, staffReference });
    }
  }
}

/** Contacts (since 5.0) or parents (before), and whose they are: from `contacts.csv`, then from OneRoster's agents. */
function families(district, { users }, dataStandard, add, leave) {
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
      firstName: row.given_name, lastSurname: row.family_name, middleName: byId.get(row.contact_id)?.middleName, ...reached(row),
      languages: languages(row.language),
    });
    priorities.set(row.student_id, (priorities.get(row.student_id) ?? 0) + 1);
    link(row.contact_id, row.student_id, {
      contactPriority: priorities.get(row.student_id), contactRestrictions: row.legal_restriction,
      emergencyContactStatus: said(row.emergency), livesWith: said(row.lives_with), primaryContactStatus: said(row.primary),
      relationDescriptor: row.relation ? descriptor('Relation', row.relation) : undefined,
    });
  }
  for (const user of district.users.filter(isFamily)) {
    const mail = user.email ? [{ electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Home/Personal'), electronicMailAddress: user.email }] : [];
    person(outsideId(user), { firstName: user.givenName, lastSurname: user.familyName, middleName: user.middleName, electronicMails: mail });
  }
  for (const user of district.users) {
    for (const other of listed(user.agentSourcedIds).map((id) => users.get(id)).filter(Boolean)) {
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
  const home = street && city && state && postalCode
    ? [{
        addressTypeDescriptor: descriptor('AddressType', 'Home'), stateAbbreviationDescriptor: descriptor('StateAbbreviation', state),
        city: city.slice(0, 30), postalCode, streetNumberName: street.slice(0, 150),
      }]
    : [];
  return {
    addresses: home,
    electronicMails: row.email ? [{ electronicMailTypeDescriptor: descriptor('ElectronicMailType', 'Home/Personal'), electronicMailAddress: row.email }] : [],
    telephones: row.phone ? [{ telephoneNumberTypeDescriptor: descriptor('TelephoneNumberType', 'Home'), telephoneNumber: row.phone.slice(0, 24) }] : [],
  };
}

function languages(code) {
  if (!code) return [];
  return [{ languageDescriptor: descriptor('Language', code), uses: [{ languageUseDescriptor: descriptor('LanguageUse', 'Home language') }] }];
}

function students(district, names, known, add, leave) {
  const inRoster = new Map(district.users.filter(isStudent).map((user) => [outsideId(user), user]));
  for (const [id, user] of names.agency === undefined ? [] : inRoster) {
    const { plain = {}, roster = {} } = known.get(id) ?? {};
    const sex = { M: 'Male', MALE: 'Male', F: 'Female', FEMALE: 'Female', X: 'Not Selected' }[(plain.sex || roster.sex || '').toUpperCase()];
    const traits = { homeless: 'Homeless', foster: 'Foster Care', low_income: 'Economic Disadvantaged' };
    add('studentEducationOrganizationAssociations', {
      educationOrganizationReference: { educationOrganizationId: names.agency }, studentReference: { studentUniqueId: id },
      hispanicLatinoEthnicity: said(roster.hispanicOrLatinoEthnicity), sexDescriptor: sex ? descriptor('Sex', sex) : undefined,
      races: Object.keys(RACES).filter((race) => isYes(roster[race])).map((race) => ({ raceDescriptor: descriptor('Race', RACES[race]) })),
      languages: languages(plain.language), loginId: user.username,
      limitedEnglishProficiencyDescriptor: isYes(plain.english_learner) ? descriptor('LimitedEnglishProficiency', 'Limited') : undefined,
      studentCharacteristics: Object.keys(traits).filter((trait) => isYes(plain[trait]))
        .map((trait) => ({ studentCharacteristicDescriptor: descriptor('StudentCharacteristic', traits[trait]) })),
    });
  }
  for (const row of enrolled(district, names)) {
    const school = names.schoolNumber(row.school_id);
    if (!inRoster.has(row.student_id) || school === undefined || !row.entry_date) {
      leave('an enrollment without a known student, school or first day');
      continue;
    }
    const year = names.sessionFor(school, row.entry_date, row.exit_date || '9999-12-31')?.year ?? schoolYearOf(row.entry_date);
    const hasCalendar = district.calendar.length > 0;
    add('studentSchoolAssociations', {
      entryDate: row.entry_date, exitWithdrawDate: row.exit_date, entryGradeLevelDescriptor: descriptor('GradeLevel', gradeInWords(row.grade || 'UG')),
      exitWithdrawTypeDescriptor: row.exit_date ? descriptor('ExitWithdrawType', 'Transferred') : undefined,
      schoolReference: { schoolId: school }, studentReference: { studentUniqueId: row.student_id },
      calendarReference: hasCalendar ? calendarOf(school, year) : undefined, schoolYearTypeReference: { schoolYear: year }, primarySchool: true,
    });
  }
}

/** `enrollments.csv`; where a district has none, each student's roles from the first day of school. */
function enrolled(district, names) {
  if (district.enrollments.length > 0) return district.enrollments;
  return district.users.filter(isStudent).flatMap((user) =>
    user.roles.filter(({ role, orgSourcedId }) => role === 'student' && names.isSchool(orgSourcedId)).map(({ orgSourcedId, beginDate, endDate }) => ({
      student_id: outsideId(user), school_id: orgSourcedId, grade: listed(user.grades)[0] ?? '', exit_date: endDate,
      entry_date: beginDate || names.sessions.filter((s) => s.school === names.schoolNumber(orgSourcedId)).map((s) => s.begin).sort()[0],
    })),
  );
}

function sectionMembers(district, names, add, leave) {
  for (const row of district.classEnrollments) {
    const [each, user] = [names.classes.get(row.classSourcedId), names.users.get(row.userSourcedId)];
    const session = each && names.sessionOfClass(each);
    if (!session || !user || !names.courses.has(each.courseSourcedId)) {
      leave('a member of a class without a known class, course, session or person');
      continue;
    }
    const of = { beginDate: row.beginDate || session.begin, endDate: row.endDate, sectionReference: names.sectionKey(each) };
    if (row.role === 'student') {
      const homeroomIndicator = each.classType === 'homeroom';
      add('studentSectionAssociations', { ...of, homeroomIndicator, studentReference: { studentUniqueId: outsideId(user) } });
    } else {
      const position = row.role === 'teacher' && row.primary !== 'false' ? 'Teacher of Record' : 'Assistant Teacher';
      add('staffSectionAssociations', { ...of, classroomPositionDescriptor: descriptor('ClassroomPosition', position), staffReference: { staffUniqueId: outsideId(user) } });
    }
  }
}

/** One event a school and day on which `roll.csv` says that roll was taken, by one of the sections of that day. */
function rollTaken(district, names, add) {
  const byDay = grouped(district.classes.filter((each) => names.sessionOfClass(each) && names.courses.has(each.courseSourcedId)), (each) => {
    const session = names.sessionOfClass(each);
    return `${session.school} ${session.name}`;
  });
  for (const row of district.roll.filter(({ taken }) => isYes(taken))) {
    const school = names.schoolNumber(row.school_id);
    const session = names.sessionFor(school, row.date, row.date);
    const section = byDay.get(`${school} ${session?.name}`)?.sort((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1))[0];
    if (!section) continue;
    add('sectionAttendanceTakenEvents', {
      eventDate: row.date, sectionReference: names.sectionKey(section), calendarDateReference: { ...calendarOf(school, yearOfRow(row)), date: row.date },
    });
  }
}

function attendance(district, names, add, leave) {
  for (const row of district.attendance) {
    const school = names.schoolNumber(row.school_id);
    const session = school === undefined ? undefined : names.sessionFor(school, row.date, row.date);
    if (!session || !row.category || !row.student_id) {
      leave('a mark without a known school, session, category or student');
      continue;
    }
    if (row.period) {
      leave('a mark of one period: Ed-Fi keeps those by section');
      continue;
    }
    const number = (cell) => (cell === undefined || cell === '' || Number.isNaN(Number(cell)) ? undefined : Number(cell));
    add('studentSchoolAttendanceEvents', {
      attendanceEventCategoryDescriptor: descriptor('AttendanceEventCategory', row.category), eventDate: row.date,
      schoolReference: { schoolId: school }, studentReference: { studentUniqueId: row.student_id },
      sessionReference: { schoolId: school, schoolYear: session.year, sessionName: session.name },
      attendanceEventReason: row.reason?.slice(0, 255), eventDuration: number(row.duration), schoolAttendanceDuration: number(row.minutes),
      arrivalTime: withSeconds(row.arrival), departureTime: withSeconds(row.departure),
    });
  }
}
