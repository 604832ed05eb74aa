// The rule lab in the browser, its processor slowed down four times: from a move of the threshold to the painted figure.
//
//   node lab.mjs PROGRAM EXPORT
//
// EXPORT is the folder of a district with one school, whose principal is `p1`. Prints JSON: `students`, and the median
// and the 95th percentile of the moves in milliseconds.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SLOWER, launch } from './browser.mjs';
import { freePort, start, stop } from './server.mjs';

const [program, folder] = process.argv.slice(2);
const MOVES = 60;
const data = mkdtempSync(join(tmpdir(), 'everpresent-lab-'));

function everpresent(...command) {
  try {
    return execFileSync(program, [...command, '--data', data], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    // 3: done, with rows set aside.
    if (error.status === 3) return error.stdout;
    throw error;
  }
}

const port = await freePort();
const site = `http://127.0.0.1:${port}`;
let server, browser;
try {
  everpresent('district', 'add', 'lab', '--name', 'Lab');
  everpresent('sync', 'lab', '--from', folder, '--quiet');
  const said = everpresent('invite', 'lab', '--role', 'school-administrator', '--person', 'p1', '--url', site);
  server = await start(program, port, data, 'serve');

  browser = await launch();
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
  await page.goto(said.match(/http\S+/)[0]);
  const marks = page.waitForResponse(/\/api\/lab-data\//);
  await page.goto(`${site}/lab`);
  await (await marks).finished();
  const group = await page.locator('.lab-figure').innerText();
  // The marks are laid out once after they came.
  await page.waitForTimeout(3000);
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  const { times, figures } = await page.evaluate(async (moves) => {
    const slider = document.querySelector('[data-moves="value"]');
    const figure = document.querySelector('.lab-said [role="status"]');
    const frame = () =>
      new Promise((painted) =>
        requestAnimationFrame(() => {
          const after = new MessageChannel();
          after.port1.onmessage = () => painted();
          after.port2.postMessage(0);
        }),
      );
    const times = [];
    const figures = new Set();
    for (let n = 0; n < moves; n += 1) {
      slider.value = String(5 + (n % 20));
      const begin = performance.now();
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await frame();
      times.push(performance.now() - begin);
      figures.add(figure.innerText);
      await new Promise((rested) => setTimeout(rested, 50));
    }
    return { times, figures: figures.size };
  }, MOVES);
  if (figures < 10) throw new Error(`only ${figures} figures came of ${MOVES} moves`);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  console.log(JSON.stringify({ figure: group.replaceAll('\n', ' '), median: at(0.5), p95: at(0.95) }));
} finally {
  await browser?.close();
  await stop(server);
  rmSync(data, { recursive: true, force: true });
}
