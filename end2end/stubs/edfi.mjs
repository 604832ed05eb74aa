// A stateful Ed-Fi ODS/API on the loopback: discovery, tokens, resources, change queries, snapshots.
import { randomBytes } from 'node:crypto';
import { Clock } from './clock.mjs';
import { serveControl } from './control.mjs';
import { mapReferences, pointsTo, resourcesOf, targetsOf } from './edfi-model.mjs';
import { schoolYearOf } from './edfi-names.mjs';
import { edFiRows } from './edfi-rows.mjs';
import { EdFiStore } from './edfi-store.mjs';
import { Faults } from './faults.mjs';
import { disturbed, front, otherName, Visits } from './front.mjs';
import { serve, wholeNumber } from './http.mjs';
import { Tokens } from './tokens.mjs';

const LARGEST_PAGE = 500;
const RESERVED = [
  'offset',
  'limit',
  'totalCount',
  'minChangeVersion',
  'maxChangeVersion',
  'pageToken',
  'pageSize',
  'number',
];
const ALWAYS = Number.MAX_SAFE_INTEGER;

/**
 * Serves a district as an Ed-Fi ODS/API.
 * @param {import('./district.mjs').District} district
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {number} [options.controlPort]
 * @param {string} [options.version] of the ODS/API: `5.3`, `6.1`, `7.1`, `7.3` …; cursor paging from 7.3 on
 * @param {string} [options.dataStandard] `3.3`, `4.0`, `5.0` …; otherwise the one that version came with
 * @param {string} [options.clientId] random unless given, like the secret
 * @param {string} [options.clientSecret]
 * @param {number} [options.tokenSeconds] how long a token holds
 * @param {string} [options.now] what the clock says at the start
 */
export async function serveEdFi(district, options = {}) {
  const { port = 0, controlPort = 0, version = '7.3', tokenSeconds = 1800, now } = options;
  const dataStandard = options.dataStandard ?? { 5: '3.3', 6: '4.0' }[Number.parseInt(version, 10)] ?? '5.0';
  const clientId = options.clientId ?? randomBytes(9).toString('base64url');
  const clientSecret = options.clientSecret ?? randomBytes(18).toString('base64url');
  const clock = new Clock(now);
  const faults = new Faults('edfi');
  const visits = new Visits();
  const tokens = new Tokens(clock, { clientId, clientSecret, seconds: tokenSeconds });
  const store = new EdFiStore(clock, dataStandard);
  const { rows, leftOut } = edFiRows(district, dataStandard, schoolYearOf(clock.iso().slice(0, 10)));
  for (const [resource, row] of rows) {
    const { byKey } = store.tables.get(resource);
    const before = byKey.size;
    store.upsert(resource, row);
    const reason = `a row of ${resource} under the key of another, which it replaced`;
    if (byKey.size === before) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  }

  const api = new Api({ store, faults, tokens, visits, version, dataStandard });
  const server = await serve(
    front({
      answer: (asked) => api.answer(asked),
      isData,
      faults,
      tokens,
      visits,
      origin: () => server.origin,
    }),
    port,
  );
  api.origin = server.origin;
  const control = await serveControl({
    faults,
    clock,
    visits,
    port: controlPort,
    rows: (name) => store.items(name).map(({ id, changeVersion, row }) => ({ id, changeVersion, ...row })),
    state: () => ({
      newestChangeVersion: store.newest,
      leftOut,
      counts: Object.fromEntries([...store.tables].map(([name, table]) => [name, table.byKey.size])),
    }),
    changes: {
      upsert: ({ resource, row }) => ({ id: store.upsert(resource, row).id, newestChangeVersion: store.newest }),
      delete(which) {
        store.delete(which);
        return { newestChangeVersion: store.newest };
      },
      'change-key': ({ to, ...which }) => ({ changed: store.changeKey(which, to), newestChangeVersion: store.newest }),
      // As a real server does with the unique ids of people, and the id of one may be that of another before.
      'change-unique-id': ({ resource, from, to }) => {
        const part = `${resource.slice(0, -1)}UniqueId`;
        const changed = store.changeKey({ resource, key: { [part]: from } }, { [part]: to }, { unseen: true });
        return { changed, newestChangeVersion: store.newest };
      },
      'rename-session': ({ to, ...key }) => ({
        changed: store.changeKey({ resource: 'sessions', key }, { sessionName: to }),
        newestChangeVersion: store.newest,
      }),
      snapshot: () => store.snapshot(),
    },
  });
  return {
    protocol: 'edfi',
    version,
    dataStandard,
    url: server.origin,
    control: control.origin,
    clientId,
    clientSecret,
    store,
    faults,
    clock,
    visits,
    leftOut,
    close: () => Promise.all([server.close(), control.close()]),
  };
}

/** Whether a request is for data; discovery, metadata and tokens are not. */
function isData({ url }) {
  return url.pathname.startsWith('/data/') || url.pathname.startsWith('/changeQueries/');
}

/** The protocol. */
class Api {
  origin = '';

  constructor({ store, faults, tokens, visits, version, dataStandard }) {
    Object.assign(this, { store, faults, tokens, visits, version, dataStandard });
    this.resources = resourcesOf(dataStandard);
    const [major, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
    this.hasCursor = major > 7 || (major === 7 && minor >= 3);
    this.major = major;
  }

  /** @param {import('./http.mjs').Asked} asked @returns {import('./http.mjs').Answer} */
  answer(asked) {
    const path = asked.url.pathname.replace(/\/$/, '');
    if (path === '/oauth/token') return asked.method === 'POST' ? this.#token(asked) : this.#error(405, 'Use POST.');
    if (asked.method === 'POST' && path === '/oauth/token_info') return this.#tokenInfo(asked);
    if (asked.method !== 'GET') return this.#error(405, 'The stub is read by GET; its control port changes it.');
    if (path === '') return { status: 200, json: this.#discovery() };
    if (path.startsWith('/metadata')) return this.#metadata(path);
    if (!isData(asked)) return this.#notFound();
    if (!this.tokens.held(asked))
      return this.#error(401, 'The token is missing, unknown or expired.', 'security:authentication');

    const view = this.#view(asked);
    if (!view) return this.#error(404, 'Snapshot not found.', 'not-found:snapshot');
    const changes = /^\/changeQueries\/v1\/(availableChangeVersions|snapshots)(?:\/(\w+))?$/.exec(path);
    if (changes) return this.#changeQueries(changes[1], changes[2], view);
    const [, name, rest] = /^\/data\/v3\/ed-fi\/(\w+)(?:\/(\w+))?$/.exec(path) ?? [];
    const resource = this.resources.find((each) => each.name === name);
    if (!resource) return this.#notFound();
    if (rest === undefined) return this.#page(resource, view, asked.url.searchParams);
    if (rest === 'deletes' || rest === 'keyChanges') return this.#tracked(resource, rest, view, asked.url.searchParams);
    if (rest === 'partitions' && this.hasCursor) return this.#partitions(resource, view, asked.url.searchParams);
    const held = view.items(name).find((each) => each.id === rest);
    return held ? { status: 200, json: this.#rendered(held, view) } : this.#notFound();
  }

  #discovery() {
    const at = (path) => `${this.origin}${path}`;
    const oauth = this.faults.is('wrong-token-host') ? otherName(this.origin) : this.origin;
    return {
      version: this.version,
      informationalVersion: this.version,
      suite: '3',
      build: `${this.version}.0.0`,
      applicationName: 'Ed-Fi ODS/API (stub)',
      ...(this.major < 7 ? { apiMode: 'Shared Instance' } : {}),
      dataModels: [
        {
          name: 'Ed-Fi',
          version: `${this.dataStandard}.0`,
          informationalVersion: `The Ed-Fi Data Model ${this.dataStandard}`,
        },
      ],
      urls: {
        dependencies: at('/metadata/data/v3/dependencies'),
        openApiMetadata: at('/metadata/'),
        oauth: `${oauth}/oauth/token`,
        dataManagementApi: at('/data/v3/'),
        xsdMetadata: at('/metadata/xsd'),
        ...(this.faults.is('change-queries-off') ? {} : { changeQueries: at('/changeQueries/v1/') }),
      },
    };
  }

  /** What clients read before data: the order of resources, and a description of the routes. */
  #metadata(path) {
    const swagger = `${this.origin}/metadata/data/v3`;
    if (path === '/metadata') {
      const of = (name) => ({ name, endpointUri: `${swagger}/${name.toLowerCase()}/swagger.json`, prefix: '' });
      return { status: 200, json: [of('Resources'), of('Descriptors')] };
    }
    if (path === '/metadata/data/v3/dependencies') {
      const operations = ['Create', 'Update'];
      return {
        status: 200,
        json: this.resources.map(({ name }, i) => ({ resource: `/ed-fi/${name}`, order: i + 1, operations })),
      };
    }
    const kind = /^\/metadata\/data\/v3\/(resources|descriptors)\/swagger\.json$/.exec(path)?.[1];
    if (!kind) return this.#notFound();
    const listed = this.resources.filter(({ descriptor = false }) => descriptor === (kind === 'descriptors'));
    const get = (parameters) => ({ get: { parameters: parameters.map((name) => ({ name, in: 'query' })) } });
    const paths = listed.flatMap(({ name, key }) => [
      [`/ed-fi/${name}`, get([...RESERVED, ...Object.keys(key)])],
      [`/ed-fi/${name}/deletes`, get(RESERVED.slice(0, 5))],
      [`/ed-fi/${name}/keyChanges`, get(RESERVED.slice(0, 5))],
    ]);
    const info = { title: `Ed-Fi ${kind} of the stub`, version: '3' };
    const tags = listed.map(({ name, type }) => ({ name, description: type }));
    return {
      status: 200,
      json: {
        openapi: '3.0.1',
        info,
        servers: [{ url: `${this.origin}/data/v3` }],
        paths: Object.fromEntries(paths),
        tags,
      },
    };
  }

  #token(asked) {
    this.visits.tokens += 1;
    const form = new URLSearchParams(asked.body);
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, json: { error: 'unsupported_grant_type' } };
    if (!this.tokens.knows(asked, form)) return { status: 401, json: { error: 'invalid_client' } };
    return { status: 200, json: this.tokens.give() };
  }

  #tokenInfo(asked) {
    if (!this.tokens.held(asked))
      return this.#error(401, 'The token is missing, unknown or expired.', 'security:authentication');
    const agencies = this.store.items('localEducationAgencies').map(({ row }) => ({
      education_organization_id: row.localEducationAgencyId,
      name_of_institution: row.nameOfInstitution,
      type: 'edfi.LocalEducationAgency',
    }));
    return {
      status: 200,
      json: {
        active: true,
        client_id: this.tokens.clientId,
        namespace_prefixes: ['uri://ed-fi.org'],
        education_organizations: agencies,
      },
    };
  }

  /** The state a request reads: the present, or the newest snapshot; nothing where it wants one and there is none. */
  #view(asked) {
    if ((asked.headers['use-snapshot'] ?? '').toLowerCase() !== 'true') return this.store;
    return this.faults.is('snapshot-not-offered') ? undefined : this.store.snapshots.at(-1)?.view;
  }

  #changeQueries(verb, id, view) {
    if (this.faults.is('change-queries-off')) return this.#notFound();
    if (verb === 'availableChangeVersions') {
      const [oldest, newest] =
        this.major < 6
          ? ['OldestChangeVersion', 'NewestChangeVersion']
          : ['oldestChangeVersion', 'newestChangeVersion'];
      return { status: 200, json: { [oldest]: 0, [newest]: view.newest } };
    }
    if (this.faults.is('snapshot-not-offered')) return this.#notFound();
    const snapshots = this.store.snapshots.map(({ view: _, ...shown }) => shown);
    if (id === undefined) return { status: 200, json: snapshots };
    const found = snapshots.find((each) => each.id === id);
    return found ? { status: 200, json: found } : this.#notFound();
  }

  /** The window of change versions that a query asks for; the whole of time where change queries are off. */
  #window(query) {
    if (this.faults.is('change-queries-off')) return [0, ALWAYS];
    return [wholeNumber(query, 'minChangeVersion', 0), wholeNumber(query, 'maxChangeVersion', ALWAYS)];
  }

  /** The items that a query selects, in the order of pages. */
  #selected(resource, view, query) {
    const [from, to] = this.#window(query);
    const filters = [...query].filter(([name]) => !RESERVED.includes(name));
    if (from <= 0 && to === ALWAYS && filters.length === 0) return view.items(resource.name);
    return view
      .items(resource.name)
      .filter(
        ({ row, changeVersion, id }) =>
          changeVersion >= from &&
          changeVersion <= to &&
          filters.every(([name, value]) => answersTo(row, id, name, value)),
      );
  }

  #page(resource, view, query) {
    const cursor = this.hasCursor && (query.has('pageToken') || query.has('pageSize'));
    if (cursor) return this.#cursorPage(resource, view, query);
    const limit = wholeNumber(query, 'limit', 25);
    const offset = wholeNumber(query, 'offset', 0);
    const fault = this.#faultOf(query, limit, offset);
    if (fault) return fault;
    const selected = disturbed(this.#selected(resource, view, query), this.faults);
    const page = selected.slice(offset, offset + limit);
    const headers = this.#counted(query, selected.length);
    // The first request of a walk by cursor names no page at all.
    const mayBeCursor = this.hasCursor && !['limit', 'offset', 'totalCount'].some((name) => query.has(name));
    if (mayBeCursor && page.length === limit) headers['next-page-token'] = tokenOf(page.at(-1).aggregate + 1, ALWAYS);
    return this.#delivered(resource, view, page, headers);
  }

  #cursorPage(resource, view, query) {
    const size = wholeNumber(query, 'pageSize', 25);
    if (query.has('limit') || query.has('offset') || query.get('totalCount') === 'true') {
      return this.#error(
        400,
        'pageToken and pageSize cannot be used with limit, offset or totalCount.',
        'bad-request:parameter',
      );
    }
    const [from, to] = rangeOf(query.get('pageToken')) ?? [];
    if (!(size >= 1 && size <= LARGEST_PAGE) || from === undefined || this.#window(query).some(Number.isNaN)) {
      return this.#error(
        400,
        `pageSize must be from 1 to ${LARGEST_PAGE}, and pageToken one that was given.`,
        'bad-request:parameter',
      );
    }
    if (this.faults.strike('cursor-empty-body-with-token', resource.name)) {
      return { status: 200, headers: { 'next-page-token': tokenOf(from, to) }, json: [] };
    }
    const selected = this.#selected(resource, view, query);
    const start = firstFrom(selected, from);
    const page = selected.slice(start, start + size).filter(({ aggregate }) => aggregate <= to);
    const headers = page.length === size ? { 'next-page-token': tokenOf(page.at(-1).aggregate + 1, to) } : {};
    return this.#delivered(resource, view, disturbed(page, this.faults), headers);
  }

  #partitions(resource, view, query) {
    const number = wholeNumber(query, 'number', 5);
    if (!(number >= 1 && number <= 200))
      return this.#error(400, 'number must be from 1 to 200.', 'bad-request:parameter');
    const selected = this.#selected(resource, view, query);
    const size = Math.max(1, Math.ceil(selected.length / number));
    const starts = selected.filter((_, i) => i % size === 0).map(({ aggregate }) => aggregate);
    const pageTokens = starts.map((start, i) => tokenOf(start, i + 1 < starts.length ? starts[i + 1] - 1 : ALWAYS));
    return { status: 200, json: { pageTokens } };
  }

  #tracked(resource, kind, view, query) {
    if (this.faults.is('change-queries-off')) return this.#notFound();
    const onlyIds = this.faults.is('deletes-only-ids');
    if (onlyIds && kind === 'keyChanges') return this.#notFound();
    const limit = wholeNumber(query, 'limit', 25);
    const offset = wholeNumber(query, 'offset', 0);
    const fault = this.#faultOf(query, limit, offset);
    if (fault) return fault;
    const [from, to] = this.#window(query);
    const hidden = kind === 'deletes' && this.faults.is('deletes-not-shown');
    const all = hidden ? [] : view[kind](resource.name, from, to);
    const page = all.slice(offset, offset + limit);
    const json = onlyIds ? page.map(({ id, changeVersion }) => ({ id, changeVersion })) : page;
    return { status: 200, headers: this.#counted(query, all.length), json };
  }

  #faultOf(query, limit, offset) {
    if (!(limit >= 0 && limit <= LARGEST_PAGE)) {
      return this.#error(
        400,
        `Limit must be omitted or set to a value between 0 and ${LARGEST_PAGE}.`,
        'bad-request:parameter',
      );
    }
    const [from, to] = this.#window(query);
    if (!(offset >= 0) || Number.isNaN(from) || Number.isNaN(to))
      return this.#error(400, 'A number was expected.', 'bad-request:parameter');
    return undefined;
  }

  #counted(query, count) {
    const wanted = query.get('totalCount')?.toLowerCase() === 'true' && !this.faults.is('no-total-count');
    return wanted ? { 'total-count': String(count) } : {};
  }

  /** A page as it is sent. Where `delete-while-paging` strikes, its first item is gone afterwards. */
  #delivered(resource, view, page, headers) {
    const json = page.map((held) => this.#rendered(held, view));
    if (page.length > 0 && view === this.store && this.faults.strike('delete-while-paging', resource.name)) {
      this.store.delete({ resource: resource.name, id: page[0].id });
    }
    return { status: 200, headers, json };
  }

  /** An item as clients see it, each reference with a link to what it names. */
  #rendered({ id, changeVersion, modified, row }, view) {
    const linked = mapReferences(row, (name, reference) => {
      for (const target of targetsOf(name)) {
        const resource = this.resources.find((each) => each.name === target);
        const key = resource && pointsTo(name, reference, resource);
        const held = key && view.find(target, key);
        if (held) return { ...reference, link: { rel: resource.type, href: `/ed-fi/${target}/${held.id}` } };
      }
      return reference;
    });
    return { id, ...linked, _etag: String(changeVersion), _lastModifiedDate: modified };
  }

  #notFound() {
    return this.#error(404, 'The specified resource could not be found.', 'not-found');
  }

  /** An error in the form of its version: problem details since 7, a message before. */
  #error(status, detail, type = 'method-not-allowed') {
    if (this.major < 7) return { status, json: { message: detail } };
    const title = type.split(':').at(-1).replaceAll('-', ' ');
    return {
      status,
      headers: { 'content-type': 'application/problem+json' },
      json: { detail, type: `urn:ed-fi:api:${type}`, title, status },
    };
  }
}

/** Whether a row has a value under a name that a query filters by: its own, or one of its references'. */
function answersTo(row, id, name, value) {
  if (name === 'id') return id === value;
  if (name in row) return String(row[name]) === value;
  return Object.values(row).some(
    (inner) => typeof inner === 'object' && name in inner && String(inner[name]) === value,
  );
}

/** Where in items by rising aggregate the first one from a number on stands. */
function firstFrom(items, aggregate) {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].aggregate < aggregate) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A page token: the range of items that is left, in a form that no client should read. */
function tokenOf(from, to) {
  return Buffer.from(`${from},${to}`).toString('base64url');
}

function rangeOf(token) {
  if (token === null) return [0, ALWAYS];
  const [, from, to] = /^(\d+),(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return from === undefined ? undefined : [Number(from), Number(to)];
}
