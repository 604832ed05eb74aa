// What a OneRoster stub holds, and what changes it.
import { oneRosterRows, STORED } from './oneroster-rows.mjs';

/** The objects of each collection, by their sourcedId and in the order in which they came. */
export class OneRosterStore {
  /**
   * @param {import('./district.mjs').District} district
   * @param {'1.1' | '1.2'} version
   * @param {import('./clock.mjs').Clock} clock
   */
  constructor(district, version, clock) {
    this.clock = clock;
    const rows = oneRosterRows(district, version, clock.iso());
    /** @type {Map<string, Map<string, any>>} */
    this.collections = new Map(STORED.map((name) => [name, new Map(rows[name].map((row) => [row.sourcedId, row]))]));
  }

  /** @param {string} name @returns {Map<string, any>} */
  collection(name) {
    const found = this.collections.get(name);
    if (!found) throw new Error(`there is no collection ${name}`);
    return found;
  }

  #held(name, sourcedId) {
    const row = this.collection(name).get(sourcedId);
    if (!row) throw new Error(`${name} holds no ${sourcedId}`);
    return row;
  }

  /** Adds an object, or replaces the members given of the one with its sourcedId. */
  upsert(name, row) {
    if (!row?.sourcedId) throw new Error('an object needs a sourcedId');
    const before = this.collection(name).get(row.sourcedId);
    this.collection(name).set(row.sourcedId, {
      status: 'active',
      ...before,
      ...row,
      dateLastModified: row.dateLastModified ?? this.clock.iso(),
    });
  }

  /** Marks an object as to be deleted, or drops it without a trace. */
  delete(name, sourcedId, { vanish }) {
    const row = this.#held(name, sourcedId);
    if (vanish) this.collection(name).delete(sourcedId);
    else this.collection(name).set(sourcedId, { ...row, status: 'tobedeleted', dateLastModified: this.clock.iso() });
  }

  /** Gives an object another sourcedId, in each reference to it too: a real export that numbers anew. */
  changeId(name, sourcedId, to) {
    const row = this.#held(name, sourcedId);
    if (this.collection(name).has(to)) throw new Error(`${name} already holds ${to}`);
    const kind = {
      orgs: 'org',
      academicSessions: 'academicSession',
      courses: 'course',
      classes: 'class',
      users: 'user',
    }[name];
    const touched = this.clock.iso();
    this.collection(name).delete(sourcedId);
    this.collection(name).set(to, { ...row, sourcedId: to, dateLastModified: touched });
    for (const collection of this.collections.values()) {
      for (const [id, each] of collection) {
        const after = repointed(each, kind, sourcedId, to);
        if (after !== each) collection.set(id, { ...after, dateLastModified: touched });
      }
    }
    const demographics = this.collection('demographics').get(sourcedId);
    if (name === 'users' && demographics) {
      this.collection('demographics').delete(sourcedId);
      this.collection('demographics').set(to, { ...demographics, sourcedId: to, dateLastModified: touched });
    }
  }
}

/** An object with its references of a kind turned from one id to another; itself where it has none. */
function repointed(value, kind, from, to) {
  if (typeof value !== 'object' || value === null) return value;
  if (value.type === kind && value.sourcedId === from && 'href' in value)
    return { ...value, sourcedId: to, href: value.href.replace(from, to) };
  const entries = Object.entries(value).map(([name, inner]) => [name, repointed(inner, kind, from, to)]);
  if (entries.every(([name, inner]) => inner === value[name])) return value;
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}
