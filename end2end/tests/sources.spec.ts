// Where the data comes from: a run that stopped is looked at and let through by an administrator of the district, a
// schedule is kept in words, and a principal changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { check } from '../axe.ts';
import { expect, hasScript, live, test } from '../fixtures.ts';
import { OwnSite } from '../own-site.ts';

let site: OwnSite;

const invitation = (role: string, mark: string) => site.invitation('nightly-town', role, mark);

/** Every other enrollment is gone from the files. */
function halve(): void {
  const enrollments = join(site.files, 'enrollments.csv');
  const lines = readFileSync(enrollments, 'utf8').split('\n');
  writeFileSync(enrollments, lines.filter((line, number) => line === '' || number % 2 === 0).join('\n'));
}

/** Opens the page anew until it says how the run ended: the server looks every few seconds. */
async function ended(page: Page, said: RegExp): Promise<void> {
  await expect(async () => {
    await page.goto(page.url().replace(/\?.*/, ''));
    await expect(page.getByRole('main')).toContainText(said, { timeout: 500 });
  }).toPass({ timeout: 90_000 });
}

async function isAccessible(page: Page): Promise<void> {
  await live(page);
  await page.locator('details').evaluateAll((all) => all.forEach((one) => ((one as HTMLDetailsElement).open = true)));
  if (hasScript()) await check(page);
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  if (hasScript()) await check(page);
  await page.setViewportSize({ width: 1366, height: 768 });
}

test.beforeEach(async () => {
  test.setTimeout(240_000);
  site = await OwnSite.prepare('sources');
  site.everpresent('district', 'add', 'nightly-town', '--name', 'Nightly Town');
  site.everpresent('source', 'add', 'nightly-town', 'nightly', '--kind', 'folder', '--path', site.files);
  site.everpresent('sync', 'nightly-town', '--source', 'nightly');
  await site.serve();
});

test.afterEach(({ page }) => site.end(page));

test('a run that stopped is looked at, let through with a reason, and ends; a principal only reads of it', async ({
  page,
  browser,
}) => {
  await page.goto(invitation('district-administrator', 'district administrator'));
  await page.goto(`${site.url}/data`);
  await live(page);
  const section = page.getByRole('region', { name: 'Where the data comes from' });
  await expect(section).toContainText('Folder of files');
  await isAccessible(page);

  halve();
  await section.getByRole('button', { name: 'Run now nightly' }).click();
  await expect(section).toContainText('A run is asked for.');
  await ended(page, /Its run stopped before it changed anything: [\d,]+ rows would go\./);
  await isAccessible(page);

  // Until somebody decides, it is the first thing that administrators read.
  const task = page.getByRole('note').filter({ hasText: 'A run of nightly stopped before it changed anything' });
  for (const address of ['/data', '/']) {
    await expect(async () => {
      await page.goto(site.url + address);
      await expect(task).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 30_000 });
  }
  await isAccessible(page);
  await task.getByRole('link').click();
  await expect(page.getByRole('region', { name: 'What would go' })).toBeVisible();
  await page.goto(`${site.url}/data`);

  const principal = await browser.newPage({ javaScriptEnabled: hasScript() });
  await principal.goto(invitation('school-administrator', 'principal'));
  await principal.goto(`${site.url}/data`);
  const read = principal.getByRole('region', { name: 'Where the data comes from' });
  await expect(read).toContainText('An administrator of the district decides.');
  await expect(read.getByRole('button')).toHaveCount(0);
  await expect(read.getByRole('link')).toHaveCount(0);
  for (const address of ['/data', '/']) {
    await principal.goto(site.url + address);
    await expect(principal.getByRole('main')).toBeVisible();
    await expect(principal.getByRole('note').filter({ hasText: 'nightly' })).toHaveCount(0);
  }
  await principal.close();

  await section.getByRole('link', { name: 'See what would go nightly' }).click();
  const going = page.getByRole('region', { name: 'What would go' });
  await expect(going.getByRole('table', { name: /rows would go/ })).toContainText('Maple Grove Elementary School');
  await expect(going).toContainText('more than 1 in 10');
  await isAccessible(page);
  const approve = going.getByRole('button', { name: /^Let these [\d,]+ rows go$/ });
  await approve.click();
  await expect(going.getByRole('textbox', { name: 'Why this is right' })).toHaveAttribute('aria-invalid', 'true');
  await expect(going).toContainText('A reason of 1 to 500 characters is needed.');
  await going.getByRole('textbox', { name: 'Why this is right' }).fill('Half of the students moved to the new school.');
  await approve.click();
  await expect(page.getByRole('status').filter({ hasText: 'Approved' })).toBeVisible();
  await ended(page, /done, [\d,]+ rows? set aside/);
  await expect(going).toHaveCount(0);
  await page.goto(site.url);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('main')).toBeVisible();
    await expect(task).toHaveCount(0, { timeout: 500 });
  }).toPass({ timeout: 30_000 });
});

test('a schedule is kept in words, passed over and taken up again, and the source ends', async ({ page }) => {
  await page.goto(invitation('district-administrator', 'district administrator'));
  await page.goto(`${site.url}/data`);
  await page.getByRole('link', { name: 'nightly', exact: true }).click();
  await live(page);
  const schedule = page.getByRole('region', { name: 'Schedule' });
  const field = schedule.getByRole('textbox', { name: 'Schedule' });
  await field.fill('every night');
  await schedule.getByRole('button', { name: 'Keep this schedule' }).click();
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(schedule.getByRole('alert')).toContainText('This is not a schedule');
  await isAccessible(page);
  await field.fill('15 4 * * 1-5');
  await schedule.getByRole('button', { name: 'Say what it means' }).click();
  await expect(schedule).toContainText('Monday to Friday at 04:15');
  await schedule.getByRole('button', { name: 'Keep this schedule' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The schedule is kept.' })).toBeVisible();
  const state = page.getByRole('region', { name: 'How it stands' });
  await expect(state).toContainText('Next run');
  await state.getByRole('button', { name: 'Pause nightly' }).click();
  await expect(state).toContainText('Paused since');
  await state.getByRole('button', { name: 'Resume nightly' }).click();
  await expect(state).not.toContainText('Paused since');

  await page.getByText('What goes and what stays').click();
  await page.getByRole('button', { name: 'End nightly' }).click();
  await expect(page).toHaveURL(`${site.url}/data?done=ended`);
  const section = page.getByRole('region', { name: 'Where the data comes from' });
  await expect(section).toContainText('The source has ended.');
  await expect(section.getByRole('link')).toHaveCount(0);
});
