// Page times: an open loop of 25 pages a second (50 people who click every 2 seconds) on a demo district.
//
//   node pages.mjs PROGRAM STUDENTS SECONDS
//
// Prints JSON: for each page its median and 99th percentile in milliseconds, from request to last byte, and the server's
// memory.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, pause, start, stepInto, stop } from './server.mjs';

const [program, students, seconds] = process.argv.slice(2);
const PAGES_A_SECOND = 25;
const data = mkdtempSync(join(tmpdir(), 'everpresent-pages-'));
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

/** Sends a request and reads the whole answer. */
function fetchPage(port, path, headers) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const asked = request({ host: '127.0.0.1', port, path, headers, agent }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode, text, ms: performance.now() - begin });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

const port = await freePort();
let server;
try {
  server = await start(program, port, data, 'demo', '--students', students, '--seed', '7', '--today', '2026-03-18');

  // The district's administrator sees every student there is.
  const cookie = await stepInto(`http://127.0.0.1:${port}`, 'District administrator');
  const headers = { cookie };
  const home = await fetchPage(port, '/', headers);
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
      fetchPage(port, path, headers).then((answer) => {
        if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
        if (n >= warmUp) times[name].push(answer.ms);
      }),
    );
  }
  await Promise.all(asked);
  const memory = Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]) / 1024;

  const result = { memory, pages: {} };
  for (const [name, list] of Object.entries(times)) {
    list.sort((a, b) => a - b);
    result.pages[name] = { median: percentile(list, 0.5), p99: percentile(list, 0.99) };
  }
  console.log(JSON.stringify(result));
} finally {
  agent.destroy();
  await stop(server);
  rmSync(data, { recursive: true, force: true });
}
