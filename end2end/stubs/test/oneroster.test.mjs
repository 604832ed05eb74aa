import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode, signature } from '../oauth1.mjs';
import { oneRoster, oneRosterToken } from './helpers.mjs';

test('each collection is served under its name, one object under its id', async (t) => {
  const { get } = await oneRoster(t);
  const counts = { orgs: 3, academicSessions: 3, courses: 1, classes: 2, users: 15, enrollments: 4, demographics: 2 };
  for (const [name, count] of Object.entries(counts))
    assert.equal((await get(`/${name}`)).json[name].length, count, name);
  const views = {
    schools: ['orgs', 2],
    terms: ['academicSessions', 2],
    gradingPeriods: ['academicSessions', 0],
    students: ['users', 12],
    teachers: ['users', 1],
  };
  for (const [name, [wrapped, count]] of Object.entries(views))
    assert.equal((await get(`/${name}`)).json[wrapped].length, count, name);
  assert.equal((await get('/classes/K1')).json.class.title, 'Reading fall');
  assert.equal((await get('/demographics/u1')).json.demographics.birthDate, '2016-02-03');
  assert.equal((await get('/teachers/u1')).status, 404);
  for (const path of ['/users/nope', '/candies', '/users/u1/classes'])
    assert.equal((await get(path)).status, 404, path);
});

test('a user of 1.2 has roles with places and agents, one of 1.1 a role and orgs', async (t) => {
  const { get } = await oneRoster(t);
  const { user } = (await get('/users/u1')).json;
  assert.deepEqual(user.roles, [
    { roleType: 'primary', role: 'student', org: { href: '/orgs/A', sourcedId: 'A', type: 'org' } },
  ]);
  assert.deepEqual(
    user.agents.map(({ sourcedId }) => sourcedId),
    ['p1'],
  );
  assert.deepEqual(user.userIds, [{ type: 'studentUniqueId', identifier: '1001' }]);
  assert.equal(user.enabledUser, 'true');
  assert.equal('orgs' in user || 'role' in user, false);
  assert.deepEqual(
    (await get('/users/p1')).json.user.agents.map(({ sourcedId }) => sourcedId),
    ['u1', 'u2'],
  );

  const old = await oneRoster(t, { version: '1.1' });
  const before = (await old.get('/users/u1')).json.user;
  assert.equal(before.role, 'student');
  assert.deepEqual(
    before.orgs.map(({ sourcedId, href }) => [sourcedId, href]),
    [['A', `${old.stub.url}/orgs/A`]],
  );
  assert.equal(before.enabledUser, true);
  assert.equal('roles' in before || 'metadata' in before, false);
  assert.equal((await old.get('/users/h1')).json.user.role, 'administrator');
});

test('limit and offset page, with a count and links, and keep the rest of the query', async (t) => {
  const { stub, get } = await oneRoster(t);
  const { json, headers } = await get("/users?limit=5&offset=5&filter=status='active'");
  assert.equal(json.users.length, 5);
  assert.equal(headers.get('x-total-count'), '15');
  const links = Object.fromEntries(
    [...headers.get('link').matchAll(/<([^>]+)>; rel="(\w+)"/g)].map(([, url, rel]) => [rel, new URL(url)]),
  );
  const offsets = Object.fromEntries(Object.entries(links).map(([rel, url]) => [rel, url.searchParams.get('offset')]));
  assert.deepEqual(offsets, { next: '10', prev: '0', first: '0', last: '10' });
  assert.equal(links.next.searchParams.get('filter'), "status='active'");
  assert.equal(`${links.next.origin}${links.next.pathname}`, `${stub.url}/users`);
  assert.equal((await get('/users?limit=5&offset=10')).headers.get('link').includes('next'), false);
  for (const bad of ['limit=0', 'limit=x', 'offset=-1']) assert.equal((await get(`/users?${bad}`)).status, 400, bad);
});

test('filters compare, and join two with AND or OR', async (t) => {
  const { get } = await oneRoster(t);
  const found = async (filter) =>
    (await get(`/users?filter=${encodeURIComponent(filter)}`)).json.users.map(({ sourcedId }) => sourcedId);
  assert.deepEqual(await found("familyName='Teacher'"), ['t1']);
  assert.deepEqual(await found("familyName~'FAMILY1'"), ['u1', 'u10', 'u11', 'u12']);
  assert.deepEqual(await found("identifier>='501' AND identifier<'701'"), ['h1', 'p1']);
  assert.deepEqual(await found("sourcedId='u1' OR givenName='Ada'"), ['u1', 't1']);
  assert.deepEqual(await found("roles.role!='student'"), ['t1', 'h1', 'p1']);
  assert.deepEqual(await found("enabledUser='false'"), ['p1']);
  assert.deepEqual(await found("givenName='O AND P'"), []);
  for (const bad of ["bogus='1'", 'status=active', "status='a' AND status='b' OR status='c'"]) {
    const { status, json } = await get(`/users?filter=${encodeURIComponent(bad)}`);
    assert.equal(status, 400, bad);
    assert.equal(json.imsx_codeMinor, 'invalid_data');
  }
});

test('sort orders, fields select', async (t) => {
  const { get } = await oneRoster(t);
  const { users } = (await get('/users?sort=givenName&orderBy=desc&limit=2&fields=givenName,sourcedId')).json;
  assert.deepEqual(users, [
    { givenName: 'Kid9', sourcedId: 'u9' },
    { givenName: 'Kid8', sourcedId: 'u8' },
  ]);
  for (const bad of ['sort=bogus', 'fields=bogus', 'sort=givenName&orderBy=up'])
    assert.equal((await get(`/users?${bad}`)).status, 400, bad);
});

test('a delta since a moment has what changed and what is to be deleted', async (t) => {
  const { get, post } = await oneRoster(t, { now: '2026-01-01T00:00:00Z', tokenSeconds: 90 * 86_400 });
  await post('clock', { now: '2026-02-01T00:00:00.000Z' });
  const since = encodeURIComponent("dateLastModified>'2026-01-15T00:00:00.000Z'");
  assert.deepEqual((await get(`/users?filter=${since}`)).json.users, []);
  await post('delete', { collection: 'users', sourcedId: 'u1' });
  await post('upsert', { collection: 'users', row: { sourcedId: 'u2', givenName: 'New' } });
  const { users } = (await get(`/users?filter=${since}`)).json;
  assert.deepEqual(
    users.map(({ sourcedId, status }) => [sourcedId, status]),
    [
      ['u1', 'tobedeleted'],
      ['u2', 'active'],
    ],
  );
  assert.equal(users[1].familyName, 'Family2');
  const active = encodeURIComponent("status='active'");
  assert.equal((await get(`/users?filter=${active}`)).json.users.length, 14);
});

test('an id that changes is changed wherever it is named', async (t) => {
  const { get, post } = await oneRoster(t);
  await post('change-key', { collection: 'users', sourcedId: 'u1', to: 'new1' });
  assert.equal((await get('/users/u1')).status, 404);
  assert.equal((await get('/enrollments/e2')).json.enrollment.user.sourcedId, 'new1');
  assert.deepEqual((await get('/users/p1')).json.user.agents[0], {
    href: '/users/new1',
    sourcedId: 'new1',
    type: 'user',
  });
  assert.equal((await get('/demographics/new1')).status, 200);
  await assert.rejects(post('change-key', { collection: 'users', sourcedId: 'u2', to: 'u3' }), /already holds/);
});

test('scopes are needed, and demographics have one of their own', async (t) => {
  const { stub, get } = await oneRoster(t);
  const as = async (scopes) => {
    const { json } = await oneRosterToken(stub, scopes);
    return { authorization: `Bearer ${json.access_token}` };
  };
  const [core, roster, demographics] = stub.scopes;
  assert.equal((await get('/users', await as([core]))).status, 200);
  assert.equal((await get('/users', await as([roster]))).status, 200);
  const refused = await get('/demographics', await as([core, roster]));
  assert.equal(refused.status, 403);
  assert.equal(refused.json.imsx_codeMajor, 'failure');
  assert.equal((await get('/demographics', await as([demographics]))).status, 200);
  assert.equal((await get('/users', await as([demographics]))).status, 403);
  assert.equal((await oneRosterToken(stub, [])).status, 400);
  assert.equal((await oneRosterToken(stub, ['https://elsewhere.test/scope'])).status, 400);
  assert.equal((await oneRosterToken(stub, stub.scopes, 'wrong')).status, 401);
  assert.equal((await get('/users', {})).status, 401);
});

test('the signature is that of the request in RFC 5849, section 1.2', () => {
  const oauth = {
    oauth_consumer_key: 'dpf43f3p2l4k3l03',
    oauth_token: 'nnch734d00sl2jdk',
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: '137131202',
    oauth_nonce: 'chapoH',
  };
  const url = new URL('http://photos.example.net/photos?file=vacation.jpg&size=original');
  assert.equal(signature('GET', url, oauth, 'kd94hf93k423kf44', 'pfkkdhi9sl3r4s00'), 'MdpQcU8iPSUjWoN/UDMsK2sui9I=');
});

test('OAuth 1.0a is for 1.1: signed requests hold once, near the time here, for exactly what they ask', async (t) => {
  const { stub, get, post } = await oneRoster(t, { version: '1.1' });
  let nonce = 0;
  const sign = (path, { secret = stub.clientSecret, method = 'HMAC-SHA256', key = stub.clientId, late = 0 } = {}) => {
    nonce += 1;
    const oauth = {
      oauth_consumer_key: key,
      oauth_signature_method: method,
      oauth_timestamp: String(Math.floor(Date.now() / 1000) + late),
      oauth_nonce: `n${nonce}`,
      oauth_version: '1.0',
    };
    oauth.oauth_signature = signature('GET', new URL(stub.url + path), oauth, secret);
    return {
      authorization: `OAuth ${Object.entries(oauth)
        .map(([name, value]) => `${name}="${encode(value)}"`)
        .join(', ')}`,
    };
  };
  const path = "/users?limit=3&filter=givenName~'kid' AND status='active'&fields=sourcedId,givenName";
  for (const method of ['HMAC-SHA1', 'HMAC-SHA256']) {
    const { status, json } = await get(path, sign(path, { method }));
    assert.equal(status, 200, method);
    assert.equal(json.users.length, 3);
  }
  assert.equal((await get('/demographics', sign('/demographics'))).status, 200);
  const once = sign('/users');
  assert.equal((await get('/users', once)).status, 200);
  assert.equal((await get('/users', once)).status, 401, 'the same nonce again');
  assert.equal((await get('/users?limit=5', sign('/users?limit=3'))).status, 401, 'another query than the signed one');
  assert.equal((await get('/users', sign('/users', { secret: 'wrong' }))).status, 401);
  assert.equal((await get('/users', sign('/users', { key: 'nobody' }))).status, 401);
  assert.equal((await get('/users', sign('/users', { late: -301 }))).status, 401, 'too old');
  await post('clock', { forward: -301 });
  assert.equal((await get('/users', sign('/users'))).status, 401, 'the clocks are too far apart');

  const new12 = await oneRoster(t, { version: '1.2' });
  assert.equal((await new12.get('/users', sign('/users'))).status, 401);
});
