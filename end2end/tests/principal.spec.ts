// A principal sees one whole school: who crossed a threshold, and whether it gets better.
import { checkSignals, expect, listed, openFromWorklist, refused, signIn, stranger, test } from '../fixtures.ts';

test('a principal opens a student’s signal to the dated marks behind it', async ({ page }) => {
  await signIn(page, 'principal');
  await openFromWorklist(page);
  await checkSignals(page);
  await expect(page.getByRole('region', { name: 'Why you can see this student' })).toContainText('your school');
});

test('the figures on Today add up, and each leads to its students', async ({ page }) => {
  await signIn(page, 'principal');
  const tile = (name: string) => page.getByRole('main').getByRole('link', { name });
  const figure = async (name: string) => Number((await tile(name).locator('.tile-figure').innerText()).replace(',', ''));
  const [fresh, open, close] = [await figure('Newly met'), await figure('Still open'), await figure('Close')];
  expect(await figure('All')).toBe(fresh + open + close);
  await tile('Close').click();
  await expect(page).toHaveURL(/standing=close/);
  await expect(page.getByText(`${close} line`)).toBeVisible();
});

test('a grade chosen on Today is in the address and leaves only that grade', async ({ page }) => {
  await signIn(page, 'principal');
  const grade = page.getByRole('combobox', { name: 'Grade' });
  const [code, words] = await grade
    .locator('option')
    .nth(1)
    .evaluate((option: HTMLOptionElement) => [option.value, option.text]);
  await page.goto(`/?grade=${code}`);
  await expect(grade).toHaveValue(code);
  for (const item of await page.locator('main').getByRole('listitem').filter({ has: page.getByRole('paragraph') }).all()) {
    await expect(item).toContainText(words);
  }
});

test('a principal sees the school as a whole, with small groups hidden', async ({ page }) => {
  await signIn(page, 'principal');
  await page.getByRole('link', { name: 'School', exact: true }).click();
  await expect(page).toHaveURL(/\/schools\/[0-9a-z]{13}$/);
  const grades = page.getByRole('region', { name: 'Chronic absence by grade' }).getByRole('table');
  await expect(grades.getByRole('row', { name: /Whole school/ })).toBeVisible();
  for (const row of await grades.locator('tbody').getByRole('row').all()) {
    const cells = (await row.locator('td.figure').allInnerTexts()).map((cell) => cell.trim());
    if (cells[0] === 'hidden') continue;
    const [group, chronic] = cells.map((cell) => Number(cell.replace(',', '')));
    for (const part of [group, chronic, group - chronic]) expect(part === 0 || part >= 10).toBe(true);
  }
});

test('a principal is refused a student of another school', async ({ page, everybody, expected }) => {
  await signIn(page, 'principal');
  const own = await listed(page);
  expect(own.length).toBeGreaterThan(100);
  await refused(page, expected, `/students/${stranger(everybody, own).id}`, 404);
});
