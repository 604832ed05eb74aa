// What both stubs need of HTTP: a request as plain data, an answer as plain data, and a server on the loopback.
import { createServer } from 'node:http';

/**
 * @typedef {object} Asked a request
 * @property {string} method
 * @property {URL} url as the client named it, host included
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body
 */
/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} [headers]
 * @property {unknown} [json] the body
 * @property {boolean} [cut] breaks the connection in the middle of the body
 */

const LARGEST_BODY = 64 * 1024 * 1024;

/**
 * Serves answers on 127.0.0.1.
 * @param {(asked: Asked) => Promise<Answer> | Answer} answer
 * @param {number} [port] 0 takes a free one
 * @returns {Promise<{ origin: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(answer, port = 0) {
  const server = createServer(async (request, response) => {
    try {
      const body = await bodyOf(request);
      const url = new URL(request.url, `http://${request.headers.host ?? '127.0.0.1'}`);
      send(response, await answer({ method: request.method, url, headers: request.headers, body }));
    } catch (error) {
      send(response, { status: 500, json: { error: String(error?.stack ?? error) } });
    }
  });
  await new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  const taken = server.address().port;
  return {
    origin: `http://127.0.0.1:${taken}`,
    port: taken,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > LARGEST_BODY) throw new Error('the body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** @param {import('node:http').ServerResponse} response @param {Answer} answer */
function send(response, { status, headers = {}, json, cut = false }) {
  if (json === undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const body = Buffer.from(JSON.stringify(json));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
    'content-length': body.length,
  });
  if (!cut) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

/** A whole number of a query, or `otherwise` where it is absent; NaN where it is something else. */
export function wholeNumber(query, name, otherwise) {
  const text = query.get(name);
  if (text === null || text === '') return otherwise;
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
