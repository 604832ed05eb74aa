// Parents, guardians and students of 18: their own days, which, what they mean; nobody else's; read-only.
import type { Page } from '@playwright/test';
import { expect, PEOPLE, refused, signIn, test, type Student } from '../fixtures.ts';
import { absentDates, exported } from '../export.ts';

/** The children of somebody worth stepping into, by the export, and whether a legal document withholds their records. */
function childrenOf(why: string): { localId: string; restricted: boolean }[] {
  const person = exported('people-of-note.csv').find((row) => row.why === why)!.person_id;
  const contacts = exported('contacts.csv').filter((row) => row.contact_id === person);
  return contacts.map((row) => ({ localId: row.student_id, restricted: row.legal_restriction !== '' }));
}

function record(everybody: Student[], localId: string): Student {
  const found = everybody.find((student) => student.localId === localId);
  if (!found) throw new Error(`the district’s list lacks ${localId}`);
  return found;
}

/** Each child's days missed, as the page says them: theirs, and neither a sibling's nor a late arrival. */
async function checkDays(page: Page, children: Student[]): Promise<void> {
  for (const { localId, name } of children) {
    const given = name.split(', ')[1];
    const child = page.getByRole('main').getByRole('article').filter({ hasText: given });
    const said = await child.getByRole('heading', { level: 2 }).innerText();
    const missed = Number(said.match(/missed (\d+) days?/)?.[1] ?? 0);
    const dates = child.getByRole('table', { name: 'The days missed' }).locator('tbody').getByRole('rowheader');
    await expect(dates).toHaveCount(missed);
    const absent = absentDates(localId);
    const told = await dates.allInnerTexts();
    for (const date of told) expect(absent.any).toContain(date);
    for (const date of absent.whole) expect(told).toContain(date);
    await expect(child.getByRole('heading', { name: 'What this means' })).toBeVisible();
    await expect(child.getByRole('heading', { name: 'A helpful next step' })).toBeVisible();
  }
}

test('a parent sees the days each child missed, and what they mean', async ({ page, everybody }) => {
  await signIn(page, 'parent');
  await expect(page.getByRole('heading', { level: 1, name: 'Family' })).toBeVisible();
  const children = childrenOf('parent of several children');
  expect(children.length).toBeGreaterThan(0);
  await expect(page.getByRole('main').getByRole('article')).toHaveCount(children.length);
  await checkDays(page, children.map((child) => record(everybody, child.localId)));
});

test('a parent’s page needs no script', async ({ page }) => {
  await signIn(page, 'parent');
  await expect(page.locator('script')).toHaveCount(0);
});

test('a parent is refused another child, and the staff’s page of their own', async ({ page, everybody, expected }) => {
  await signIn(page, 'parent');
  const own = new Set(childrenOf('parent of several children').map((child) => child.localId));
  const other = everybody.find((student) => !own.has(student.localId))!;
  await refused(page, expected, `/students/${other.id}`, 404);
  await refused(page, expected, `/students/${record(everybody, [...own][0]).id}`, 403);
  await refused(page, expected, '/students', 403);
  await refused(page, expected, '/data', 403);
});

test('a parent whose children’s records a court order withholds sees none of them', async ({ page, everybody }) => {
  await page.goto('/sign-in');
  const children = childrenOf('parent under a legal restriction');
  expect(children.map((child) => child.restricted)).not.toContain(false);
  await page.getByRole('button', { name: PEOPLE.restrictedParent }).click();
  // There is nothing for them to see, so no session is opened, and the page says so.
  await expect(page).toHaveURL(/notice=no-access/);
  await expect(page.getByRole('alert')).toBeVisible();
  for (const child of children) {
    await page.goto(`/students/${record(everybody, child.localId).id}`);
    await expect(page).toHaveURL('/sign-in');
  }
});

test('a student of 18 sees their own days', async ({ page, everybody, expected }) => {
  const name = await signIn(page, 'adultStudent');
  await expect(page.getByRole('heading', { level: 1, name: 'Family' })).toBeVisible();
  await expect(page.getByText('Your own school days.')).toBeVisible();
  const self = everybody.find((student) => student.name.split(', ').reverse().join(' ') === name)!;
  await checkDays(page, [self]);
  await refused(page, expected, `/students/${everybody.find((student) => student.id !== self.id)!.id}`, 404);
});
