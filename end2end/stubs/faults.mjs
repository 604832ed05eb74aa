// The faults of real servers, by name. A stub behaves until one is switched on.

const BOTH = ['edfi', 'oneroster'];

/**
 * Each fault: the stubs that know it, how often it strikes unless told otherwise (absent: until switched off), and its
 * other settings. README.md says in a line what each does.
 * @type {Record<string, { of: string[], times?: number, settings?: Record<string, number> }>}
 */
export const FAULTS = {
  'clamp-limit-500': { of: ['oneroster'] },
  'no-total-count': { of: BOTH },
  'no-link': { of: ['oneroster'] },
  'link-other-host': { of: ['oneroster'] },
  'link-stray-comma': { of: ['oneroster'] },
  'forbidden-for-unauthorized': { of: BOTH },
  'no-content-for-not-found': { of: BOTH },
  'booleans-as-json': { of: ['oneroster'] },
  'booleans-as-strings': { of: ['oneroster'] },
  'booleans-as-upper': { of: ['oneroster'] },
  'booleans-as-integers': { of: ['oneroster'] },
  'errors-without-imsx': { of: ['oneroster'] },
  'deletes-vanish': { of: ['oneroster'] },
  'filter-refused': { of: ['oneroster'] },
  'filter-ignored': { of: ['oneroster'] },
  'filter-finds-nothing': { of: ['oneroster'] },
  'sort-refused': { of: ['oneroster'] },
  'unsorted-pages-overlap': { of: ['oneroster'] },
  'empty-username': { of: ['oneroster'] },
  'empty-title': { of: ['oneroster'] },
  'grades-as-words': { of: ['oneroster'] },
  'no-demographics': { of: ['oneroster'] },
  'token-expires-mid-run': { of: BOTH, times: 1, settings: { after: 3 } },
  'rate-limit': { of: BOTH, times: 2, settings: { retryAfter: 1 } },
  unavailable: { of: BOTH, times: 2, settings: { retryAfter: 1 } },
  'cut-mid-page': { of: BOTH, times: 1 },
  'delete-while-paging': { of: BOTH, times: 1 },
  'duplicate-rows': { of: BOTH },
  reordered: { of: BOTH },
  slow: { of: BOTH, settings: { milliseconds: 200 } },
  'redirect-other-host': { of: BOTH },
  'wrong-token-host': { of: ['edfi'] },
  'change-queries-off': { of: ['edfi'] },
  'deletes-only-ids': { of: ['edfi'] },
  'deletes-not-shown': { of: ['edfi'] },
  'snapshot-not-offered': { of: ['edfi'] },
  'cursor-empty-body-with-token': { of: ['edfi'], times: 1 },
};

/** The faults of one stub that are on. */
export class Faults {
  #on = new Map();

  /** @param {'edfi' | 'oneroster'} protocol */
  constructor(protocol) {
    this.protocol = protocol;
  }

  /**
   * Switches a fault on.
   * @param {string} name
   * @param {{ times?: number, after?: number, at?: string, [setting: string]: unknown }} [settings] how many `times` it
   *   strikes, `after` how many occasions that it lets pass, only `at` addresses that contain this, and what else FAULTS
   *   lists for it
   */
  on(name, settings = {}) {
    const known = FAULTS[name];
    if (!known?.of.includes(this.protocol)) {
      const names = Object.keys(FAULTS).filter((each) => FAULTS[each].of.includes(this.protocol));
      throw new Error(`${this.protocol} knows no fault ${name}; it knows ${names.join(', ')}`);
    }
    const allowed = ['times', 'after', 'at', ...Object.keys(known.settings ?? {})];
    const unknown = Object.keys(settings).filter((setting) => !allowed.includes(setting));
    if (unknown.length > 0) throw new Error(`${name} has no ${unknown.join(', ')}; it has ${allowed.join(', ')}`);
    const { times = known.times ?? Infinity, after = known.settings?.after ?? 0, at = '' } = settings;
    this.#on.set(name, { ...known.settings, ...settings, times, after, at, struck: 0 });
  }

  /** @param {string} name */
  off(name) {
    this.#on.delete(name);
  }

  /** Switches every fault off. */
  clear() {
    this.#on.clear();
  }

  /** Whether a lasting fault is on. @param {string} name */
  is(name) {
    return this.#on.has(name);
  }

  /**
   * Lets a fault that counts its occasions strike: its settings where it does.
   * @param {string} name
   * @param {string} path of the request
   * @returns {Record<string, any> | undefined}
   */
  strike(name, path) {
    const fault = this.#on.get(name);
    if (!fault || !path.includes(fault.at)) return undefined;
    if (fault.after > 0) {
      fault.after -= 1;
      return undefined;
    }
    if (fault.struck >= fault.times) return undefined;
    fault.struck += 1;
    return fault;
  }

  /** The faults that are on, with their settings and how often each has struck. */
  list() {
    return Object.fromEntries(
      [...this.#on].map(([name, fault]) => [
        name,
        { ...fault, times: Number.isFinite(fault.times) ? fault.times : null },
      ]),
    );
  }
}
