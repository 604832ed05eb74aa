// A stateful OneRoster REST server on the loopback, 1.1 or 1.2.
import { randomBytes } from 'node:crypto';
import { Clock } from './clock.mjs';
import { serveControl } from './control.mjs';
import { gradeInWords } from './edfi-names.mjs';
import { Faults } from './faults.mjs';
import { disturbed, front, otherName, Visits } from './front.mjs';
import { serve, wholeNumber } from './http.mjs';
import { isSigned, Signed } from './oauth1.mjs';
import { filterOf, orderOf, QueryFault, selectionOf } from './oneroster-query.mjs';
import { OneRosterStore } from './oneroster-store.mjs';
import { Tokens } from './tokens.mjs';

const BASES = { 1.1: '/ims/oneroster/v1p1', 1.2: '/ims/oneroster/rostering/v1p2' };
const SCOPES = {
  1.1: 'https://purl.imsglobal.org/spec/or/v1p1/scope/',
  1.2: 'https://purl.imsglobal.org/spec/or/v1p2/scope/',
};

const withRole = (role) => (user) => user.role === role || user.roles?.some((each) => each.role === role);
/** Each address: the collection behind it, which of its objects, and the names of many and of one in the answer. */
const ROOMS = {
  orgs: { of: 'orgs', many: 'orgs', one: 'org' },
  schools: { of: 'orgs', many: 'orgs', one: 'org', only: (row) => row.type === 'school' },
  academicSessions: { of: 'academicSessions', many: 'academicSessions', one: 'academicSession' },
  terms: {
    of: 'academicSessions',
    many: 'academicSessions',
    one: 'academicSession',
    only: (row) => row.type === 'term',
  },
  gradingPeriods: {
    of: 'academicSessions',
    many: 'academicSessions',
    one: 'academicSession',
    only: (row) => row.type === 'gradingPeriod',
  },
  courses: { of: 'courses', many: 'courses', one: 'course' },
  classes: { of: 'classes', many: 'classes', one: 'class' },
  users: { of: 'users', many: 'users', one: 'user' },
  students: { of: 'users', many: 'users', one: 'user', only: withRole('student') },
  teachers: { of: 'users', many: 'users', one: 'user', only: withRole('teacher') },
  enrollments: { of: 'enrollments', many: 'enrollments', one: 'enrollment' },
  demographics: { of: 'demographics', many: 'demographics', one: 'demographics' },
};
const COMMON = ['sourcedId', 'status', 'dateLastModified', 'metadata'];
/** The fields by which each collection may be filtered and sorted. */
const FIELDS = {
  orgs: ['name', 'type', 'identifier', 'parent', 'children'],
  academicSessions: ['title', 'type', 'startDate', 'endDate', 'parent', 'schoolYear'],
  courses: ['title', 'schoolYear', 'courseCode', 'grades', 'subjects', 'org', 'subjectCodes'],
  classes: [
    'title',
    'classCode',
    'classType',
    'location',
    'grades',
    'subjects',
    'course',
    'school',
    'terms',
    'subjectCodes',
    'periods',
  ],
  users: [
    'username',
    'userIds',
    'enabledUser',
    'givenName',
    'familyName',
    'middleName',
    'preferredFirstName',
    'preferredMiddleName',
    'preferredLastName',
    'role',
    'roles',
    'orgs',
    'identifier',
    'email',
    'sms',
    'phone',
    'agents',
    'grades',
    'userMasterIdentifier',
    'pronouns',
  ],
  enrollments: ['user', 'class', 'school', 'role', 'primary', 'beginDate', 'endDate'],
  demographics: [
    'birthDate',
    'sex',
    'americanIndianOrAlaskaNative',
    'asian',
    'blackOrAfricanAmerican',
    'nativeHawaiianOrOtherPacificIslander',
    'white',
    'demographicRaceTwoOrMoreRaces',
    'hispanicOrLatinoEthnicity',
    'countryOfBirthCode',
    'stateOfBirthAbbreviation',
    'cityOfBirth',
    'publicSchoolResidenceStatus',
  ],
};
const BOOLEANS = {
  'booleans-as-json': (value) => value,
  'booleans-as-strings': String,
  'booleans-as-upper': (value) => String(value).toUpperCase(),
  'booleans-as-integers': Number,
};

/**
 * Serves a district over OneRoster.
 * @param {import('./district.mjs').District} district
 * @param {object} [options]
 * @param {number} [options.port] 0 takes a free one
 * @param {number} [options.controlPort]
 * @param {'1.1' | '1.2'} [options.version] of the protocol, whatever the files are in
 * @param {string} [options.clientId] random unless given, like the secret; the consumer key of OAuth 1.0a too
 * @param {string} [options.clientSecret]
 * @param {number} [options.tokenSeconds] how long a token holds
 * @param {string} [options.now] what the clock says at the start
 */
export async function serveOneRoster(district, options = {}) {
  const { port = 0, controlPort = 0, version = '1.2', tokenSeconds = 3600, now } = options;
  if (!BASES[version]) throw new Error(`OneRoster ${version} is not served; 1.1 and 1.2 are`);
  const clientId = options.clientId ?? randomBytes(9).toString('base64url');
  const clientSecret = options.clientSecret ?? randomBytes(18).toString('base64url');
  const clock = new Clock(now);
  const faults = new Faults('oneroster');
  const visits = new Visits();
  const tokens = new Tokens(clock, { clientId, clientSecret, seconds: tokenSeconds });
  const store = new OneRosterStore(district, version, clock);
  const api = new Api({
    store,
    faults,
    tokens,
    visits,
    version,
    signed: new Signed(clock, { clientId, clientSecret }),
  });
  const isData = ({ url }) => url.pathname.startsWith(`${BASES[version]}/`) && !url.pathname.endsWith('/token');
  const answer = (asked) => {
    const given = api.answer(asked);
    return { ...given, headers: { date: new Date(clock.millis()).toUTCString(), ...given.headers } };
  };
  const server = await serve(
    front({ answer, isData, faults, tokens, visits, origin: () => server.origin }),
    port,
  );
  api.origin = server.origin;
  const vanish = () => faults.is('deletes-vanish');
  const control = await serveControl({
    faults,
    clock,
    visits,
    port: controlPort,
    rows: (name) => [...store.collection(name).values()],
    state: () => ({ counts: Object.fromEntries([...store.collections].map(([name, rows]) => [name, rows.size])) }),
    changes: {
      upsert: ({ collection, row }) => store.upsert(collection, row),
      delete: ({ collection, sourcedId }) => store.delete(collection, sourcedId, { vanish: vanish() }),
      'change-key': ({ collection, sourcedId, to }) => store.changeId(collection, sourcedId, to),
    },
  });
  return {
    protocol: 'oneroster',
    version,
    url: `${server.origin}${BASES[version]}`,
    control: control.origin,
    clientId,
    clientSecret,
    tokenUrl: `${server.origin}${BASES[version]}/token`,
    scopes: ['roster-core.readonly', 'roster.readonly', 'roster-demographics.readonly'].map(
      (name) => SCOPES[version] + name,
    ),
    store,
    faults,
    clock,
    visits,
    close: () => Promise.all([server.close(), control.close()]),
  };
}

/** The protocol. */
class Api {
  origin = '';

  constructor({ store, faults, tokens, visits, version, signed }) {
    Object.assign(this, { store, faults, tokens, visits, version, signed });
    this.base = BASES[version];
    this.scope = SCOPES[version];
  }

  /** @param {import('./http.mjs').Asked} asked @returns {import('./http.mjs').Answer} */
  answer(asked) {
    const { url, method } = asked;
    if (['/token', `${this.base}/token`].includes(url.pathname))
      return method === 'POST' ? this.#token(asked) : this.#error(405, 'Use POST.');
    if (!url.pathname.startsWith(`${this.base}/`)) return this.#error(404, `Nothing is here: ${url.pathname}`);
    if (method !== 'GET') return this.#error(405, 'This server is read only.');
    const [name, sourcedId, nested] = url.pathname
      .slice(this.base.length + 1)
      .split('/')
      .map(decodeURIComponent);
    const refused = this.#refused(asked, name);
    if (refused) return refused;
    const missing = name === 'demographics' && this.faults.is('no-demographics');
    const room = Object.hasOwn(ROOMS, name) && !missing ? ROOMS[name] : undefined;
    if (!room || nested !== undefined)
      return this.#error(404, `Resource not found: ${url.pathname.slice(this.base.length + 1)}`);
    if (sourcedId === undefined) return this.#page(name, room, url);
    const row = this.store.collection(room.of).get(sourcedId);
    if (!row || (room.only && !room.only(row))) return this.#error(404, `Resource not found: ${name}/${sourcedId}`);
    return { status: 200, json: { [room.one]: this.#sent(row) } };
  }

  #token(asked) {
    this.visits.tokens += 1;
    const form = new URLSearchParams(asked.body);
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, json: { error: 'unsupported_grant_type' } };
    if (!this.tokens.knows(asked, form)) return { status: 401, json: { error: 'invalid_client' } };
    const scopes = (form.get('scope') ?? '').split(' ').filter(Boolean);
    const known = ['roster-core.readonly', 'roster.readonly', 'roster-demographics.readonly'].map(
      (name) => this.scope + name,
    );
    if (scopes.length === 0 || !scopes.every((scope) => known.includes(scope)))
      return { status: 400, json: { error: 'invalid_scope' } };
    return { status: 200, json: { ...this.tokens.give(scopes), scope: scopes.join(' ') } };
  }

  /** Why a request may not have what it asks for; nothing where it may. */
  #refused(asked, name) {
    if (this.version === '1.1' && isSigned(asked)) {
      const fault = this.signed.fault(asked);
      return fault && this.#error(401, fault);
    }
    const held = this.tokens.held(asked);
    if (!held) return this.#error(401, 'Missing or invalid Authorization header.');
    const needed =
      name === 'demographics' ? ['roster-demographics.readonly'] : ['roster-core.readonly', 'roster.readonly'];
    if (needed.some((scope) => held.scopes.includes(this.scope + scope))) return undefined;
    return this.#error(403, `The token lacks the scope ${this.scope}${needed[0]}`);
  }

  #page(name, room, url) {
    const query = url.searchParams;
    const fields = new Set([...COMMON, ...FIELDS[room.of]]);
    let limit = wholeNumber(query, 'limit', 100);
    const offset = wholeNumber(query, 'offset', 0);
    if (!(limit >= 1 && offset >= 0)) {
      return this.#error(400, 'limit must be a whole number from 1, offset from 0.', 'invalid_data');
    }
    if (this.faults.is('clamp-limit-500')) limit = Math.min(limit, 500);
    if (query.get('filter') && this.faults.is('filter-refused')) {
      return this.#error(400, 'There is no filtering here.', 'invalid_data');
    }
    if (query.get('sort') && this.faults.is('sort-refused')) {
      return this.#error(400, 'There is no sorting here.', 'invalid_data');
    }
    try {
      let rows = [...this.store.collection(room.of).values()];
      if (room.only) rows = rows.filter(room.only);
      if (query.get('filter')) rows = this.#filtered(rows, filterOf(query.get('filter'), fields));
      if (query.get('sort')) rows.sort(orderOf(query.get('sort'), query.get('orderBy'), fields));
      rows = disturbed(rows, this.faults);
      const select = query.get('fields') ? selectionOf(query.get('fields'), fields) : (row) => row;
      const page = rows.slice(offset, offset + limit);
      const overlaps = !query.get('sort') && this.faults.is('unsorted-pages-overlap');
      if (overlaps && offset > 0 && page.length > 1) page[1] = rows[0];
      const answer = {
        status: 200,
        headers: { ...this.#counted(rows.length), ...this.#linked(url, { offset, limit, count: rows.length }) },
        json: { [room.many]: page.map((row) => select(this.#sent(row))) },
      };
      if (page.length > 0 && this.faults.strike('delete-while-paging', url.pathname)) {
        this.store.delete(room.of, page[0].sourcedId, { vanish: true });
      }
      return answer;
    } catch (error) {
      if (error instanceof QueryFault) return this.#error(400, error.message, 'invalid_data');
      throw error;
    }
  }

  #filtered(rows, admits) {
    if (this.faults.is('filter-finds-nothing')) return [];
    return this.faults.is('filter-ignored') ? rows : rows.filter(admits);
  }

  #counted(count) {
    return this.faults.is('no-total-count') ? {} : { 'x-total-count': String(count) };
  }

  #linked(url, { offset, limit, count }) {
    if (this.faults.is('no-link')) return {};
    const origin = this.faults.is('link-other-host') ? otherName(this.origin) : this.origin;
    const last = Math.max(0, Math.floor((count - 1) / limit) * limit);
    const wanted = {
      next: offset + limit < count ? offset + limit : undefined,
      prev: offset > 0 ? Math.max(0, offset - limit) : undefined,
      first: 0,
      last,
    };
    const link = Object.entries(wanted)
      .filter(([, to]) => to !== undefined)
      .map(([rel, to]) => {
        const query = new URLSearchParams(url.searchParams);
        query.set('limit', String(limit));
        query.set('offset', String(to));
        return `<${origin}${url.pathname}?${query}>; rel="${rel}"`;
      });
    return { link: link.join(', ') + (this.faults.is('link-stray-comma') ? ',' : '') };
  }

  /** An object as it is sent: booleans in the spelling of the version or of a fault, links of the version. */
  #sent(row) {
    const fault = Object.keys(BOOLEANS).find((name) => this.faults.is(name));
    const spelt = BOOLEANS[fault ?? (this.version === '1.1' ? 'booleans-as-json' : 'booleans-as-strings')];
    const sent = (value, name) => {
      if (typeof value === 'boolean') return spelt(value);
      if (name === 'href') return this.version === '1.1' ? `${this.origin}${this.base}${value}` : value;
      if (Array.isArray(value)) return value.map((item) => sent(item));
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, sent(inner, key)]));
    };
    const given = sent(row);
    if (this.faults.is('empty-username') && 'username' in given) given.username = '';
    if (this.faults.is('empty-title') && 'classCode' in given) given.title = '';
    if (this.faults.is('grades-as-words') && given.grades) given.grades = given.grades.map(gradeInWords);
    return given;
  }

  #error(status, description, codeMinor) {
    const prefix = this.faults.is('errors-without-imsx') ? '' : 'imsx_';
    const said = { codeMajor: 'failure', severity: 'error', description, ...(codeMinor ? { codeMinor } : {}) };
    return { status, json: Object.fromEntries(Object.entries(said).map(([name, value]) => [prefix + name, value])) };
  }
}
