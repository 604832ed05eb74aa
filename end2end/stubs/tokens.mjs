// OAuth 2 client credentials: who may have a token, and whether a token holds.
import { randomBytes, timingSafeEqual } from 'node:crypto';

/** The tokens a stub has given out. */
export class Tokens {
  #given = new Map();

  /**
   * @param {import('./clock.mjs').Clock} clock
   * @param {{ clientId: string, clientSecret: string, seconds: number }} options how long a token holds, and for whom
   */
  constructor(clock, { clientId, clientSecret, seconds }) {
    this.clock = clock;
    this.clientId = clientId;
    this.clientSecret = clientSecret;
    this.seconds = seconds;
  }

  /**
   * Whether a token request names the client: with HTTP Basic or in its form.
   * @param {import('./http.mjs').Asked} asked
   * @param {URLSearchParams} form
   */
  knows(asked, form) {
    const [id, secret] = basic(asked.headers.authorization) ?? [form.get('client_id'), form.get('client_secret')];
    return same(id, this.clientId) && same(secret, this.clientSecret);
  }

  /** Gives a token. @param {string[]} [scopes] */
  give(scopes = []) {
    const token = randomBytes(24).toString('base64url');
    this.#given.set(token, { scopes, until: this.clock.millis() + this.seconds * 1000 });
    return { access_token: token, expires_in: this.seconds, token_type: 'bearer' };
  }

  /** What a token in the Authorization header allows; nothing where it does not hold. */
  held(asked) {
    const token = /^Bearer\s+(\S+)$/i.exec(asked.headers.authorization ?? '')?.[1];
    const given = this.#given.get(token);
    return given && given.until > this.clock.millis() ? given : undefined;
  }

  /** Ends every token. */
  end() {
    this.#given.clear();
  }
}

/** @param {string | undefined} header @returns {[string, string] | undefined} */
function basic(header) {
  const encoded = /^Basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return undefined;
  const [id, ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [id, secret.join(':')];
}

/** Compares without saying by its time how much was right. */
export function same(given, expected) {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
