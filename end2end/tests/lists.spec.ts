// What every list does: it opens records beside itself, goes along as a file, and stands as close together as one likes.
import { readFileSync } from 'node:fs';
import type { Download, Locator, Page } from '@playwright/test';
import { expect, hasScript, listed, live, openRow, refused, signIn, stranger, test } from '../fixtures.ts';

/** Presses a download's button and reads the file, without the mark at its beginning. */
async function taken(page: Page, button: Locator): Promise<{ name: string; lines: string[] }> {
  const [download]: [Download, void] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const text = readFileSync(await download.path(), 'utf8');
  expect(text.startsWith('\ufeff')).toBe(true);
  return { name: download.suggestedFilename(), lines: text.slice(1).split('\r\n').filter((line) => line !== '') };
}

test('a row opens beside its list, with an address of its own, and closes again', async ({ page }) => {
  await signIn(page, 'principal');
  const family = await openRow(page);
  await expect(page).toHaveURL(/[?&]open=[0-9a-z]{13}#at$/);
  const record = page.getByRole('region', { name: family });
  await expect(record.getByRole('heading', { name: 'Thresholds' })).toBeVisible();
  await expect(record.getByText('Why you can see this student')).toBeVisible();
  // The list is still there, and says which row is open.
  await expect(page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible();
  await expect(page.locator('.work-item[aria-current="true"]').first()).toContainText(family);
  await page.reload();
  await expect(record.getByRole('heading', { name: 'Thresholds' })).toBeVisible();
  await record.getByRole('link', { name: 'Close' }).click();
  await expect(page).toHaveURL(/standing=still-open$/);
  await expect(record).toHaveCount(0);
});

test.describe('on a narrow screen', () => {
  test.use({ viewport: { width: 820, height: 1180 } });

  test('a row leads to the student’s own page', async ({ page }) => {
    await signIn(page, 'principal');
    const family = await openRow(page);
    await expect(page).toHaveURL(/\/students\/[0-9a-z]{13}$/);
    await expect(page.getByRole('heading', { level: 1, name: family })).toBeVisible();
  });

  test('an address with an open record shows the record alone', async ({ page }) => {
    await signIn(page, 'principal');
    const [student] = await listed(page);
    await page.goto(`/students?open=${student.id}#at`);
    await expect(page.getByRole('heading', { level: 2, name: student.name.split(', ').reverse().join(' ') })).toBeVisible();
    await expect(page.getByRole('searchbox')).toBeHidden();
    await page.getByRole('link', { name: 'Close' }).click();
    await expect(page.getByRole('searchbox')).toBeVisible();
  });
});

test('a record out of sight does not open beside a list either', async ({ page, everybody, expected }) => {
  await signIn(page, 'principal');
  const other = stranger(everybody, await listed(page));
  for (const path of ['/', '/students']) {
    expected.paths.add(path);
    const answer = await page.goto(`${path}?open=${other.id}`);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 2, name: 'There is nothing here' })).toBeVisible();
    expect(await page.content()).not.toContain(other.name);
  }
  await refused(page, expected, `/students/${other.id}`, 404);
});

test('the worklist and the list of students go along as files, as filtered', async ({ page }) => {
  await signIn(page, 'principal');
  await page.goto('/?standing=close');
  await live(page);
  const lines = Number((await page.getByText(/^[\d,]+ lines?$/).innerText()).replace(/\D/g, ''));
  const worklist = await taken(page, page.getByRole('button', { name: /^Download/ }).first());
  expect(worklist.name).toBe('worklist.csv');
  expect(worklist.lines.length).toBe(lines + 1);

  const [student] = await listed(page);
  await page.goto('/students');
  await live(page);
  await page.getByRole('searchbox').fill(student.localId);
  await page.getByRole('button', { name: 'Search' }).click();
  await expect(page.getByText('Results for what you typed')).toBeVisible();
  const found = await taken(page, page.getByRole('button', { name: /^Download/ }).first());
  expect(found.name).toBe('students.csv');
  expect(found.lines.length).toBe(2);
  expect(found.lines[1]).toContain(student.localId);
});

test('the list of students holds those of one rule, and goes along as a file', async ({ page }) => {
  await signIn(page, 'principal');
  await page.goto('/students');
  await live(page);
  const all = await page.getByRole('status').filter({ hasText: /students/ }).innerText();
  const filters = page.getByRole('form', { name: 'Filters' });
  await filters.getByRole('combobox', { name: 'Threshold' }).selectOption('US-CHRONIC');
  if (!hasScript()) await filters.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/rule=US-CHRONIC/);
  const summary = page.getByRole('status').filter({ hasText: /students/ });
  await expect(summary).not.toHaveText(all);
  const found = Number((await summary.innerText()).replace(/\D/g, ''));
  expect(found).toBeGreaterThan(0);
  await live(page);
  const file = await taken(page, page.getByRole('button', { name: /^Download/ }).first());
  expect(file.lines.length).toBe(found + 1);
});

test('a figure opens to the dated marks behind it', async ({ page }) => {
  await signIn(page, 'principal');
  await page.goto('/?standing=still-open');
  await live(page);
  const item = page.locator('.work-item').first();
  const said = await item.locator('.opens').innerText();
  await item.locator('.opens').click();
  await expect(page).toHaveURL(/\/students\/[0-9a-z]{13}\?signal=[A-Z0-9-]+#signal-[A-Z0-9-]+$/);
  const signal = page.getByRole('article').filter({ has: page.locator('details[open]') }).first();
  await expect(signal).toContainText(said);
  const missed = Number(said.match(/\d+/)![0]);
  await expect(signal.getByRole('table', { name: /counted$/ }).first().locator('tbody tr')).toHaveCount(missed);
});

test('a family takes the days of its children along', async ({ page }) => {
  await signIn(page, 'parent');
  const rows = await page.getByRole('table', { name: 'The days missed' }).locator('tbody tr').count();
  const days = await taken(page, page.getByRole('button', { name: /^Download/ }).first());
  expect(days.name).toBe('days-missed.csv');
  expect(days.lines.length).toBe(rows + 1);
});

test('how close together rows stand is remembered', async ({ page }) => {
  await signIn(page, 'principal');
  await page.goto('/students');
  await live(page);
  const height = async () => (await page.getByRole('table').locator('tbody tr').nth(1).boundingBox())!.height;
  const before = await height();
  await page.getByRole('button', { name: 'Close together' }).click();
  await expect(page).toHaveURL('/students');
  await expect(page.getByRole('button', { name: 'Close together' })).toHaveAttribute('aria-current', 'true');
  expect(await height()).toBeLessThan(before);
  await page.goto('/data');
  await expect(page.locator('html')).toHaveAttribute('data-density', 'close');
});
