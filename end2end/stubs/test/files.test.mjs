import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCsv } from '../csv.mjs';
import { readDistrict } from '../district.mjs';
import { tinyFolder } from './helpers.mjs';

test('quotes hold commas, line breaks and quotes; ends of lines are of either kind', () => {
  assert.deepEqual(readCsv('\uFEFFa,b\r\n"1,\n""x""",2\n\n3\n,'), [
    { a: '1,\n"x"', b: '2' },
    { a: '3', b: '' },
    { a: '', b: '' },
  ]);
  assert.deepEqual(readCsv('a,b\n'), []);
  assert.deepEqual(readCsv(''), []);
});

test('a quote that is never closed, and text after one that is, are refused', () => {
  assert.throws(() => readCsv('a\n"open'), /never closed/);
  assert.throws(() => readCsv('a\n"x"y'), /comma was expected/);
});

test('a district is read with OneRoster in its folder or at its root', () => {
  const inside = readDistrict(tinyFolder('oneroster'));
  const atRoot = readDistrict(tinyFolder(''));
  for (const district of [inside, atRoot]) {
    assert.equal(district.version, '1.2');
    assert.equal(district.orgs[1].name, 'First, and "only" one');
    assert.equal(district.users.length, 15);
    assert.equal(district.classEnrollments.length, 4);
    assert.equal(district.calendar.length, 10);
    assert.deepEqual(district.users[0].roles[0], {
      role: 'student',
      roleType: 'primary',
      orgSourcedId: 'A',
      beginDate: '',
      endDate: '',
    });
  }
  assert.equal(inside.enrollments.length, 12);
  assert.equal(atRoot.enrollments.length, 0);
});

test('roles of 1.1 stand with the user', () => {
  const folder = tinyFolder('');
  writeFileSync(join(folder, 'manifest.csv'), 'propertyName,value\noneroster.version,1.1\n');
  writeFileSync(join(folder, 'roles.csv'), 'sourcedId\n');
  writeFileSync(join(folder, 'users.csv'), 'sourcedId,orgSourcedIds,role,givenName\nt1,"A,B",teacher,Ada\n');
  const district = readDistrict(folder);
  assert.equal(district.version, '1.1');
  const roles = district.users[0].roles.map(({ role, roleType, orgSourcedId }) => [role, roleType, orgSourcedId]);
  assert.deepEqual(roles, [
    ['teacher', 'primary', 'A'],
    ['teacher', 'secondary', 'B'],
  ]);
});

test('a folder without a manifest is refused', () => {
  assert.throws(() => readDistrict('/nowhere'), /manifest/);
});
