// A district's folder as Ed-Fi resources (Data Standards 3.3 to 5.x).
import { grouped, isYes, listed, outsideId } from './district.mjs';
import { calendarOf, descriptor, edFiNames, gradeInWords, yearOfRow } from './edfi-names.mjs';
import { characteristics, families, people, staffOf, students } from './edfi-people.mjs';

/** An object without the members that are undefined, empty or an empty list. */
function lean(row) {
  return Object.fromEntries(
    Object.entries(row).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  );
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
    const of = {
      namespace: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor',
      codeValue: category,
      shortDescription: category,
    };
    add('attendanceEventCategoryDescriptors', { ...of, description: category });
  }
  const years = new Set([...names.sessions.map((s) => s.year), ...district.calendar.map(yearOfRow)]);
  for (const schoolYear of [...years].sort()) {
    add('schoolYearTypes', {
      schoolYear,
      currentSchoolYear: schoolYear === currentYear,
      schoolYearDescription: `${schoolYear - 1}-${schoolYear}`,
    });
  }
  places(district, names, add);
  const known = characteristics(district, names);
  people(district, known, add);
  calendars(district, names, add);
  periods(district, names, add);
  classesOf(district, names, add);
  staffOf(district, names, add);
  families(district, names, dataStandard, add, leave);
  students(district, names, known, add, leave);
  sectionMembers(district, names, add, leave);
  rollTaken(district, names, add);
  attendance(district, names, add, leave);
  return { rows, leftOut };
}

function places(district, { orgNumber, agency }, add) {
  const enrolledAt = grouped(district.enrollments, (row) => row.school_id);
  const categories = (value) => [
    { educationOrganizationCategoryDescriptor: descriptor('EducationOrganizationCategory', value) },
  ];
  for (const org of district.orgs.filter(({ type }) => type === 'district')) {
    add('localEducationAgencies', {
      localEducationAgencyId: orgNumber(org.sourcedId),
      nameOfInstitution: org.name,
      categories: categories('Local Education Agency'),
      localEducationAgencyCategoryDescriptor: descriptor('LocalEducationAgencyCategory', 'Independent'),
    });
  }
  for (const org of district.orgs.filter(({ type }) => type === 'school')) {
    const grades = new Set((enrolledAt.get(outsideId(org)) ?? []).map((row) => gradeInWords(row.grade || 'UG')));
    if (grades.size === 0) grades.add(gradeInWords('UG'));
    add('schools', {
      schoolId: orgNumber(org.sourcedId),
      nameOfInstitution: org.name,
      educationOrganizationCategories: categories('School'),
      gradeLevels: [...grades].sort().map((grade) => ({ gradeLevelDescriptor: descriptor('GradeLevel', grade) })),
      localEducationAgencyReference: agency === undefined ? undefined : { localEducationAgencyId: agency },
    });
  }
}

function calendars(district, { schoolNumber, sessions }, add) {
  for (const [, rows] of grouped(district.calendar, (row) => `${row.school_id} ${yearOfRow(row)}`)) {
    const school = schoolNumber(rows[0].school_id);
    const calendar = calendarOf(school, yearOfRow(rows[0]));
    add('calendars', {
      calendarCode: calendar.calendarCode,
      calendarTypeDescriptor: descriptor('CalendarType', 'School'),
      schoolReference: { schoolId: school },
      schoolYearTypeReference: { schoolYear: calendar.schoolYear },
    });
    for (const row of rows) {
      const event = isYes(row.instructional) ? 'Instructional day' : 'Holiday';
      add('calendarDates', {
        date: row.date,
        calendarEvents: [{ calendarEventDescriptor: descriptor('CalendarEvent', event) }],
        calendarReference: calendar,
      });
    }
  }
  for (const { school, year, name, term, begin, end, days } of sessions) {
    add('sessions', {
      sessionName: name,
      schoolReference: { schoolId: school },
      schoolYearTypeReference: { schoolYear: year },
      beginDate: begin,
      endDate: end,
      termDescriptor: descriptor('Term', term),
      totalInstructionalDays: days,
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
    const timed = (bells.get(school) ?? []).map((row) => ({
      name: row.period,
      startTime: withSeconds(row.start),
      endTime: withSeconds(row.end),
    }));
    const untimed = [...new Set((named.get(school) ?? []).flatMap((row) => listed(row.periods)))]
      .filter((name) => !timed.some((bell) => bell.name === name))
      .map((name) => ({ name }));
    const schoolReference = { schoolId: Number(school) };
    for (const { name, startTime, endTime } of [...timed, ...untimed]) {
      add('classPeriods', {
        classPeriodName: name,
        schoolReference,
        meetingTimes: startTime && endTime ? [{ endTime, startTime }] : [],
      });
    }
    const scheduled = timed.length > 0 ? timed : untimed;
    if (scheduled.length === 0) continue;
    add('bellSchedules', {
      bellScheduleName: 'Regular',
      schoolReference,
      startTime: scheduled[0].startTime,
      endTime: scheduled.at(-1).endTime,
      classPeriods: scheduled.map(({ name }) => ({
        classPeriodReference: { classPeriodName: name, schoolId: Number(school) },
      })),
    });
  }
}

function courseKey(course, { orgNumber, agency }) {
  return {
    courseCode: course.courseCode || course.sourcedId,
    educationOrganizationId: orgNumber(course.orgSourcedId) ?? agency,
  };
}

function classesOf(district, names, add) {
  const offered = new Set();
  for (const course of district.courses) {
    const { courseCode, educationOrganizationId } = courseKey(course, names);
    add('courses', {
      courseCode,
      courseTitle: (course.title || courseCode).slice(0, 60),
      numberOfParts: 1,
      educationOrganizationReference: { educationOrganizationId },
      identificationCodes: [
        {
          courseIdentificationSystemDescriptor: descriptor('CourseIdentificationSystem', 'LEA course code'),
          identificationCode: courseCode,
        },
      ],
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
        localCourseCode,
        localCourseTitle: course.title.slice(0, 60),
        courseReference: courseKey(course, names),
        schoolReference: { schoolId },
        sessionReference: { schoolId, schoolYear, sessionName },
      });
    }
    add('sections', {
      sectionIdentifier,
      sectionName: each.title.slice(0, 100),
      courseOfferingReference: offering,
      locationReference: each.location
        ? { classroomIdentificationCode: each.location.slice(0, 60), schoolId }
        : undefined,
      classPeriods: listed(each.periods).map((classPeriodName) => ({
        classPeriodReference: { classPeriodName, schoolId },
      })),
    });
  }
}

function sectionMembers(district, names, add, leave) {
  for (const row of district.classEnrollments) {
    const [each, user] = [names.classes.get(row.classSourcedId), names.users.get(row.userSourcedId)];
    const session = each && names.sessionOfClass(each);
    if (!session || !user || !names.courses.has(each.courseSourcedId)) {
      leave('a member of a class without a known class, course, session or person');
      continue;
    }
    const of = {
      beginDate: row.beginDate || session.begin,
      endDate: row.endDate,
      sectionReference: names.sectionKey(each),
    };
    if (row.role === 'student') {
      const homeroomIndicator = each.classType === 'homeroom';
      add('studentSectionAssociations', {
        ...of,
        homeroomIndicator,
        studentReference: { studentUniqueId: outsideId(user) },
      });
    } else {
      const position = row.role === 'teacher' && row.primary !== 'false' ? 'Teacher of Record' : 'Assistant Teacher';
      add('staffSectionAssociations', {
        ...of,
        classroomPositionDescriptor: descriptor('ClassroomPosition', position),
        staffReference: { staffUniqueId: outsideId(user) },
      });
    }
  }
}

/**
 * One event a day on which roll was taken, by one of the sections of that day, at each school that `roll.csv` names. It
 * names exceptions: on each other instructional day up to the school's last mark, roll was taken.
 */
function rollTaken(district, names, add) {
  const sections = grouped(
    district.classes.filter((each) => names.sessionOfClass(each) && names.courses.has(each.courseSourcedId)),
    (each) => {
      const { school, name } = names.sessionOfClass(each);
      return `${school} ${name}`;
    },
  );
  for (const [school, exceptions] of grouped(district.roll, (row) => row.school_id)) {
    const at = (row) => row.school_id === school;
    const last = district.attendance.filter(at).reduce((latest, row) => (row.date > latest ? row.date : latest), '');
    const days = new Set(
      district.calendar.filter((row) => at(row) && isYes(row.instructional) && row.date <= last).map((row) => row.date),
    );
    for (const { date, taken } of exceptions) days[isYes(taken) ? 'add' : 'delete'](date);
    const number = names.schoolNumber(school);
    const known = new Map(district.calendar.filter(at).map((row) => [row.date, row]));
    for (const date of [...days].filter((each) => known.has(each)).sort()) {
      const section = sections.get(`${number} ${names.sessionFor(number, date, date)?.name}`)?.[0];
      if (!section) continue;
      const calendarDateReference = { ...calendarOf(number, yearOfRow(known.get(date))), date };
      add('sectionAttendanceTakenEvents', {
        eventDate: date,
        sectionReference: names.sectionKey(section),
        calendarDateReference,
      });
    }
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
    const number = (cell) =>
      cell === undefined || cell === '' || Number.isNaN(Number(cell)) ? undefined : Number(cell);
    add('studentSchoolAttendanceEvents', {
      attendanceEventCategoryDescriptor: descriptor('AttendanceEventCategory', row.category),
      eventDate: row.date,
      schoolReference: { schoolId: school },
      studentReference: { studentUniqueId: row.student_id },
      sessionReference: { schoolId: school, schoolYear: session.year, sessionName: session.name },
      attendanceEventReason: row.reason?.slice(0, 255),
      eventDuration: number(row.duration),
      schoolAttendanceDuration: number(row.minutes),
      arrivalTime: withSeconds(row.arrival),
      departureTime: withSeconds(row.departure),
    });
  }
}
