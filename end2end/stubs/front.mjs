// What stands before both stubs: the faults that are a matter of HTTP and not of a protocol.
import { setTimeout as pause } from 'node:timers/promises';

/** Counts what a test may want to know about the requests that came. */
export class Visits {
  requests = 0;
  tokens = 0;
  /** Requests under another host's name than the stub's own: a client that follows what it should not. */
  byOtherName = 0;
  /** @type {string[]} the last requests, the newest at the end */
  last = [];

  /** @param {import('./http.mjs').Asked} asked @param {string} ownHost */
  note(asked, ownHost) {
    this.requests += 1;
    if (asked.headers.host !== ownHost) this.byOtherName += 1;
    this.last.push(`${asked.method} ${asked.url.pathname}${asked.url.search}`);
    if (this.last.length > 2000) this.last.shift();
  }
}

/**
 * Wraps a protocol's answers.
 * @param {object} stub
 * @param {(asked: import('./http.mjs').Asked) => import('./http.mjs').Answer} stub.answer
 * @param {(asked: import('./http.mjs').Asked) => boolean} stub.isData whether a request is one that faults strike
 * @param {import('./faults.mjs').Faults} stub.faults
 * @param {import('./tokens.mjs').Tokens} stub.tokens
 * @param {Visits} stub.visits
 * @param {() => string} stub.origin
 * @returns {(asked: import('./http.mjs').Asked) => Promise<import('./http.mjs').Answer>}
 */
export function front({ answer, isData, faults, tokens, visits, origin }) {
  return async (asked) => {
    visits.note(asked, new URL(origin()).host);
    const path = asked.url.pathname;
    const slow = faults.strike('slow', path);
    if (slow) await pause(slow.milliseconds);
    if (!isData(asked)) return answer(asked);

    const unavailable = faults.strike('unavailable', path);
    if (unavailable) return { status: 503, headers: { 'retry-after': String(unavailable.retryAfter) } };
    const tooMany = faults.strike('rate-limit', path);
    if (tooMany) return { status: 429, headers: { 'retry-after': String(tooMany.retryAfter) } };
    if (faults.is('redirect-other-host') && new URL(origin()).host === asked.headers.host) {
      return { status: 302, headers: { location: `${otherName(origin())}${path}${asked.url.search}` } };
    }
    if (faults.strike('token-expires-mid-run', path)) tokens.end();

    const given = answer(asked);
    if (given.status === 401 && faults.is('forbidden-for-unauthorized')) return { ...given, status: 403 };
    if (given.status === 404 && faults.is('no-content-for-not-found')) return { status: 204 };
    if (given.status === 200 && faults.strike('cut-mid-page', path)) return { ...given, cut: true };
    return given;
  };
}

/** The stub under a host's name that is not its own, which leads to it all the same. @param {string} origin */
export function otherName(origin) {
  return origin.replace('127.0.0.1', 'localhost');
}

/** Rows as `duplicate-rows` and `reordered` deliver them. */
export function disturbed(rows, faults) {
  let given = rows;
  if (faults.is('duplicate-rows')) given = given.flatMap((row, i) => (i % 10 === 0 ? [row, row] : [row]));
  if (faults.is('reordered')) given = given.toReversed();
  return given;
}
