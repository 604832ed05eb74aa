// The first visit to a page: an empty cache, a processor four times slower, slow 4G.
//
//   node visit.mjs PROGRAM STUDENTS ROUNDS
//
// Prints JSON: for the staff's page and the family's the medians of `readable` (something is painted), `wasm` (the
// WebAssembly has come), `live` (script has taken the page over) and `longest` (task), in milliseconds since the address
// was entered, and of the bytes that came: of `script`, and in `all`. `wasm` and `live` are null where there is no script.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SLOWER, launch } from './browser.mjs';
import { freePort, pause, start, stepInto, stop } from './server.mjs';

const [program, students, rounds] = process.argv.slice(2);
const SLOW_4G = { offline: false, latency: 400, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 };
const PAGES = {
  staff: { why: 'District administrator', path: '/', viewport: { width: 1366, height: 768 }, script: true },
  family: {
    why: 'Sees the school days of their own children.',
    path: '/family',
    viewport: { width: 390, height: 844 },
    script: false,
  },
};

/** Notes in the page itself when script takes it over, and its longest task. A task under 50 ms is none to a browser. */
function watch() {
  window.noted = { live: null, longest: 50 };
  new MutationObserver(() => {
    if (document.documentElement.hasAttribute('data-live')) window.noted.live ??= performance.now();
  }).observe(document, { subtree: true, attributeFilter: ['data-live'] });
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.noted.longest = Math.max(window.noted.longest, task.duration);
  }).observe({ type: 'longtask', buffered: true });
}

async function visit(site, cookie, { path, viewport, script }) {
  // A browser of its own each time: contexts of one share what is compiled.
  const browser = await launch();
  try {
    const context = await browser.newContext({ viewport });
    const [name, value] = cookie.split(/=(.*)/);
    await context.addCookies([{ name, value, url: site }]);
    const page = await context.newPage();
    await page.addInitScript(watch);
    const session = await context.newCDPSession(page);
    const addresses = new Map();
    const came = { script: 0, all: 0 };
    session.on('Network.requestWillBeSent', ({ requestId, request }) => addresses.set(requestId, request.url));
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      came.all += encodedDataLength;
      if (/\.(js|wasm)$/.test(addresses.get(requestId))) came.script += encodedDataLength;
    });
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW_4G);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    const answer = await page.goto(site + path, { timeout: 120_000 });
    if (answer.status() !== 200 || page.url() !== site + path) throw new Error(`${path} led to ${page.url()}`);
    const painted = () => performance.getEntriesByName('first-contentful-paint').length > 0;
    await page.waitForFunction(painted, undefined, { timeout: 120_000 });
    if (script) await page.waitForSelector('html[data-live]', { state: 'attached', timeout: 120_000 });
    // A task of after that counts too.
    await pause(1000);
    const { inline, ...noted } = await page.evaluate(() => ({
      readable: performance.getEntriesByName('first-contentful-paint')[0].startTime,
      wasm: performance.getEntriesByType('resource').find(({ name }) => name.endsWith('.wasm'))?.responseEnd ?? null,
      ...window.noted,
      inline: new Blob(Array.from(document.scripts, ({ text }) => text)).size,
    }));
    return { ...noted, ...came, script: came.script + inline };
  } finally {
    await browser.close();
  }
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const data = mkdtempSync(join(tmpdir(), 'everpresent-visit-'));
const port = await freePort();
const site = `http://127.0.0.1:${port}`;
let server;
try {
  server = await start(program, port, data, 'demo', '--students', students, '--seed', '7', '--today', '2026-03-18');
  const result = {};
  for (const [name, page] of Object.entries(PAGES)) {
    const cookie = await stepInto(site, page.why);
    const visits = [];
    for (let n = 0; n < Number(rounds); n += 1) visits.push(await visit(site, cookie, page));
    const medians = Object.keys(visits[0]).map((what) => [what, median(visits.map((one) => one[what]))]);
    result[name] = Object.fromEntries(medians);
  }
  console.log(JSON.stringify(result));
} finally {
  await stop(server);
  rmSync(data, { recursive: true, force: true });
}
