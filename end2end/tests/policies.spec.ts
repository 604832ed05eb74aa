// Rules of the district's own: an administrator sees whom a rule would flag before it counts, and every version stays.
import { check } from '../axe.ts';
import { expect, hasScript, live, signIn, test } from '../fixtures.ts';
import type { Page } from '@playwright/test';

const form = (page: Page) => page.locator('form.policy-form');

async function fill(page: Page, title: string, threshold: string): Promise<void> {
  await form(page).getByRole('textbox', { name: 'Title' }).fill(title);
  await form(page).getByRole('combobox', { name: 'Which absences' }).selectOption('all');
  await form(page).getByRole('combobox', { name: 'Measured as' }).selectOption('count');
  await form(page).getByRole('spinbutton', { name: 'Threshold' }).fill(threshold);
  await form(page).getByRole('textbox', { name: 'What the school does' }).fill('Call the family and ask what would help.');
}

async function make(page: Page, title: string): Promise<void> {
  await signIn(page, 'district');
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await page.getByRole('link', { name: 'Make a rule' }).click();
  await live(page);
  await fill(page, title, '8');
  // A version judges the days on which it is in force: from four weeks ago on there are some.
  const from = form(page).getByLabel('In force from');
  const day = new Date(`${await from.inputValue()}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 28);
  await from.fill(day.toISOString().slice(0, 10));
  await form(page).getByRole('textbox', { name: 'Why' }).fill('Eight days are two more than last year.');
  await page.getByRole('button', { name: 'Show whom it would flag' }).click();
  await expect(page.getByRole('region', { name: 'Whom it would flag' })).toContainText(
    /It would stand on [\d,]+ students, and [\d,]+ students met it at some time this school year, as of \w{3} \d/,
  );
}

/** A title that no other run of this journey has used: the rule stays in the district. */
function titled(): string {
  return `Missed 8 days (${test.info().project.name} ${test.info().repeatEachIndex}-${test.info().retry}-${process.pid})`;
}

test('an administrator makes a rule, sees first whom it flags, and the lists go by it', async ({ page }) => {
  const title = titled();
  await make(page, title);
  const flagged = page.getByRole('region', { name: 'Whom it would flag' });
  await flagged.getByText('Show the students').click();
  expect(await flagged.getByRole('row').count()).toBeGreaterThan(1);
  await page.getByRole('button', { name: 'Keep this version' }).click();
  await expect(page).toHaveURL(/\/policies\/policy-\d+\?saved=1$/);
  await expect(page.getByText('The version is kept.')).toBeVisible();
  const version = page.getByRole('region', { name: 'Every version' }).getByRole('listitem').filter({ hasText: 'Version 1' });
  await expect(version).toContainText('At least 8 school days missed for any reason, over the school year.');
  await expect(version).toContainText('Eight days are two more than last year.');
  if (hasScript()) await check(page);
  await page.getByRole('link', { name: 'All rules' }).click();
  const own = page.getByRole('region', { name: 'Rules of our own' }).getByRole('listitem').filter({ hasText: title });
  await own.getByRole('link', { name: /students? on the list/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible();
  await expect(page.locator('main').getByRole('listitem').filter({ hasText: title }).first()).toBeVisible();
});

test('a change is a new version; the old one stays readable, and the same form sent twice is kept once', async ({ page }) => {
  const title = titled();
  await make(page, `${title} changed`);
  // A double click: the same form goes out twice.
  const body = new URLSearchParams(
    await form(page).evaluate((f: HTMLFormElement) => [...new FormData(f)].map(([k, v]) => [k, String(v)])),
  );
  body.set('do', 'save');
  const send = () =>
    page.request.post('/policies/new', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(page.url()).origin },
      data: body.toString(),
      maxRedirects: 0,
    });
  const [first, second] = [await send(), await send()];
  expect([first.status(), second.status()]).toEqual([303, 303]);
  expect(second.headers().location).toBe(first.headers().location);
  await page.goto(first.headers().location);
  const versions = page.getByRole('region', { name: 'Every version' }).locator('ol > li');
  await expect(versions).toHaveCount(1);
  await fill(page, `${title} changed again`, '9');
  await form(page).getByRole('textbox', { name: 'Why' }).fill('Eight was too strict.');
  await page.getByRole('button', { name: 'Show whom it would flag' }).click();
  await page.getByRole('button', { name: 'Keep this version' }).click();
  await expect(versions).toHaveCount(2);
  await expect(versions.first()).toContainText('At least 9');
  await expect(versions.last()).toContainText('At least 8');
  await expect(versions.last()).toContainText('to');
});

test('what is missing is said, and nothing is kept', async ({ page }) => {
  await signIn(page, 'district');
  await page.goto('/policies/new');
  await live(page);
  await page.getByRole('button', { name: 'Show whom it would flag' }).click();
  const said = page.getByRole('region', { name: 'Before this can be kept' });
  await expect(said).toContainText('What the school does');
  // The answer begins with what is wrong, and each point leads to its field.
  await expect(said).toBeFocused();
  await said.getByRole('link', { name: /^The title/ }).click();
  const title = form(page).getByRole('textbox', { name: 'Title' });
  await expect(title).toBeFocused();
  await expect(title).toHaveAccessibleDescription(/^The title: write one/);
  await said.getByRole('link', { name: /^Why/ }).click();
  await expect(form(page).getByRole('textbox', { name: 'Why' })).toBeFocused();
});

test('a principal reads the rules and changes none', async ({ page, expected }) => {
  await signIn(page, 'principal');
  await page.getByRole('link', { name: 'Rules', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Rules of our own' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Make a rule' })).toHaveCount(0);
  expected.paths.add('/policies/new');
  expect((await page.goto('/policies/new'))?.status()).toBe(403);
});
