// Reads a district's folder: OneRoster CSV at its root or in `oneroster/`, and the plain CSVs beside it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCsv } from './csv.mjs';

/** @typedef {Record<string, string>} Row A line of a file by column name, each value as it is written there. */
/** @typedef {{ role: string, roleType: string, orgSourcedId: string, beginDate: string, endDate: string }} Role */
/**
 * @typedef {object} District
 * @property {'1.1' | '1.2'} version of the OneRoster files
 * @property {Row[]} orgs
 * @property {Row[]} academicSessions
 * @property {Row[]} courses
 * @property {Row[]} classes
 * @property {(Row & { roles: Role[] })[]} users with the roles of `roles.csv` (1.2) or of their own columns (1.1)
 * @property {Row[]} classEnrollments OneRoster's `enrollments.csv`: who is in which class
 * @property {Row[]} demographics
 * @property {Row[]} calendar and each file below: the plain CSV of that name, empty where there is none
 * @property {Row[]} enrollments
 * @property {Row[]} attendance
 * @property {Row[]} contacts
 * @property {Row[]} students
 * @property {Row[]} bells
 * @property {Row[]} roll
 */

const ROSTER = ['orgs', 'academicSessions', 'courses', 'classes', 'demographics'];
const PLAIN = ['calendar', 'attendance', 'contacts', 'students', 'bells', 'roll'];

/**
 * Reads a folder. A zip is unpacked by the caller.
 * @param {string} folder
 * @returns {District}
 */
export function readDistrict(folder) {
  const roster = [folder, join(folder, 'oneroster')].find((place) => existsSync(join(place, 'manifest.csv')));
  if (!roster) throw new Error(`${folder} holds no manifest.csv, neither at its root nor in oneroster/`);
  const rows = (place, name) => {
    const file = join(place, `${name}.csv`);
    return existsSync(file) ? readCsv(readFileSync(file, 'utf8')) : [];
  };
  const manifest = Object.fromEntries(rows(roster, 'manifest').map((row) => [row.propertyName, row.value]));
  const version = manifest['oneroster.version']?.startsWith('1.1') ? '1.1' : '1.2';
  const plainFile = (name) => rows(folder, name);
  return {
    version,
    ...Object.fromEntries(ROSTER.map((name) => [name, rows(roster, name)])),
    users: withRoles(rows(roster, 'users'), rows(roster, 'roles')),
    classEnrollments: rows(roster, 'enrollments').filter((row) => 'classSourcedId' in row),
    ...Object.fromEntries(PLAIN.map((name) => [name, plainFile(name)])),
    enrollments: plainFile('enrollments').filter((row) => 'student_id' in row),
  };
}

/** Gives each user their roles, whichever of the two versions wrote them. */
function withRoles(users, roles) {
  const byUser = grouped(roles, (row) => row.userSourcedId);
  return users.map((user) => {
    const written = byUser.get(user.sourcedId) ?? [];
    const own = user.role
      ? listed(user.orgSourcedIds).map((orgSourcedId, i) => ({
          role: user.role,
          roleType: i === 0 ? 'primary' : 'secondary',
          orgSourcedId,
        }))
      : [];
    const all = [...written, ...own].map(({ role, roleType, orgSourcedId, beginDate = '', endDate = '' }) => ({
      role,
      roleType,
      orgSourcedId,
      beginDate,
      endDate,
    }));
    return { ...user, roles: all };
  });
}

/**
 * Rows by what `key` says of each, in the order in which they came.
 * @template T
 * @param {Iterable<T>} rows
 * @param {(row: T) => string} key
 * @returns {Map<string, T[]>}
 */
export function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return groups;
}

/** The values of a cell that holds a list. @param {string | undefined} cell */
export function listed(cell) {
  return (cell ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** The id by which a person or a place is known outside OneRoster: its `identifier`, else its `sourcedId`. */
export function outsideId(row) {
  return row.identifier || row.sourcedId;
}

/** Whether a cell says yes. @param {string | undefined} cell */
export function isYes(cell) {
  return ['1', 'true', 'yes', 'y'].includes((cell ?? '').trim().toLowerCase());
}
