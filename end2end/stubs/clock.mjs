// The time a stub believes it is. A test may set it or move it.

/** A clock that runs with the machine's until it is set, and then runs on from there. */
export class Clock {
  #offset = 0;

  /** @param {string} [start] the time to begin with, as ISO 8601 */
  constructor(start) {
    if (start) this.set(start);
  }

  /** @returns {number} milliseconds since 1970 */
  millis() {
    return Date.now() + this.#offset;
  }

  /** @returns {string} ISO 8601 with milliseconds, in UTC */
  iso() {
    return new Date(this.millis()).toISOString();
  }

  /** @param {string} time ISO 8601 */
  set(time) {
    const millis = Date.parse(time);
    if (Number.isNaN(millis)) throw new Error(`not a time: ${time}`);
    this.#offset = millis - Date.now();
  }

  /** @param {number} seconds */
  forward(seconds) {
    this.#offset += seconds * 1000;
  }
}
