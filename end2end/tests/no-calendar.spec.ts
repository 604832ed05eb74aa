// A district one of whose schools sent no calendar: how far its attendance has come is unknown, and the page says so.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import { expect, live, test } from '../fixtures.ts';

const program = process.env.EVERPRESENT_BIN ?? resolve('..', process.env.CARGO_TARGET_DIR ?? 'target', 'debug/everpresent');
const env = { ...process.env, DATABASE_URL: '' };
const UNKNOWN = 'unknown: no calendar has come for this school';

let scratch: string;
let server: ChildProcess | undefined;
let invitation: string;

function everpresent(...command: string[]): string {
  try {
    return execFileSync(program, [...command, '--data', join(scratch, 'data'), '--quiet'], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    // 3: done, with rows set aside: a school without a calendar has no school days to miss.
    if ((error as { status?: number }).status === 3) return '';
    throw error;
  }
}

test.beforeEach(async () => {
  test.setTimeout(120_000);
  scratch = mkdtempSync(join(tmpdir(), 'everpresent-no-calendar-'));
  const files = join(scratch, 'files');
  cpSync(join(process.env.EVERPRESENT_SCRATCH!, 'export'), files, { recursive: true });
  const calendar = join(files, 'calendar.csv');
  writeFileSync(calendar, readFileSync(calendar, 'utf8').replace(/^101,.*\r?\n/gm, ''));
  everpresent('district', 'add', 'quiet-school', '--name', 'Quiet School District');
  everpresent('sync', 'quiet-school', '--from', files);
  const port = await new Promise<number>((found) => {
    const free = createServer().listen(0, '127.0.0.1', () => {
      const { port } = free.address() as AddressInfo;
      free.close(() => found(port));
    });
  });
  const url = `http://127.0.0.1:${port}`;
  const person = readFileSync(join(files, 'people-of-note.csv'), 'utf8').match(/^(\d+),district administrator$/m)![1];
  const printed = everpresent('invite', 'quiet-school', '--role', 'district-administrator', '--person', person, '--url', url);
  invitation = printed.match(/http\S+/)![0];
  server = spawn(program, ['serve', '--data', join(scratch, 'data'), '--addr', `127.0.0.1:${port}`, '--quiet'], {
    env,
    stdio: 'ignore',
  });
  await expect.poll(() => fetch(`${url}/readyz`).then((answer) => answer.status, () => 0)).toBe(200);
});

test.afterEach(async () => {
  if (server && server.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
  rmSync(scratch, { recursive: true, force: true });
});

test('the Data page and its download name the school whose calendar has not come', async ({ page }) => {
  await page.goto(invitation);
  await page.goto(new URL('/data', invitation).href);
  await live(page);
  const region = page.getByRole('region', { name: 'How far attendance has come' });
  const row = region.getByRole('row').filter({ hasText: UNKNOWN });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('Maple Grove Elementary School');
  // The rows of its attendance are thousands, and have one reason: it is said once, with how many there are.
  const aside = page.getByRole('region', { name: 'Rows set aside' });
  await expect(aside.getByRole('paragraph').filter({ hasText: 'The school has no calendar for that school year.' })).toHaveCount(1);
  await expect(aside.getByRole('heading', { name: /^attendance\.csv, column date: [\d,]+ rows$/ }).first()).toBeVisible();
  await expect(aside.getByText(/^And [\d,]+ more like them/)).toHaveCount(1);
  // The sentence is long: on the narrowest phone it wraps.
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  const downloading = page.waitForEvent('download');
  await region.getByRole('button', { name: /^Download/ }).click();
  const csv = readFileSync(await (await downloading).path(), 'utf8');
  const lines = csv.split(/\r?\n/).filter((line) => line.includes(UNKNOWN));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('Maple Grove Elementary School');
});
