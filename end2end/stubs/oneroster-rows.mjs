// A district's folder as OneRoster objects, in the shapes of 1.1 and 1.2.
import { edFiNames } from './edfi-names.mjs';
import { isYes, listed, outsideId } from './district.mjs';

/**
 * @typedef {object} Stored an object as the stub keeps it; booleans are real ones until they are sent
 * @property {string} sourcedId
 * @property {string} status `active` or `tobedeleted`
 * @property {string} dateLastModified ISO 8601
 */

/** The names under which a reference of each kind is found. */
const ROOMS = { org: 'orgs', academicSession: 'academicSessions', course: 'courses', class: 'classes', user: 'users' };

/** The collections that hold objects of their own; the others are views of these. */
export const STORED = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments', 'demographics'];

/**
 * Every object of a district, by collection.
 * @param {import('./district.mjs').District} district
 * @param {'1.1' | '1.2'} version
 * @param {string} now when rows without a date of their own were modified
 * @returns {Record<string, Stored[]>}
 */
export function oneRosterRows(district, version, now) {
  const names = edFiNames(district);
  const is12 = version === '1.2';
  const to = (kind, sourcedId) =>
    sourcedId ? { href: `/${ROOMS[kind]}/${sourcedId}`, sourcedId, type: kind } : undefined;
  const all = (kind, cell) => some(listed(cell).map((sourcedId) => to(kind, sourcedId)));
  const base = (row) => ({
    sourcedId: row.sourcedId,
    status: row.status || 'active',
    dateLastModified: row.dateLastModified || now,
  });
  /** The natural key in Ed-Fi, as a server that stands on Ed-Fi gives it away; only 1.2. */
  const naturally = (resource, naturalKey, more = {}) =>
    is12 ? { edfi: { resource, naturalKey, ...more } } : undefined;
  const children = (sourcedId) =>
    some(district.orgs.filter((org) => org.parentSourcedId === sourcedId).map((org) => to('org', org.sourcedId)));

  const orgs = district.orgs.map((row) => ({
    ...base(row),
    name: row.name,
    type: row.type,
    identifier: full(row.identifier),
    parent: to('org', row.parentSourcedId),
    children: children(row.sourcedId),
    metadata: naturally(
      ...(row.type === 'school'
        ? ['schools', { schoolId: names.orgNumber(row.sourcedId) }]
        : ['localEducationAgencies', { localEducationAgencyId: names.orgNumber(row.sourcedId) }]),
    ),
  }));
  const academicSessions = district.academicSessions.map((row) => ({
    ...base(row),
    title: row.title,
    type: row.type,
    startDate: row.startDate,
    endDate: row.endDate,
    parent: to('academicSession', row.parentSourcedId),
    schoolYear: row.schoolYear,
    metadata:
      row.type === 'schoolYear'
        ? naturally(
            'schoolYearTypes',
            { schoolYear: Number(row.schoolYear) },
            { educationOrganizationId: names.agency },
          )
        : naturally('sessions', sessionKey(row, district, names)),
  }));
  const courses = district.courses.map((row) => ({
    ...base(row),
    title: row.title,
    schoolYear: to('academicSession', row.schoolYearSourcedId),
    courseCode: full(row.courseCode),
    grades: some(listed(row.grades)),
    org: to('org', row.orgSourcedId),
    subjects: some(listed(row.subjects)),
    subjectCodes: some(listed(row.subjectCodes)),
    metadata: naturally('courses', {
      educationOrganizationId: names.orgNumber(row.orgSourcedId),
      courseCode: row.courseCode,
    }),
  }));
  const classes = district.classes.map((row) => ({
    ...base(row),
    title: row.title,
    classCode: full(row.classCode),
    classType: row.classType,
    location: full(row.location),
    grades: some(listed(row.grades)),
    subjects: some(listed(row.subjects)),
    course: to('course', row.courseSourcedId),
    school: to('org', row.schoolSourcedId),
    terms: all('academicSession', row.termSourcedIds),
    subjectCodes: some(listed(row.subjectCodes)),
    periods: some(listed(row.periods)),
    metadata: naturally('sections', classKey(row, names)),
  }));
  const enrollments = district.classEnrollments.map((row) => ({
    ...base(row),
    class: to('class', row.classSourcedId),
    user: to('user', row.userSourcedId),
    school: to('org', row.schoolSourcedId),
    role: row.role,
    primary: row.primary ? isYes(row.primary) : undefined,
    beginDate: full(row.beginDate),
    endDate: full(row.endDate),
    metadata: naturally(
      row.role === 'student' ? 'studentSectionAssociations' : 'staffSectionAssociations',
      memberKey(row, names),
    ),
  }));
  const users = district.users.map((row) => userOf(row, district.users, { is12, base, to, names, naturally }));
  const byId = new Map(district.users.map((row) => [row.sourcedId, row]));
  const demographics = district.demographics.map((row) => {
    const { sourcedId, status: _status, dateLastModified: _modified, ...said } = row;
    const values = Object.entries(said).map(([name, value]) => [
      name,
      /^(true|false)$/i.test(value) ? isYes(value) : full(value),
    ]);
    const student = byId.get(sourcedId);
    return {
      ...base(row),
      ...Object.fromEntries(values),
      metadata: naturally(
        'students',
        { studentUniqueId: student && outsideId(student) },
        { educationOrganizationId: names.orgNumber(student?.roles[0]?.orgSourcedId) },
      ),
    };
  });
  return Object.fromEntries(
    Object.entries({ orgs, academicSessions, courses, classes, users, enrollments, demographics }).map(
      ([name, rows]) => [name, rows.map(lean)],
    ),
  );
}

function userOf(row, users, { is12, base, to, names, naturally }) {
  const roleOf = ({ roleType, role, orgSourcedId, beginDate, endDate }) =>
    lean({ roleType, role, org: to('org', orgSourcedId), beginDate: full(beginDate), endDate: full(endDate) });
  const agents = new Set([...listed(row.agentSourcedIds), ...agentsOf(row, users)]);
  const [first] = row.roles;
  const mapped = {
    student: ['students', 'studentUniqueId'],
    parent: ['contacts', 'contactUniqueId'],
    guardian: ['contacts', 'contactUniqueId'],
  };
  const [resource, idName] = mapped[first?.role] ?? ['staffs', 'staffUniqueId'];
  const more = {
    staffClassification: resource === 'staffs' ? first?.role : undefined,
    educationOrganizationId: names.orgNumber(first?.orgSourcedId),
  };
  const common = {
    ...base(row),
    username: row.username,
    userIds: some(userIds(row.userIds)),
    enabledUser: isYes(row.enabledUser),
    givenName: row.givenName,
    familyName: row.familyName,
    middleName: full(row.middleName),
    identifier: full(row.identifier),
    email: full(row.email),
    sms: full(row.sms),
    phone: full(row.phone),
    agents: some([...agents].map((id) => to('user', id))),
    grades: some(listed(row.grades)),
  };
  if (!is12)
    return {
      ...common,
      role: roleIn11(first?.role),
      orgs: some(row.roles.map(({ orgSourcedId }) => to('org', orgSourcedId))),
    };
  return {
    ...common,
    roles: row.roles.map(roleOf),
    userMasterIdentifier: full(row.userMasterIdentifier),
    preferredFirstName: full(row.preferredGivenName),
    preferredMiddleName: full(row.preferredMiddleName),
    preferredLastName: full(row.preferredFamilyName),
    pronouns: full(row.pronouns),
    metadata: naturally(resource, { [idName]: outsideId(row) }, lean(more)),
  };
}

/** 1.1 knows fewer roles than 1.2. */
function roleIn11(role) {
  return (
    {
      counselor: 'aide',
      districtAdministrator: 'administrator',
      principal: 'administrator',
      siteAdministrator: 'administrator',
      systemAdministrator: 'administrator',
    }[role] ?? role
  );
}

const agentsByUsers = new WeakMap();

/** The users who name this one as an agent: the link is served from both ends. */
function agentsOf(row, users) {
  if (!agentsByUsers.has(users)) {
    const found = new Map();
    for (const user of users)
      for (const id of listed(user.agentSourcedIds)) found.set(id, [...(found.get(id) ?? []), user.sourcedId]);
    agentsByUsers.set(users, found);
  }
  return agentsByUsers.get(users).get(row.sourcedId) ?? [];
}

/** `{type:identifier},{type:identifier}` as objects. */
function userIds(cell) {
  return [...(cell ?? '').matchAll(/\{([^:}]*):([^}]*)\}/g)].map(([, type, identifier]) => ({ type, identifier }));
}

function sessionKey(row, district, names) {
  const each = district.classes.find((candidate) => listed(candidate.termSourcedIds).includes(row.sourcedId));
  const session = each && names.sessionOfClass(each);
  return session && { schoolId: session.school, sessionName: session.name };
}

/** The section of a class; the real server writes `schoolid` so. */
function classKey(row, names) {
  const { localCourseCode, schoolId, sectionIdentifier, sessionName } = names.sectionKey(row);
  return { localCourseCode, schoolid: schoolId, sectionIdentifier, sessionName };
}

function memberKey(row, names) {
  const [user, each] = [names.users.get(row.userSourcedId), names.classes.get(row.classSourcedId)];
  const idName = row.role === 'student' ? 'studentUniqueId' : 'staffUniqueId';
  return { [idName]: user && outsideId(user), ...(each && names.sectionKey(each)), beginDate: row.beginDate };
}

/** A value, or nothing where it is empty. */
function full(value) {
  return value || undefined;
}

/** A list, or nothing where it is empty. */
function some(list) {
  return list.length > 0 ? list : undefined;
}

function lean(row) {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
}
