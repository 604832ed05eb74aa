import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edFi, MARK } from './helpers.mjs';

const EVENTS = 'studentSchoolAttendanceEvents';
const key = (change) => ({ ...MARK, ...change });
const descriptor = (category) => `uri://ed-fi.org/AttendanceEventCategoryDescriptor#${category}`;

test('discovery names the version, the data standard and absolute addresses', async (t) => {
  const { stub, get } = await edFi(t, { version: '7.3' });
  const { json } = await get('/');
  assert.equal(json.version, '7.3');
  assert.equal(json.dataModels[0].version, '5.0.0');
  for (const url of Object.values(json.urls)) assert.ok(url.startsWith(`${stub.url}/`), url);
});

test('a district becomes Ed-Fi resources', async (t) => {
  const { rows } = await edFi(t);
  const one = async (path) => {
    const { json } = await rows(path);
    assert.equal(json.length, 1, path);
    return json[0];
  };
  const mark = await one(`${EVENTS}?${new URLSearchParams(MARK)}`);
  assert.equal(mark.attendanceEventReason, 'Ill');
  assert.equal(mark.eventDuration, 1);
  assert.equal(mark.studentReference.link.rel, 'Student');
  assert.equal((await one(`${EVENTS}?eventDate=2025-09-02`)).arrivalTime, '08:40:00');
  const stay = await one('studentSchoolAssociations?studentUniqueId=1003');
  assert.equal(stay.entryGradeLevelDescriptor, 'uri://ed-fi.org/GradeLevelDescriptor#Third grade');
  assert.equal(stay.exitWithdrawDate, '2026-01-13');
  assert.equal((await one('sessions?schoolId=91&sessionName=2025-2026 Fall')).totalInstructionalDays, 2);
  assert.equal(
    (await one('calendarDates?schoolId=91&date=2025-09-03')).calendarEvents[0].calendarEventDescriptor,
    'uri://ed-fi.org/CalendarEventDescriptor#Holiday',
  );
  const contact = await one('studentContactAssociations?studentUniqueId=1001');
  assert.equal(contact.relationDescriptor, 'uri://ed-fi.org/RelationDescriptor#Mother');
  assert.equal(contact.contactRestrictions, 'no contact');
  assert.equal((await one('studentContactAssociations?studentUniqueId=1002')).contactReference.contactUniqueId, '700');
  assert.deepEqual((await one('classPeriods?classPeriodName=2')).meetingTimes, [
    { endTime: '09:50:00', startTime: '09:05:00' },
  ]);
  assert.deepEqual(
    (await rows('sectionAttendanceTakenEvents')).json.map(({ eventDate }) => eventDate),
    ['2025-09-01', '2026-01-12'],
  );
  const traits = await one('studentEducationOrganizationAssociations?studentUniqueId=1003');
  assert.equal(traits.languages[0].languageDescriptor, 'uri://ed-fi.org/LanguageDescriptor#spa');
  assert.equal((await one('students?studentUniqueId=1003')).birthDate, '2016-07-08');
  assert.equal((await one('students?studentUniqueId=1002')).birthDate, '2016-04-05');
  assert.equal(
    (await one('staffEducationOrganizationAssignmentAssociations?staffUniqueId=501')).staffClassificationDescriptor,
    'uri://ed-fi.org/StaffClassificationDescriptor#Principal',
  );
  const sections = (await rows('studentSectionAssociations?studentUniqueId=1001')).json;
  assert.deepEqual(
    sections.map((row) => row.sectionReference.sessionName),
    ['2025-2026 Fall', '2025-2026 Spring'],
  );
});

test('what has no place in Ed-Fi is left out, and counted by reason', async (t) => {
  const { stub, rows } = await edFi(t);
  assert.deepEqual(stub.leftOut, {
    'a mark of one period: Ed-Fi keeps those by section': 1,
    'a mark without a known school, session, category or student': 1,
    'a row of studentSchoolAttendanceEvents under the key of another, which it replaced': 1,
  });
  assert.equal((await rows(EVENTS)).json.length, 4);
});

test('before data standard 5 there are parents, and no contacts', async (t) => {
  const { rows } = await edFi(t, { version: '5.3' });
  assert.equal((await rows('parents')).json[0].parentUniqueId, '700');
  assert.equal((await rows('studentParentAssociations')).json.length, 2);
  assert.equal((await rows('contacts')).status, 404);
  assert.equal((await rows('studentContactAssociations')).status, 404);
});

test('a page has 25 rows unless asked, 500 at most, and a count only when asked', async (t) => {
  const { rows, post } = await edFi(t);
  for (let i = 0; i < 20; i += 1)
    await post('upsert', {
      resource: 'students',
      row: { studentUniqueId: `n${i}`, firstName: 'N', lastSurname: 'N', birthDate: '2016-01-01' },
    });
  const first = await rows('students');
  assert.equal(first.json.length, 25);
  assert.equal(first.headers.get('total-count'), null);
  const second = await rows('students?limit=500&offset=25&totalCount=true');
  assert.equal(second.json.length, 7);
  assert.equal(second.headers.get('total-count'), '32');
  assert.equal(new Set([...first.json, ...second.json].map((row) => row.id)).size, 32);
  assert.deepEqual((await rows('students?limit=0&totalCount=true')).json, []);
  for (const bad of ['limit=501', 'limit=-1', 'offset=-1', 'limit=x'])
    assert.equal((await rows(`students?${bad}`)).status, 400, bad);
});

test('a cursor goes on while the header is there, from 7.3 on', async (t) => {
  const { rows } = await edFi(t);
  const ids = [];
  const sizes = [];
  for (let path = 'students?pageSize=4'; path;) {
    const { json, headers } = await rows(path);
    ids.push(...json.map((row) => row.id));
    sizes.push(json.length);
    path = headers.get('next-page-token') && `students?pageSize=4&pageToken=${headers.get('next-page-token')}`;
  }
  assert.equal(new Set(ids).size, 12);
  assert.deepEqual(sizes, [4, 4, 4, 0]);
  for (const mixed of ['limit=3', 'offset=0', 'totalCount=true'])
    assert.equal((await rows(`students?pageSize=4&${mixed}`)).status, 400, mixed);
  assert.equal((await rows('students?pageToken=nonsense')).status, 400);
  assert.equal((await rows('students?pageSize=501')).status, 400);

  const old = await edFi(t, { version: '7.1' });
  const page = await old.rows('students?pageSize=4');
  assert.equal(page.json.length, 12);
  assert.equal(page.headers.get('next-page-token'), null);
  assert.equal((await old.rows('students/partitions')).status, 404);
});

test('a cursor loses nothing when a row goes while it walks', async (t) => {
  const { rows, post } = await edFi(t);
  const first = await rows('students?pageSize=4');
  await post('delete', { resource: 'students', id: first.json[0].id });
  const second = await rows(`students?pageSize=400&pageToken=${first.headers.get('next-page-token')}`);
  assert.equal(second.json.length, 8);
});

test('partitions split a resource into walks that do not overlap', async (t) => {
  const { rows } = await edFi(t);
  for (const number of [1, 5, 200]) {
    const { json } = await rows(`students/partitions?number=${number}`);
    assert.ok(json.pageTokens.length <= number);
    const ids = [];
    for (const pageToken of json.pageTokens)
      ids.push(...(await rows(`students?pageSize=500&pageToken=${pageToken}`)).json.map((row) => row.id));
    assert.equal(ids.length, 12);
    assert.equal(new Set(ids).size, 12);
  }
  assert.equal((await rows('students/partitions?number=201')).status, 400);
});

test('a token is needed, is refused with a wrong secret, and ends when the clock says so', async (t) => {
  const { stub, rows, post, renew } = await edFi(t, { tokenSeconds: 60 });
  assert.equal((await rows('students', { authorization: 'Bearer nonsense' })).status, 401);
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const authorization = `Basic ${Buffer.from(`${stub.clientId}:wrong`).toString('base64')}`;
  assert.equal(
    (await fetch(`${stub.url}/oauth/token`, { method: 'POST', headers: { authorization }, body })).status,
    401,
  );
  assert.equal((await rows('students')).status, 200);
  await post('clock', { forward: 61 });
  assert.equal((await rows('students')).status, 401);
  await renew();
  assert.equal((await rows('students')).status, 200);
});

test('the names of the change versions are those of the version', async (t) => {
  const now = (await (await edFi(t)).get('/changeQueries/v1/availableChangeVersions')).json;
  assert.deepEqual(Object.keys(now), ['oldestChangeVersion', 'newestChangeVersion']);
  const old = (await (await edFi(t, { version: '5.3' })).get('/changeQueries/v1/availableChangeVersions')).json;
  assert.deepEqual(Object.keys(old), ['OldestChangeVersion', 'NewestChangeVersion']);
});

test('a changed row is in the window of its change, an equal one is not', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const from = stub.store.newest + 1;
  const row = { ...stub.store.find(EVENTS, MARK).row };
  await post('upsert', { resource: EVENTS, row });
  assert.deepEqual((await rows(`${EVENTS}?minChangeVersion=${from}`)).json, []);
  await post('upsert', { resource: EVENTS, row: { ...row, attendanceEventReason: 'Doctor' } });
  const { json } = await rows(`${EVENTS}?minChangeVersion=${from}&maxChangeVersion=${from}`);
  assert.deepEqual(
    json.map((each) => each.attendanceEventReason),
    ['Doctor'],
  );
});

test('a mark excused later is another mark: a delete with its key, and a new row', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const from = stub.store.newest + 1;
  const unexcused = key({
    attendanceEventCategoryDescriptor: descriptor('Unexcused Absence'),
    studentUniqueId: '1002',
  });
  const { row } = stub.store.find(EVENTS, unexcused);
  await post('delete', { resource: EVENTS, key: unexcused });
  await post('upsert', {
    resource: EVENTS,
    row: { ...row, attendanceEventCategoryDescriptor: descriptor('Excused Absence') },
  });
  const { json: deletes } = await rows(`${EVENTS}/deletes?minChangeVersion=${from}`);
  assert.deepEqual(
    deletes.map(({ keyValues }) => keyValues),
    [unexcused],
  );
  assert.deepEqual(Object.keys(deletes[0]), ['id', 'changeVersion', 'keyValues']);
  assert.deepEqual((await rows(`${EVENTS}/keyChanges?minChangeVersion=${from}`)).json, []);
  assert.equal((await rows(`${EVENTS}?minChangeVersion=${from}`)).json.length, 1);
});

test('a delete is hidden once its key exists again, under another id; a descriptor’s is not', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const { id, row } = stub.store.find(EVENTS, MARK);
  await post('delete', { resource: EVENTS, id });
  assert.equal((await rows(`${EVENTS}/deletes`)).json.length, 1);
  assert.equal((await rows(`${EVENTS}/${id}`)).status, 404);
  await post('upsert', { resource: EVENTS, row });
  assert.deepEqual((await rows(`${EVENTS}/deletes`)).json, []);
  assert.notEqual(stub.store.find(EVENTS, MARK).id, id);

  const name = 'attendanceEventCategoryDescriptors';
  const tardy = { namespace: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor', codeValue: 'Tardy' };
  const again = stub.store.find(name, tardy).row;
  await post('delete', { resource: name, key: tardy });
  await post('upsert', { resource: name, row: again });
  assert.equal((await rows(`${name}/deletes`)).json.length, 1);
});

test('a key that changes twice is one change from the first to the last, within the window asked for', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const start = stub.store.newest + 1;
  const { id } = stub.store.find(EVENTS, MARK);
  await post('change-key', { resource: EVENTS, id, to: { eventDate: '2025-09-02' } });
  const middle = stub.store.newest + 1;
  await post('change-key', { resource: EVENTS, id, to: { eventDate: '2025-09-03' } });
  const changes = async (from) => (await rows(`${EVENTS}/keyChanges?minChangeVersion=${from}`)).json;
  assert.deepEqual(await changes(start), [
    { id, changeVersion: stub.store.newest, oldKeyValues: MARK, newKeyValues: key({ eventDate: '2025-09-03' }) },
  ]);
  assert.equal((await changes(middle))[0].oldKeyValues.eventDate, '2025-09-02');
  assert.deepEqual(await changes(stub.store.newest + 1), []);
  assert.equal((await rows(`${EVENTS}/${id}`)).json.eventDate, '2025-09-03');
});

test('a session renamed moves each mark of it: one key change and one change version each', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const from = stub.store.newest + 1;
  const { changed } = await post('rename-session', {
    schoolId: 91,
    schoolYear: 2026,
    sessionName: '2025-2026 Fall',
    to: 'Autumn',
  });
  assert.deepEqual(changed, {
    sessions: 1,
    courseOfferings: 1,
    sections: 1,
    staffSectionAssociations: 1,
    studentSectionAssociations: 2,
    sectionAttendanceTakenEvents: 1,
    studentSchoolAttendanceEvents: 3,
  });
  const { json: keyChanges } = await rows(`${EVENTS}/keyChanges?minChangeVersion=${from}`);
  assert.equal(keyChanges.length, 3);
  assert.equal(new Set(keyChanges.map(({ changeVersion }) => changeVersion)).size, 3);
  for (const { oldKeyValues, newKeyValues } of keyChanges)
    assert.deepEqual(newKeyValues, { ...oldKeyValues, sessionName: 'Autumn' });
  const { json: moved } = await rows(`${EVENTS}?minChangeVersion=${from}`);
  assert.deepEqual(
    moved.map((row) => row.sessionReference.sessionName),
    ['Autumn', 'Autumn', 'Autumn'],
  );
  assert.deepEqual((await rows(`${EVENTS}/deletes`)).json, []);
  assert.equal((await rows('sections?sessionName=Autumn')).json.length, 1);
  await assert.rejects(
    post('rename-session', { schoolId: 91, schoolYear: 2026, sessionName: 'Autumn', to: '2025-2026 Spring' }),
    /already holds/,
  );
});

test('a unique id changed is in every row of the person, and only the person is a changed row', async (t) => {
  const { stub, rows, post } = await edFi(t);
  const from = stub.store.newest + 1;
  const [{ studentUniqueId }] = (await rows('students')).json;
  await post('change-unique-id', { resource: 'students', from: studentUniqueId, to: '4711' });
  assert.equal(stub.store.newest, from);
  assert.equal((await rows(`students?minChangeVersion=${from}`)).json.length, 1);
  assert.deepEqual((await rows(`studentSchoolAssociations?minChangeVersion=${from}`)).json, []);
  const named = (await rows('studentSchoolAssociations')).json.map((row) => row.studentReference.studentUniqueId);
  assert.ok(named.includes('4711') && !named.includes(studentUniqueId));
  assert.equal((await rows(`students/keyChanges?minChangeVersion=${from}`)).json.length, 1);
  assert.deepEqual((await rows(`studentSchoolAssociations/keyChanges?minChangeVersion=${from}`)).json, []);
});

test('a snapshot stays as it was, and is only for those who ask with the header', async (t) => {
  const { stub, get, rows, post } = await edFi(t);
  const asked = { 'use-snapshot': 'true' };
  assert.equal((await rows(EVENTS, asked)).status, 404);
  assert.deepEqual((await get('/changeQueries/v1/snapshots')).json, []);
  const { newestChangeVersion } = await post('snapshot');
  await post('delete', { resource: EVENTS, key: MARK });
  assert.equal((await rows(EVENTS, asked)).json.length, 4);
  assert.equal((await rows(EVENTS)).json.length, 3);
  assert.deepEqual((await rows(`${EVENTS}/deletes`, asked)).json, []);
  assert.equal(
    (await get('/changeQueries/v1/availableChangeVersions', asked)).json.newestChangeVersion,
    newestChangeVersion,
  );
  const [snapshot] = (await get('/changeQueries/v1/snapshots')).json;
  assert.deepEqual(Object.keys(snapshot), ['id', 'snapshotIdentifier', 'snapshotDateTime']);
  assert.equal((await get(`/changeQueries/v1/snapshots/${snapshot.id}`)).status, 200);
  assert.equal(stub.store.newest, newestChangeVersion + 1);
});

test('what the stub does not know is refused', async (t) => {
  const { stub, rows, post } = await edFi(t);
  assert.equal((await rows('candies')).status, 404);
  assert.equal((await fetch(`${stub.url}/data/v3/ed-fi/students`, { method: 'DELETE' })).status, 405);
  await assert.rejects(post('upsert', { resource: 'candies', row: {} }), /no resource candies/);
  await assert.rejects(post('upsert', { resource: 'students', row: { firstName: 'A' } }), /lacks studentUniqueId/);
  await assert.rejects(post('delete', { resource: 'students', id: 'nobody' }), /holds nothing/);
  await assert.rejects(
    post('change-key', { resource: 'students', key: { studentUniqueId: '1001' }, to: { colour: 'red' } }),
    /has no colour/,
  );
  await assert.rejects(post('sing'), /there is no POST/);
});
