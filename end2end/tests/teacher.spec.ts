// A teacher sees the students of their own sections, why each is on a list, and no more.
import { checkSignals, expect, listed, openFromWorklist, refused, signIn, stranger, test } from '../fixtures.ts';

test('a teacher opens a student’s signal to the dated marks behind it', async ({ page }) => {
  await signIn(page, 'teacher');
  await openFromWorklist(page);
  await checkSignals(page);
  await expect(page.getByRole('region', { name: 'Why you can see this student' })).toContainText('You teach them in');
});

test('a teacher is refused a student of another class', async ({ page, everybody, expected }) => {
  await signIn(page, 'teacher');
  const own = await listed(page);
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBeLessThan(everybody.length);
  await refused(page, expected, `/students/${stranger(everybody, own).id}`, 404);
});

test('a teacher sees neither families nor the reasons of absences', async ({ page }) => {
  await signIn(page, 'teacher');
  await openFromWorklist(page);
  const days = await checkSignals(page);
  await expect(days.getByRole('columnheader', { name: 'Reason given' })).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Family' })).toHaveCount(0);
});

test('a teacher is refused the figures of the school', async ({ page, expected, browser, baseURL }) => {
  const other = await browser.newPage({ baseURL });
  await signIn(other, 'principal');
  const school = await other.getByRole('link', { name: 'School', exact: true }).getAttribute('href');
  await other.close();
  await signIn(page, 'teacher');
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'School' })).toHaveCount(0);
  expected.paths.add(school!);
  const answer = await page.goto(school!);
  expect([403, 404]).toContain(answer?.status());
});

test('somebody who is teacher and parent has both views, each with its own students', async ({ page }) => {
  await signIn(page, 'teacherAndParent');
  await expect(page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible();
  await page.getByRole('link', { name: 'Family' }).click();
  await expect(page).toHaveURL('/family');
  await expect(page.getByRole('heading', { level: 1, name: 'Family' })).toBeVisible();
  await expect(page.getByRole('main').getByRole('article').first()).toContainText('Out of');
});
