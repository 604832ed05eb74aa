// Holds the OneRoster stub's answers against those of a real OneRoster 1.2 server on the same district.
//
//   node honest/recorded.mjs SHARED_DATA
//
// Every object recorded must come from the stub with the same members of the same types, deep down, and with the same
// values except where the CSV files say something else than that server did.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDistrict } from '../district.mjs';
import { serveOneRoster } from '../oneroster.mjs';

const shared = process.argv[2];
const folder = join(shared, 'oneroster12-responses');
/** Members that only the stub has: the recorded server serves no links between people; the files hold them. */
const ONLY_HERE = { users: ['agents'] };
/** Members whose values differ, and why. */
const OTHER_VALUES = {
  dateLastModified: 'the time of the server',
  title: 'empty on the server, filled in the files',
  metadata: 'a section is known here by the id of its class',
};
const failures = [];
let compared = 0;
let objects = 0;

const stub = await serveOneRoster(readDistrict(join(shared, 'grand-bend')), { version: '1.2' });
const form = {
  grant_type: 'client_credentials',
  client_id: stub.clientId,
  client_secret: stub.clientSecret,
  scope: stub.scopes.join(' '),
};
const { access_token: token } = await (
  await fetch(stub.tokenUrl, { method: 'POST', body: new URLSearchParams(form) })
).json();
const ask = (path, headers = { authorization: `Bearer ${token}` }) => fetch(stub.url + path, { headers });

for (const file of readdirSync(folder).filter((name) => name !== 'errors.json')) {
  const [[name, recorded]] = Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')));
  const answer = await ask(`/${name}?limit=5000`);
  const served = new Map((await answer.json())[name].map((row) => [row.sourcedId, row]));
  if (!file.includes('first60') && served.size !== recorded.length)
    failures.push(`${name}: ${served.size} objects, ${recorded.length} recorded`);
  for (const row of recorded) {
    objects += 1;
    const here = { ...served.get(row.sourcedId) };
    for (const extra of ONLY_HERE[name] ?? []) delete here[extra];
    compare(`${name}/${row.sourcedId}`, row, here, true);
  }
}
const errors = JSON.parse(readFileSync(join(folder, 'errors.json'), 'utf8'));
const answers = {
  '401 no token': await ask('/users', {}),
  404: await ask('/users/nope'),
  '400 filter': await ask("/users?filter=bogus='1'"),
};
for (const [name, answer] of Object.entries(answers)) {
  if (answer.status !== Number.parseInt(name, 10)) failures.push(`${name}: status ${answer.status}`);
  compare(name, errors[name], await answer.json(), name !== '400 filter');
}
await stub.close();

for (const failure of failures.slice(0, 20)) console.error(failure);
if (failures.length > 0) {
  console.error(`Recorded responses: ${failures.length} differences`);
  process.exit(1);
}
const shapes = `${objects} objects and ${Object.keys(answers).length} errors have the recorded shapes`;
console.log(`Recorded responses: ${shapes}; ${compared} values are equal`);

/** Compares members and types all the way down, and values where `exactly`. */
function compare(place, recorded, here, exactly) {
  const kind = (value) => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);
  if (kind(recorded) !== kind(here)) {
    failures.push(`${place}: ${kind(here)} instead of ${kind(recorded)}`);
  } else if (kind(recorded) === 'list') {
    if (exactly && recorded.length !== here.length)
      failures.push(`${place}: ${here.length} items instead of ${recorded.length}`);
    // The order of a list says nothing.
    const sorted = (list) =>
      list.toSorted((a, b) => (JSON.stringify(a.sourcedId ?? a) < JSON.stringify(b.sourcedId ?? b) ? -1 : 1));
    const [theirs, ours] = [sorted(recorded), sorted(here)];
    theirs.forEach((item, i) => ours[i] !== undefined && compare(`${place}[${i}]`, item, ours[i], exactly));
  } else if (kind(recorded) === 'object') {
    const names = new Set([...Object.keys(recorded), ...Object.keys(here)]);
    for (const name of names) {
      if (!(name in recorded) || !(name in here))
        failures.push(`${place}: ${name} is only ${name in here ? 'here' : 'recorded'}`);
      else compare(`${place}.${name}`, recorded[name], here[name], exactly && !(name in OTHER_VALUES));
    }
  } else if (exactly) {
    if (recorded !== here) failures.push(`${place}: ${JSON.stringify(here)} instead of ${JSON.stringify(recorded)}`);
    else compared += 1;
  }
}
