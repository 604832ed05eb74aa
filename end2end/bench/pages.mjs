// Page times: an open loop of 25 pages a second (50 people who click every 2 seconds) on a demo district.
//
//   node pages.mjs PROGRAM STUDENTS SECONDS
//
// Prints JSON: for each page its median and 99th percentile in milliseconds, from request to last byte, and the server's
// memory. `start` is the time from starting the server on the existing store to its first `ready`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

const [program, students, seconds] = process.argv.slice(2);
const PAGES_A_SECOND = 25;
const data = mkdtempSync(join(tmpdir(), 'everpresent-pages-'));
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a request and reads the whole answer. */
function fetchPage(port, path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, headers: answer.headers, text, ms: performance.now() - begin });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Starts the program and waits until it is ready. */
async function started(port, ...command) {
  const begin = performance.now();
  const server = spawn(program, [...command, '--addr', `127.0.0.1:${port}`, '--data', data, '--quiet'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (;;) {
    if (server.exitCode !== null) throw new Error(`${command[0]} ended with ${server.exitCode}`);
    const answer = await fetchPage(port, '/readyz').catch(() => undefined);
    if (answer?.status === 200) return { server, ms: performance.now() - begin };
    await pause(2);
  }
}

async function stop(server) {
  server.kill('SIGTERM');
  await once(server, 'exit');
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const port = await freePort();
let server;
try {
  ({ server } = await started(port, 'demo', '--students', students, '--seed', '7', '--today', '2026-03-18'));

  // The district's administrator sees every student there is.
  const front = await fetchPage(port, '/sign-in');
  const person = front.text
    .split('<button')
    .find((button) => button.includes('District administrator'))
    ?.match(/name="person" value="([^"]+)"/)?.[1];
  if (!person) throw new Error('the sign-in page offers no district administrator');
  const opened = await fetchPage(port, '/demo/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: `http://127.0.0.1:${port}` },
    body: `person=${person}`,
  });
  const cookie = opened.headers['set-cookie']?.[0].split(';')[0];
  if (!cookie) throw new Error(`stepping into the district administrator gave ${opened.status} and no cookie`);
  const headers = { cookie };
  const home = await fetchPage(port, '/', { headers });
  const school = home.text.match(/href="(\/schools\/[0-9a-z]+)"/)?.[1];
  if (!school) throw new Error('the start page links to no school');

  const pages = { Today: '/', Students: '/students', School: school };
  const times = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
  const warmUp = 2 * PAGES_A_SECOND;
  const count = warmUp + Number(seconds) * PAGES_A_SECOND;
  const begin = performance.now();
  const asked = [];
  for (let n = 0; n < count; n += 1) {
    // Each request goes out at its time, whether or not earlier ones were answered.
    await pause(Math.max(0, begin + (n * 1000) / PAGES_A_SECOND - performance.now()));
    const [name, path] = Object.entries(pages)[n % 3];
    asked.push(
      fetchPage(port, path, { headers }).then((answer) => {
        if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
        if (n >= warmUp) times[name].push(answer.ms);
      }),
    );
  }
  await Promise.all(asked);
  const memory = Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;
  await stop(server);

  const starts = [];
  for (let n = 0; n < 5; n += 1) {
    const again = await started(port, 'serve');
    server = again.server;
    starts.push(again.ms);
    await stop(server);
  }
  const result = { start: starts.sort((a, b) => a - b)[2], memory, pages: {} };
  for (const [name, list] of Object.entries(times)) {
    list.sort((a, b) => a - b);
    result.pages[name] = { median: percentile(list, 0.5), p99: percentile(list, 0.99) };
  }
  console.log(JSON.stringify(result));
} finally {
  agent.destroy();
  if (server && server.exitCode === null) server.kill('SIGKILL');
  rmSync(data, { recursive: true, force: true });
}
