// The control port of a stub: how a test changes what the stub holds, its clock and its faults. Not a part of any
// standard; README.md lists the routes.
import { serve } from './http.mjs';

/**
 * @param {object} stub
 * @param {number} stub.port 0 takes a free one
 * @param {Record<string, (given: any) => unknown>} stub.changes what `POST /stub/NAME` does with its body
 * @param {() => object} stub.state what `GET /stub/state` adds
 * @param {(name: string) => unknown[]} stub.rows all rows of a resource or collection
 * @param {import('./faults.mjs').Faults} stub.faults
 * @param {import('./clock.mjs').Clock} stub.clock
 * @param {import('./front.mjs').Visits} stub.visits
 */
export function serveControl({ port, changes, state, rows, faults, clock, visits }) {
  const fine = (json = {}) => ({ status: 200, json });
  const post = {
    ...changes,
    clock({ now, forward }) {
      if (now !== undefined) clock.set(now);
      if (forward !== undefined) clock.forward(forward);
      return { now: clock.iso() };
    },
  };

  const switches = {
    'POST faults/…': (name, settings) => faults.on(name, settings),
    'DELETE faults/…': (name) => faults.off(name),
    'DELETE faults': () => faults.clear(),
  };

  return serve((asked) => {
    const [, room, verb, name] = asked.url.pathname.split('/').map(decodeURIComponent);
    if (room !== 'stub') return { status: 404, json: { error: `${asked.url.pathname} is not under /stub/` } };
    const route = `${asked.method} ${verb}${name === undefined ? '' : '/…'}`;
    try {
      const given = asked.body === '' ? {} : JSON.parse(asked.body);
      if (route === 'GET state') return fine({ now: clock.iso(), faults: faults.list(), visits, ...state() });
      if (route === 'GET rows/…') return fine(rows(name));
      if (route === 'GET faults') return fine(faults.list());
      if (Object.hasOwn(switches, route)) {
        switches[route](name, given);
        return fine(faults.list());
      }
      if (asked.method === 'POST' && name === undefined && Object.hasOwn(post, verb)) return fine(post[verb](given));
    } catch (error) {
      return { status: 400, json: { error: error.message } };
    }
    return { status: 404, json: { error: `there is no ${asked.method} ${asked.url.pathname}` } };
  }, port);
}
