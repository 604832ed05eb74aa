// OAuth 1.0a (RFC 5849) as OneRoster 1.1 uses it: no token, only a consumer who signs each request.
import { createHmac } from 'node:crypto';
import { same } from './tokens.mjs';

const DIGESTS = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' };
/** How far a timestamp may be off, in seconds. */
const SKEW = 300;

/** Percent-encodes as section 3.6 says. @param {string} text */
export function encode(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The signature of a request (sections 3.4.1 and 3.4.2).
 * @param {string} method
 * @param {URL} url with its query
 * @param {Record<string, string>} oauth the oauth_ parameters, the signature not among them
 * @param {string} secret the consumer's
 * @param {string} [tokenSecret] OneRoster has no token, so none
 */
export function signature(method, url, oauth, secret, tokenSecret = '') {
  const pairs = [...url.searchParams, ...Object.entries(oauth)].map(([name, value]) => [encode(name), encode(value)]);
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  pairs.sort((a, b) => order(a[0], b[0]) || order(a[1], b[1]));
  const parameters = pairs.map((pair) => pair.join('=')).join('&');
  const base = [method.toUpperCase(), encode(`${url.origin}${url.pathname}`), encode(parameters)].join('&');
  return createHmac(DIGESTS[oauth.oauth_signature_method], `${encode(secret)}&${encode(tokenSecret)}`)
    .update(base)
    .digest('base64');
}

/** Checks signed requests; remembers each nonce, so that none is taken twice. */
export class Signed {
  #seen = new Set();

  /**
   * @param {import('./clock.mjs').Clock} clock
   * @param {{ clientId: string, clientSecret: string }} consumer
   */
  constructor(clock, consumer) {
    this.clock = clock;
    this.consumer = consumer;
  }

  /**
   * What is wrong with a request's signature; nothing where it holds.
   * @param {import('./http.mjs').Asked} asked
   * @returns {string | undefined}
   */
  fault(asked) {
    const oauth = parameters(asked.headers.authorization);
    const { oauth_signature: given, realm: _, ...signed } = oauth;
    if (!DIGESTS[signed.oauth_signature_method]) return 'The signature method must be HMAC-SHA1 or HMAC-SHA256.';
    if (signed.oauth_consumer_key !== this.consumer.clientId) return 'The consumer key is not known.';
    const apart = Math.abs(Number(signed.oauth_timestamp) - this.clock.millis() / 1000);
    if (!(apart <= SKEW)) return 'The timestamp is too far from the time here.';
    const expected = signature(asked.method, asked.url, signed, this.consumer.clientSecret);
    if (!same(given, expected)) return 'The signature does not hold.';
    const nonce = `${signed.oauth_timestamp} ${signed.oauth_nonce}`;
    if (!signed.oauth_nonce || this.#seen.has(nonce)) return 'The nonce was used before.';
    this.#seen.add(nonce);
    return undefined;
  }
}

/** Whether a request is signed at all. */
export function isSigned(asked) {
  return /^OAuth\s/i.test(asked.headers.authorization ?? '');
}

/** The parameters of an `Authorization: OAuth …` header. */
function parameters(header) {
  const found = header.replace(/^OAuth\s+/i, '').matchAll(/([A-Za-z0-9_]+)="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, name, value]) => [name, decodeURIComponent(value)]));
}
