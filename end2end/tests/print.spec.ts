// A student's page on paper: what is read stays, what is clicked goes, and black on white says the same.
import { expect, openFromWorklist, signIn, test } from '../fixtures.ts';

test('a student’s page is printed with every day behind its figures and without what one clicks', async ({ page }) => {
  await signIn(page, 'principal');
  await openFromWorklist(page);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('navigation').first()).toBeHidden();
  await expect(page.getByRole('button', { name: /^Download/ }).first()).toBeHidden();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const signal = page.getByRole('region', { name: 'Thresholds' }).getByRole('article').first();
  await expect(signal.getByText('The clause')).toBeVisible();
  await expect(signal.getByRole('table', { name: /days? that counted/ })).toBeVisible();
  await expect(page.locator('.day-unexcused, .day-excused').first()).toBeVisible();
  // Dark on the screen is black on white on paper.
  const [ink, paper] = await page.evaluate(() => [
    getComputedStyle(document.body).color,
    getComputedStyle(document.documentElement).backgroundColor,
  ]);
  expect([ink, paper]).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
  const pdf = await page.pdf({ format: 'Letter' });
  expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  expect(pdf.length).toBeGreaterThan(10_000);
});
