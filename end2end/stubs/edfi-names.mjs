// What names in a district's files mean in Ed-Fi: ids, grades, school years, and the session of a class.
import { grouped, isYes, listed, outsideId } from './district.mjs';

const GRADES = {
  IT: 'Infant/toddler',
  PR: 'Preschool/Prekindergarten',
  PK: 'Preschool/Prekindergarten',
  TK: 'Preschool/Prekindergarten',
  KG: 'Kindergarten',
  '01': 'First grade',
  '02': 'Second grade',
  '03': 'Third grade',
  '04': 'Fourth grade',
  '05': 'Fifth grade',
  '06': 'Sixth grade',
  '07': 'Seventh grade',
  '08': 'Eighth grade',
  '09': 'Ninth grade',
  10: 'Tenth grade',
  11: 'Eleventh grade',
  12: 'Twelfth grade',
  13: 'Postsecondary',
  UG: 'Ungraded',
};

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

/**
 * What names in a district's files mean in Ed-Fi: ids of places and people, and the session of a class.
 * @param {import('./district.mjs').District} district
 */
export function edFiNames(district) {
  const orgs = new Map(district.orgs.map((org) => [org.sourcedId, org]));
  // Ed-Fi's ids of organizations are whole numbers; others get one of their own.
  const numbers = new Map(
    district.orgs.map((org, i) => [
      outsideId(org),
      /^\d{1,15}$/.test(outsideId(org)) ? Number(outsideId(org)) : 900000001 + i,
    ]),
  );
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
    const terms = listed(each.termSourcedIds)
      .map((id) => academic.get(id))
      .filter(Boolean);
    const school = schoolNumber(each.schoolSourcedId);
    if (terms.length === 0) return sessions.find((s) => s.school === school);
    return sessionFor(school, terms[0].startDate, terms[0].endDate);
  };
  const localCourseCode = (each) => each.classCode || courses.get(each.courseSourcedId)?.courseCode || each.sourcedId;
  const sectionKey = (each) => {
    const session = sessionOfClass(each);
    return {
      localCourseCode: localCourseCode(each),
      schoolId: schoolNumber(each.schoolSourcedId),
      schoolYear: session?.year,
      sectionIdentifier: each.sourcedId,
      sessionName: session?.name,
    };
  };
  return {
    agency,
    orgNumber,
    schoolNumber,
    isSchool,
    users,
    classes,
    courses,
    sessions,
    sessionFor,
    sessionOfClass,
    localCourseCode,
    sectionKey,
  };
}

/** The sessions of each school: from the terms of `calendar.csv`, else from OneRoster's, else one a school year. */
function sessionsOf(district, orgs, schoolNumber) {
  const found = [];
  const byTerm = grouped(
    district.calendar.filter((row) => row.term),
    (row) => `${row.school_id}\u001f${row.term}`,
  );
  const spanned = (rows) => {
    const dates = rows.map((row) => row.date).sort();
    return {
      begin: dates[0],
      end: dates.at(-1),
      year: yearOfRow(rows[0]),
      days: rows.filter((row) => isYes(row.instructional)).length,
    };
  };
  for (const rows of byTerm.values()) {
    found.push({
      school: schoolNumber(rows[0].school_id),
      name: rows[0].term,
      term: rows[0].term.replace(/^\d{4}-\d{4} /, ''),
      ...spanned(rows),
    });
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
      found.push({
        school,
        name,
        term: each.title,
        begin: each.startDate,
        end: each.endDate,
        year: schoolYearOf(each.startDate),
        days,
      });
    }
    if (terms.length > 0) continue;
    for (const [year, rows] of grouped(calendar, yearOfRow)) {
      found.push({ school, name: `${year - 1}-${year} Year Round`, term: 'Year Round', ...spanned(rows) });
    }
  }
  return found;
}

export function yearOfRow(row) {
  const written = /(\d{4})$/.exec(row.school_year ?? '')?.[1];
  return written ? Number(written) : schoolYearOf(row.date);
}

/** The key of the calendar of a school and year. */
export function calendarOf(school, year) {
  return { calendarCode: `${school}-${year}`, schoolId: school, schoolYear: year };
}
