// The Ed-Fi resources that the stub knows: their keys, and what refers to what.

/**
 * @typedef {object} Resource
 * @property {string} name as it stands in addresses
 * @property {string} type of one item, as links name it
 * @property {Record<string, string>} key each part of the natural key by its name in `keyValues`, and where it stands
 * @property {boolean} [descriptor]
 */

const at = (reference, ...names) => Object.fromEntries(names.map((name) => [name, `${reference}.${name}`]));
const own = (...names) => Object.fromEntries(names.map((name) => [name, name]));
const SECTION = ['localCourseCode', 'schoolId', 'schoolYear', 'sectionIdentifier', 'sessionName'];

/** In an order in which what is referred to comes first. @type {Resource[]} */
const EVERY = [
  {
    name: 'attendanceEventCategoryDescriptors',
    type: 'AttendanceEventCategoryDescriptor',
    key: own('namespace', 'codeValue'),
    descriptor: true,
  },
  { name: 'schoolYearTypes', type: 'SchoolYearType', key: own('schoolYear') },
  { name: 'localEducationAgencies', type: 'LocalEducationAgency', key: own('localEducationAgencyId') },
  { name: 'schools', type: 'School', key: own('schoolId') },
  { name: 'students', type: 'Student', key: own('studentUniqueId') },
  { name: 'staffs', type: 'Staff', key: own('staffUniqueId') },
  { name: 'contacts', type: 'Contact', key: own('contactUniqueId') },
  { name: 'parents', type: 'Parent', key: own('parentUniqueId') },
  {
    name: 'calendars',
    type: 'Calendar',
    key: {
      ...own('calendarCode'),
      ...at('schoolReference', 'schoolId'),
      ...at('schoolYearTypeReference', 'schoolYear'),
    },
  },
  {
    name: 'classPeriods',
    type: 'ClassPeriod',
    key: { ...own('classPeriodName'), ...at('schoolReference', 'schoolId') },
  },
  {
    name: 'courses',
    type: 'Course',
    key: { ...own('courseCode'), ...at('educationOrganizationReference', 'educationOrganizationId') },
  },
  {
    name: 'sessions',
    type: 'Session',
    key: {
      ...at('schoolReference', 'schoolId'),
      ...at('schoolYearTypeReference', 'schoolYear'),
      ...own('sessionName'),
    },
  },
  {
    name: 'bellSchedules',
    type: 'BellSchedule',
    key: { ...own('bellScheduleName'), ...at('schoolReference', 'schoolId') },
  },
  {
    name: 'calendarDates',
    type: 'CalendarDate',
    key: { ...own('date'), ...at('calendarReference', 'calendarCode', 'schoolId', 'schoolYear') },
  },
  {
    name: 'courseOfferings',
    type: 'CourseOffering',
    key: {
      ...own('localCourseCode'),
      ...at('schoolReference', 'schoolId'),
      ...at('sessionReference', 'schoolYear', 'sessionName'),
    },
  },
  {
    name: 'sections',
    type: 'Section',
    key: {
      ...at('courseOfferingReference', 'localCourseCode', 'schoolId', 'schoolYear', 'sessionName'),
      ...own('sectionIdentifier'),
    },
  },
  {
    name: 'staffSchoolAssociations',
    type: 'StaffSchoolAssociation',
    key: {
      ...own('programAssignmentDescriptor'),
      ...at('schoolReference', 'schoolId'),
      ...at('staffReference', 'staffUniqueId'),
    },
  },
  {
    name: 'staffEducationOrganizationAssignmentAssociations',
    type: 'StaffEducationOrganizationAssignmentAssociation',
    key: {
      ...own('beginDate', 'staffClassificationDescriptor'),
      ...at('educationOrganizationReference', 'educationOrganizationId'),
      ...at('staffReference', 'staffUniqueId'),
    },
  },
  {
    name: 'staffSectionAssociations',
    type: 'StaffSectionAssociation',
    key: { ...own('beginDate'), ...at('sectionReference', ...SECTION), ...at('staffReference', 'staffUniqueId') },
  },
  {
    name: 'studentContactAssociations',
    type: 'StudentContactAssociation',
    key: { ...at('contactReference', 'contactUniqueId'), ...at('studentReference', 'studentUniqueId') },
  },
  {
    name: 'studentParentAssociations',
    type: 'StudentParentAssociation',
    key: { ...at('parentReference', 'parentUniqueId'), ...at('studentReference', 'studentUniqueId') },
  },
  {
    name: 'studentEducationOrganizationAssociations',
    type: 'StudentEducationOrganizationAssociation',
    key: {
      ...at('educationOrganizationReference', 'educationOrganizationId'),
      ...at('studentReference', 'studentUniqueId'),
    },
  },
  {
    name: 'studentSchoolAssociations',
    type: 'StudentSchoolAssociation',
    key: { ...own('entryDate'), ...at('schoolReference', 'schoolId'), ...at('studentReference', 'studentUniqueId') },
  },
  {
    name: 'studentSectionAssociations',
    type: 'StudentSectionAssociation',
    key: { ...own('beginDate'), ...at('sectionReference', ...SECTION), ...at('studentReference', 'studentUniqueId') },
  },
  {
    name: 'sectionAttendanceTakenEvents',
    type: 'SectionAttendanceTakenEvent',
    key: {
      ...at('calendarDateReference', 'calendarCode', 'date', 'schoolId', 'schoolYear'),
      ...at('sectionReference', 'localCourseCode', 'sectionIdentifier', 'sessionName'),
    },
  },
  {
    name: 'studentSchoolAttendanceEvents',
    type: 'StudentSchoolAttendanceEvent',
    key: {
      ...own('attendanceEventCategoryDescriptor', 'eventDate'),
      ...at('schoolReference', 'schoolId'),
      ...at('sessionReference', 'schoolYear', 'sessionName'),
      ...at('studentReference', 'studentUniqueId'),
    },
  },
];

const ONLY_BEFORE_5 = ['parents', 'studentParentAssociations'];
const ONLY_SINCE_5 = ['contacts', 'studentContactAssociations'];

/**
 * The resources of a data standard: parents before 5.0, contacts since.
 * @param {string} dataStandard such as `5.0`
 */
export function resourcesOf(dataStandard) {
  const others = Number.parseInt(dataStandard, 10) >= 5 ? ONLY_BEFORE_5 : ONLY_SINCE_5;
  return EVERY.filter((resource) => !others.includes(resource.name));
}

/** What each reference refers to. @type {Record<string, string[]>} */
const REFERENCES = {
  calendarDateReference: ['calendarDates'],
  calendarReference: ['calendars'],
  classPeriodReference: ['classPeriods'],
  contactReference: ['contacts'],
  courseOfferingReference: ['courseOfferings'],
  courseReference: ['courses'],
  educationOrganizationReference: ['schools', 'localEducationAgencies'],
  localEducationAgencyReference: ['localEducationAgencies'],
  parentReference: ['parents'],
  schoolReference: ['schools'],
  schoolYearTypeReference: ['schoolYearTypes'],
  sectionReference: ['sections'],
  sessionReference: ['sessions'],
  staffReference: ['staffs'],
  studentReference: ['students'],
};

/** The value at a dotted path of a row. */
function valueAt(row, path) {
  return path.split('.').reduce((value, name) => value?.[name], row);
}

/** A row's natural key by the names that `keyValues` uses. @param {Resource} resource */
export function keyOf(resource, row) {
  return Object.fromEntries(Object.entries(resource.key).map(([name, path]) => [name, valueAt(row, path)]));
}

/** A natural key as one text, the same for the same key in whatever order. */
export function keyText(key) {
  return Object.keys(key)
    .sort()
    .map((name) => `${name}=${key[name]}`)
    .join('\u001f');
}

/**
 * Visits each reference in a row, those inside lists too.
 * @param {any} row
 * @param {(name: string, reference: any) => any} change says what stands there afterwards
 * @returns {any} the row itself where nothing changed, else a copy
 */
export function mapReferences(row, change) {
  let copy = row;
  for (const [name, value] of Object.entries(row)) {
    let after = value;
    if (Array.isArray(value)) {
      const items = value.map((item) => (typeof item === 'object' ? mapReferences(item, change) : item));
      if (items.some((item, i) => item !== value[i])) after = items;
    } else if (REFERENCES[name]) after = change(name, value);
    if (after !== value) {
      if (copy === row) copy = { ...row };
      copy[name] = after;
    }
  }
  return copy;
}

/**
 * The key to which a reference points in a resource of that kind; nothing where it is of another kind.
 * @param {string} name of the reference
 * @param {Resource} resource
 */
export function pointsTo(name, reference, resource) {
  if (!REFERENCES[name]?.includes(resource.name)) return undefined;
  if (name !== 'educationOrganizationReference') return reference;
  return { [Object.keys(resource.key)[0]]: reference.educationOrganizationId };
}

/** A new key, written as the reference of that name writes it. */
export function asReference(name, key) {
  return name === 'educationOrganizationReference' ? { educationOrganizationId: Object.values(key)[0] } : key;
}

/** The names of the resources to which a reference may point. @param {string} name */
export function targetsOf(name) {
  return REFERENCES[name] ?? [];
}
