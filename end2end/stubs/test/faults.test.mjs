import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { FAULTS, Faults } from '../faults.mjs';
import { edFi, MARK, oneRoster } from './helpers.mjs';

const EVENTS = 'studentSchoolAttendanceEvents';
const NOBODY = '0'.repeat(32);
const tried = new Set();

/** A test of one fault of one stub, switched on by the control port; without it, `otherwise` must hold. */
function fault(protocol, name, promise, body) {
  tried.add(`${protocol} ${name}`);
  test(`${protocol}, ${name}: ${promise}`, async (t) => {
    const running = await (protocol === 'edfi' ? edFi(t) : oneRoster(t));
    const { stub, post } = running;
    const on = (settings) => post(`faults/${name}`, settings);
    const off = () => fetch(`${stub.control}/stub/faults/${name}`, { method: 'DELETE' });
    await body({ ...running, on, off });
  });
}

after(() => {
  const all = Object.entries(FAULTS).flatMap(([name, { of }]) => of.map((protocol) => `${protocol} ${name}`));
  assert.deepEqual(
    all.filter((each) => !tried.has(each)),
    [],
    'every fault of every stub has a test',
  );
});

test('every fault has its line in the README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const name of Object.keys(FAULTS)) assert.match(readme, new RegExp(`\\| \`${name}\``), name);
});

test('a fault strikes as often as it is told, after as many occasions as it lets pass', () => {
  const faults = new Faults('edfi');
  faults.on('cut-mid-page', { times: 2, after: 1 });
  const struck = (path) => faults.strike('cut-mid-page', path) !== undefined;
  assert.deepEqual(Array(4).fill('/students').map(struck), [false, true, true, false]);
  faults.on('cut-mid-page', { at: 'sections' });
  assert.deepEqual(['/students', '/sections', '/sections'].map(struck), [false, true, false]);
  assert.throws(() => faults.on('rate-limit', { retry: 1 }), /rate-limit has no retry/);
  assert.throws(() => faults.on('no-link'), /edfi knows no fault no-link/);
});

fault(
  'oneroster',
  'clamp-limit-500',
  'a page has 500 objects at most, and nobody says so',
  async ({ stub, get, on }) => {
    for (let i = 0; i < 600; i += 1) stub.store.upsert('courses', { sourcedId: `c${i}`, title: 'C' });
    assert.equal((await get('/courses?limit=5000')).json.courses.length, 601);
    await on();
    const { status, json } = await get('/courses?limit=5000');
    assert.equal(status, 200);
    assert.equal(json.courses.length, 500);
  },
);

fault('oneroster', 'no-total-count', 'there is no X-Total-Count', async ({ get, on }) => {
  assert.equal((await get('/users')).headers.get('x-total-count'), '15');
  await on();
  assert.equal((await get('/users')).headers.get('x-total-count'), null);
});

fault('edfi', 'no-total-count', 'there is no Total-Count', async ({ rows, on }) => {
  assert.equal((await rows('students?totalCount=true')).headers.get('total-count'), '12');
  await on();
  assert.equal((await rows('students?totalCount=true')).headers.get('total-count'), null);
});

fault('oneroster', 'no-link', 'there is no Link', async ({ get, on }) => {
  await on();
  assert.equal((await get('/users?limit=3')).headers.get('link'), null);
});

fault(
  'oneroster',
  'link-other-host',
  'Link names another host, which is the same server',
  async ({ stub, get, on }) => {
    await on();
    const url = new URL(/<([^>]+)>; rel="next"/.exec((await get('/users?limit=3')).headers.get('link'))[1]);
    assert.equal(url.host, new URL(stub.url).host.replace('127.0.0.1', 'localhost'));
  },
);

fault('oneroster', 'link-stray-comma', 'Link ends with a comma', async ({ get, on }) => {
  assert.equal((await get('/users?limit=3')).headers.get('link').endsWith(','), false);
  await on();
  assert.equal((await get('/users?limit=3')).headers.get('link').endsWith(','), true);
});

fault('oneroster', 'forbidden-for-unauthorized', 'no token is 403', async ({ get, on }) => {
  assert.equal((await get('/users', {})).status, 401);
  await on();
  assert.equal((await get('/users', {})).status, 403);
});

fault('edfi', 'forbidden-for-unauthorized', 'no token is 403', async ({ rows, on }) => {
  await on();
  assert.equal((await rows('students', { authorization: '' })).status, 403);
});

fault('oneroster', 'no-content-for-not-found', 'an unknown id is 204', async ({ get, on }) => {
  assert.equal((await get('/users/nope')).status, 404);
  await on();
  assert.equal((await get('/users/nope')).status, 204);
});

fault('edfi', 'no-content-for-not-found', 'an unknown id is 204', async ({ rows, on }) => {
  assert.equal((await rows(`students/${NOBODY}`)).status, 404);
  await on();
  assert.equal((await rows(`students/${NOBODY}`)).status, 204);
});

for (const [name, [yes, no]] of Object.entries({
  'booleans-as-json': [true, false],
  'booleans-as-strings': ['true', 'false'],
  'booleans-as-upper': ['TRUE', 'FALSE'],
  'booleans-as-integers': [1, 0],
})) {
  fault('oneroster', name, `yes is ${JSON.stringify(yes)}, no is ${JSON.stringify(no)}`, async ({ get, on }) => {
    await on();
    const { users } = (await get("/users?filter=sourcedId='u1' OR sourcedId='p1'")).json;
    assert.deepEqual(
      users.map(({ enabledUser }) => enabledUser),
      [yes, no],
    );
    assert.equal((await get('/enrollments/e1')).json.enrollment.primary, yes);
    assert.equal((await get('/demographics/u1')).json.demographics.asian, yes);
  });
}

fault('oneroster', 'errors-without-imsx', 'errors have the names without the prefix', async ({ get, on }) => {
  await on();
  assert.deepEqual((await get('/users/nope')).json, {
    codeMajor: 'failure',
    severity: 'error',
    description: 'Resource not found: users/nope',
  });
});

fault('oneroster', 'deletes-vanish', 'a deleted object leaves no trace', async ({ get, post, on }) => {
  await post('delete', { collection: 'users', sourcedId: 'u1' });
  assert.equal((await get('/users/u1')).json.user.status, 'tobedeleted');
  await on();
  await post('delete', { collection: 'users', sourcedId: 'u2' });
  assert.equal((await get('/users/u2')).status, 404);
  assert.equal((await get('/users')).json.users.length, 14);
});

const SINCE = `filter=${encodeURIComponent("dateLastModified>='2099-01-01T00:00:00.000Z'")}`;

fault('oneroster', 'filter-refused', 'a filter is 400', async ({ get, on }) => {
  assert.deepEqual((await get(`/users?${SINCE}`)).json.users, []);
  await on();
  assert.equal((await get(`/users?${SINCE}`)).status, 400);
  assert.equal((await get('/users')).status, 200);
});

fault('oneroster', 'filter-ignored', 'a filter hides nothing', async ({ get, on }) => {
  await on();
  assert.equal((await get(`/users?${SINCE}`)).json.users.length, 15);
});

fault('oneroster', 'filter-finds-nothing', 'no row meets a filter', async ({ get, on }) => {
  const active = `filter=${encodeURIComponent("status='active'")}`;
  assert.equal((await get(`/users?${active}`)).json.users.length, 15);
  await on();
  assert.deepEqual((await get(`/users?${active}`)).json.users, []);
  assert.equal((await get('/users')).json.users.length, 15);
});

fault('oneroster', 'sort-refused', 'sort is 400', async ({ get, on }) => {
  assert.equal((await get('/users?sort=sourcedId')).status, 200);
  await on();
  assert.equal((await get('/users?sort=sourcedId')).status, 400);
  assert.equal((await get('/users')).status, 200);
});

fault(
  'oneroster',
  'unsorted-pages-overlap',
  'pages without an order hide a row and say another twice',
  async ({ get, on }) => {
    const ids = async (query) => (await get(`/users?limit=4&offset=3&${query}`)).json.users.map((row) => row.sourcedId);
    assert.deepEqual(await ids(''), ['u4', 'u5', 'u6', 'u7']);
    await on();
    assert.deepEqual(await ids(''), ['u4', 'u1', 'u6', 'u7']);
    assert.deepEqual(await ids('sort=familyName&orderBy=asc'), ['u12', 'u2', 'u3', 'u4']);
  },
);

fault('oneroster', 'empty-username', 'every username is empty', async ({ get, on }) => {
  assert.equal((await get('/users/u1')).json.user.username, 'kid1');
  await on();
  assert.deepEqual(new Set((await get('/users')).json.users.map(({ username }) => username)), new Set(['']));
});

fault('oneroster', 'grades-as-words', 'grades are words', async ({ get, on }) => {
  assert.deepEqual((await get('/users/u1')).json.user.grades, ['03']);
  await on();
  assert.deepEqual((await get('/users/u1')).json.user.grades, ['Third grade']);
  assert.deepEqual((await get('/courses/C1')).json.course.grades, ['Third grade', 'Fourth grade']);
});

for (const protocol of ['edfi', 'oneroster']) {
  const many = async ({ rows, get }, query = '') => {
    const answer = await (protocol === 'edfi' ? rows(`students${query}`) : get(`/students${query}`));
    return {
      ...answer,
      ids: (answer.json?.users ?? answer.json)?.map?.((row) => row.studentUniqueId ?? row.identifier),
    };
  };
  const all = Array.from({ length: 12 }, (_, i) => `100${i + 1}`);

  fault(
    protocol,
    'token-expires-mid-run',
    'a token that still has time is refused once, on the fourth request',
    async (running) => {
      await running.on();
      const statuses = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await many(running)).status);
      assert.deepEqual(statuses, [200, 200, 200, 401]);
      if (protocol === 'oneroster') return;
      await running.renew();
      for (let i = 0; i < 5; i += 1) assert.equal((await many(running)).status, 200);
    },
  );

  for (const [name, status] of [
    ['rate-limit', 429],
    ['unavailable', 503],
  ]) {
    fault(protocol, name, `${status} with Retry-After, twice`, async (running) => {
      await running.on({ retryAfter: 7 });
      for (const expected of [status, status, 200]) {
        const answer = await many(running);
        assert.equal(answer.status, expected);
        if (expected !== 200) assert.equal(answer.headers.get('retry-after'), '7');
      }
    });
  }

  fault(protocol, 'cut-mid-page', 'the connection breaks in the middle of a body, once', async (running) => {
    await running.on();
    await assert.rejects(many(running));
    assert.equal((await many(running)).ids.length, 12);
  });

  fault(
    protocol,
    'delete-while-paging',
    'after a page its first row is gone, and the next page by offset skips one',
    async (running) => {
      await running.on();
      const first = await many(running, '?limit=5&offset=0');
      const second = await many(running, '?limit=100&offset=5');
      assert.deepEqual(
        [...first.ids, ...second.ids],
        all.filter((id) => id !== '1006'),
      );
    },
  );

  fault(protocol, 'duplicate-rows', 'rows come twice, and paging stays whole', async (running) => {
    await running.on();
    const pages = [];
    for (let offset = 0; offset < 15; offset += 5)
      pages.push(...(await many(running, `?limit=5&offset=${offset}`)).ids);
    assert.equal(pages.length, 14);
    assert.deepEqual([...new Set(pages)], all);
  });

  fault(protocol, 'reordered', 'rows come the other way round', async (running) => {
    await running.on();
    assert.deepEqual((await many(running)).ids, all.toReversed());
  });

  fault(protocol, 'slow', 'each answer takes its time', async (running) => {
    await running.on({ milliseconds: 60 });
    const begin = performance.now();
    await many(running);
    assert.ok(performance.now() - begin >= 59);
  });

  fault(protocol, 'redirect-other-host', 'data is said to be at another host, which would give it', async (running) => {
    await running.on();
    const { status, headers } = await many(running, '?limit=2');
    assert.equal(status, 302);
    const there = new URL(headers.get('location'));
    assert.equal(there.hostname, 'localhost');
    await fetch(there);
    assert.equal(running.stub.visits.byOtherName, 1);
  });
}

fault('edfi', 'wrong-token-host', 'discovery names another host for tokens', async ({ get, on }) => {
  await on();
  assert.equal(new URL((await get('/')).json.urls.oauth).hostname, 'localhost');
});

fault(
  'edfi',
  'change-queries-off',
  'there are no change queries, and windows are not heeded',
  async ({ get, rows, on }) => {
    await on();
    for (const path of [
      '/changeQueries/v1/availableChangeVersions',
      `/data/v3/ed-fi/${EVENTS}/deletes`,
      `/data/v3/ed-fi/${EVENTS}/keyChanges`,
    ]) {
      assert.equal((await get(path)).status, 404, path);
    }
    assert.equal('changeQueries' in (await get('/')).json.urls, false);
    assert.equal((await rows(`${EVENTS}?minChangeVersion=99999`)).json.length, 4);
  },
);

fault(
  'edfi',
  'deletes-only-ids',
  'deletes have no key, and key changes are not tracked',
  async ({ rows, post, on }) => {
    await on();
    await post('delete', { resource: EVENTS, key: MARK });
    assert.deepEqual((await rows(`${EVENTS}/deletes`)).json.map(Object.keys), [['id', 'changeVersion']]);
    assert.equal((await rows(`${EVENTS}/keyChanges`)).status, 404);
  },
);

fault('edfi', 'snapshot-not-offered', 'a snapshot that was taken is not there', async ({ get, rows, post, on }) => {
  await post('snapshot');
  const asked = { 'use-snapshot': 'true' };
  assert.equal((await rows(EVENTS, asked)).status, 200);
  await on();
  assert.equal((await rows(EVENTS, asked)).status, 404);
  assert.equal((await get('/changeQueries/v1/snapshots')).status, 404);
});

fault(
  'edfi',
  'cursor-empty-body-with-token',
  'a page in the middle is empty and has a token; no row is lost behind it',
  async ({ rows, on }) => {
    await on({ after: 1 });
    const sizes = [];
    for (let path = 'students?pageSize=5'; path;) {
      const { json, headers } = await rows(path);
      sizes.push(json.length);
      path = headers.get('next-page-token') && `students?pageSize=5&pageToken=${headers.get('next-page-token')}`;
    }
    assert.deepEqual(sizes, [5, 0, 5, 2]);
  },
);

fault('oneroster', 'empty-title', 'a class has an empty title', async ({ get, on }) => {
  await on();
  assert.equal((await get('/classes/K1')).json.class.title, '');
  assert.equal((await get('/courses/C1')).json.course.title, 'Reading');
});

fault('oneroster', 'no-demographics', 'demographics are not found', async ({ get, on }) => {
  await on();
  assert.equal((await get('/demographics')).status, 404);
  assert.equal((await get('/users')).status, 200);
});

fault('edfi', 'deletes-not-shown', 'deletes are empty, whatever was deleted', async ({ rows, post, on }) => {
  await on();
  await post('delete', { resource: EVENTS, key: MARK });
  assert.deepEqual((await rows(`${EVENTS}/deletes`)).json, []);
  assert.equal((await rows(EVENTS)).json.length, 3);
});
