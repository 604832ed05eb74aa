// Walks every route of the Ed-Fi stub through Prism, which holds each exchange to the published OpenAPI documents.
//
//   node honest/prism.mjs SHARED_DATA
//
// Fails on any violation, and where the counts of a walk are not those of the stub.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readDistrict } from '../district.mjs';
import { serveEdFi } from '../edfi.mjs';
import { keyOf } from '../edfi-model.mjs';
import { tinyFolder } from '../test/helpers.mjs';
import { specification } from './specification.mjs';

const shared = process.argv[2];
const program = fileURLToPath(new URL('../node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url));
const violations = [];
const failures = [];
let requests = 0;
/** The stub and the Prism of the walk under way. */
let stub;
let origin;
let checked;

// The tiny district has what Grand Bend has not: bells, roll, languages, restrictions, last days.
for (const folder of [join(shared, 'grand-bend'), tinyFolder()]) {
  const scratch = mkdtempSync(join(tmpdir(), 'everpresent-prism-'));
  stub = await serveEdFi(readDistrict(folder), { version: '7.3', dataStandard: '5.0' });
  const described = specification(join(shared, 'edfi-spec'), [...stub.store.tables.keys()]);
  checked = described.checked;
  writeFileSync(join(scratch, 'openapi.json'), JSON.stringify(described.document));
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const words = [
    'proxy',
    join(scratch, 'openapi.json'),
    stub.url,
    '--port',
    String(port),
    '--host',
    '127.0.0.1',
    '--verboseLevel',
    'silent',
  ];
  const prism = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(prism);
    const token = await newToken();
    await walk(token);
    await change(token);
    await walk(token);
    await refusals(token);
    await bites(token);
  } finally {
    prism.kill();
    await stub.close();
    rmSync(scratch, { recursive: true });
  }
}
for (const problem of [...violations, ...failures].slice(0, 20)) console.error(problem);
if (violations.length + failures.length > 0) {
  console.error(`Prism: ${violations.length} violations, ${failures.length} other failures in ${requests} requests`);
  process.exit(1);
}
console.log(`Prism: no violation in ${requests} requests for ${checked.length} resources of two districts`);

/** Asks through Prism. @returns {Promise<{ status: number, headers: Headers, json: any, violated: any[] }>} */
async function ask(path, token) {
  requests += 1;
  const answer = await fetch(origin + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  // Prism tells violations in a header; where they do not fit, in words.
  const told = answer.headers.get('sl-violations') ?? '[]';
  const violated = told.startsWith('[') ? JSON.parse(told) : [told.slice(0, 500)];
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text), violated };
}

/** Asks for what must be fine. */
async function fine(path, token, status = 200) {
  const answer = await ask(path, token);
  for (const each of answer.violated) violations.push(`${path}: ${JSON.stringify(each)}`);
  if (answer.status !== status)
    failures.push(`${path}: status ${answer.status} instead of ${status}: ${JSON.stringify(answer.json)}`);
  return answer;
}

/** Reads every resource in each way it can be read. */
async function walk(token) {
  await fine('/');
  await fine('/changeQueries/v1/availableChangeVersions', token);
  for (const name of checked) {
    const at = `/data/v3/ed-fi/${name}`;
    const held = stub.store.items(name);
    const count = (found, way) => {
      if (new Set(found.map(({ id }) => id)).size !== held.length || found.length !== held.length) {
        failures.push(`${name} by ${way}: ${found.length} rows instead of ${held.length}`);
      }
    };
    const byOffset = [];
    for (let offset = 0; offset <= held.length; offset += 500) {
      const { headers, json } = await fine(`${at}?limit=500&offset=${offset}&totalCount=true`, token);
      if (headers.get('total-count') !== String(held.length))
        failures.push(`${name}: Total-Count ${headers.get('total-count')}`);
      byOffset.push(...json);
    }
    count(byOffset, 'offset');
    const byCursor = [];
    for (let next = `${at}?pageSize=400`; next;) {
      const { headers, json } = await fine(next, token);
      byCursor.push(...json);
      const pageToken = headers.get('next-page-token');
      next = pageToken && `${at}?pageSize=400&pageToken=${pageToken}`;
    }
    count(byCursor, 'cursor');
    if (held.length === 0) continue;
    const { resource } = stub.store.tables.get(name);
    const [one] = held;
    await fine(`${at}/${one.id}`, token);
    const byKey = await fine(`${at}?${new URLSearchParams(keyOf(resource, one.row))}`, token);
    if (byKey.json?.length !== 1) failures.push(`${name}: ${byKey.json?.length} rows under the key of one`);
    const window = await fine(
      `${at}?minChangeVersion=${one.changeVersion}&maxChangeVersion=${one.changeVersion}`,
      token,
    );
    if (window.json?.length !== 1)
      failures.push(`${name}: ${window.json?.length} rows in a window of one change version`);
    await fine(`${at}/deletes?limit=500&totalCount=true`, token);
    await fine(`${at}/keyChanges?limit=500&totalCount=true`, token);
  }
}

/** Fills what the district leaves empty, then changes the key of one row of each resource, and deletes one. */
async function change(token) {
  const { store } = stub;
  const [student, section, day] = ['students', 'sections', 'calendarDates'].map((name) => store.items(name)[0].row);
  const sectionReference = keyOf(store.tables.get('sections').resource, section);
  const of = (beginDate) => ({
    beginDate,
    sectionReference,
    studentReference: { studentUniqueId: student.studentUniqueId },
    homeroomIndicator: true,
  });
  store.upsert('studentSectionAssociations', of('2021-08-24'));
  store.upsert('studentSectionAssociations', of('2022-01-05'));
  for (const { row } of store.items('calendarDates').slice(0, 2)) {
    store.upsert('sectionAttendanceTakenEvents', {
      eventDate: row.date,
      sectionReference,
      calendarDateReference: { ...day.calendarReference, date: row.date },
    });
  }
  for (const name of checked) {
    const { key } = store.tables.get(name).resource;
    const part = Object.keys(key).find((each) => key[each] === each);
    if (!part) continue;
    const one = store.items(name).at(-1);
    const before = one.row[part];
    const after =
      typeof before === 'number'
        ? before + 7
        : /date/i.test(part)
          ? '2029-02-03'
          : part.endsWith('Descriptor')
            ? `${before} again`
            : `${before}-b`;
    store.changeKey({ resource: name, id: one.id }, { [part]: after });
  }
  for (const name of checked) {
    const { json } = await fine(`/data/v3/ed-fi/${name}/keyChanges?limit=500`, token);
    if (json?.length === 0) failures.push(`${name}: no key change was seen`);
  }
  for (const name of checked.toReversed()) {
    stub.store.delete({ resource: name, id: stub.store.items(name)[0].id });
    const { json } = await fine(`/data/v3/ed-fi/${name}/deletes`, token);
    if (json?.length !== 1) failures.push(`${name}: ${json?.length} deletes after one`);
  }
}

/** What is refused must be refused as the documents say. */
async function refusals(token) {
  await fine('/data/v3/ed-fi/students', 'nobody', 401);
  await fine(`/data/v3/ed-fi/students/${'0'.repeat(32)}`, token, 404);
  await fine('/data/v3/ed-fi/students?offset=-1', token, 400);
}

/** That Prism finds what is wrong: a wrong type, a missing member, a member nobody knows. */
async function bites(token) {
  const good = { studentUniqueId: 'wrong', firstName: 'A', lastSurname: 'B', birthDate: '2010-01-01' };
  for (const bad of [
    { ...good, birthDate: 5 },
    { ...good, lastSurname: undefined },
    { ...good, favouriteColour: 'red' },
  ]) {
    const { id } = stub.store.upsert('students', JSON.parse(JSON.stringify(bad)));
    const { violated } = await ask(`/data/v3/ed-fi/students/${id}`, token);
    if (violated.length === 0) failures.push(`Prism let ${JSON.stringify(bad)} pass`);
    stub.store.delete({ resource: 'students', id });
  }
}

async function newToken() {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: stub.clientId,
    client_secret: stub.clientSecret,
  });
  const answer = await fetch(`${stub.url}/oauth/token`, { method: 'POST', body });
  return (await answer.json()).access_token;
}

/** Waits until Prism answers. */
async function ready(prism) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (prism.exitCode !== null) throw new Error(`Prism ended with ${prism.exitCode}`);
    if (
      await fetch(`${origin}/`).then(
        () => true,
        () => false,
      )
    )
      return;
    await pause(100);
  }
  throw new Error('Prism did not start within a minute');
}

function freePort() {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => found(free));
    });
  });
}
