// A district one of whose schools sent no calendar: how far its attendance has come is unknown, and the page says so.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, live, test } from '../fixtures.ts';
import { OwnSite } from '../own-site.ts';

const UNKNOWN = 'unknown: no calendar has come for this school';

let site: OwnSite;
let invitation: string;

test.beforeEach(async () => {
  test.setTimeout(120_000);
  site = await OwnSite.prepare('no-calendar');
  const calendar = join(site.files, 'calendar.csv');
  writeFileSync(calendar, readFileSync(calendar, 'utf8').replace(/^101,.*\r?\n/gm, ''));
  site.everpresent('district', 'add', 'quiet-school', '--name', 'Quiet School District');
  // A school without a calendar has no school days to miss: its rows are set aside.
  site.everpresent('sync', 'quiet-school', '--from', site.files);
  invitation = site.invitation('quiet-school', 'district-administrator', 'district administrator');
  await site.serve();
});

test.afterEach(({ page }) => site.end(page));

test('the Data page and its download name the school whose calendar has not come', async ({ page }) => {
  await page.goto(invitation);
  await page.goto(`${site.url}/data`);
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
