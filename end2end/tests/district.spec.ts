// A district's administrator sees every school, and what did not arrive.
import { checkSignals, expect, hasScript, live, openFromWorklist, refused, signIn, test } from '../fixtures.ts';
import { OwnSite } from '../own-site.ts';

test('a district’s administrator opens a signal to the dated marks behind it', async ({ page }) => {
  await signIn(page, 'district');
  await openFromWorklist(page);
  await checkSignals(page);
  await expect(page.getByRole('region', { name: 'Why you can see this student' })).toContainText('You lead the district');
});

test('an unknown record is not there, for the district’s administrator too', async ({ page, expected }) => {
  await signIn(page, 'district');
  await refused(page, expected, '/students/0123456789abc', 404);
  await refused(page, expected, '/students/not-an-id', 404);
  await refused(page, expected, '/nowhere', 404);
  // The ways on stay on the page.
  await page.getByRole('navigation').getByRole('link', { name: 'Students', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Students' })).toBeVisible();
});

test('an administrator of one district opens nothing of another on the same server', async ({ browser }) => {
  test.setTimeout(120_000);
  const site = await OwnSite.prepare('two-districts');
  const page = await browser.newPage({ javaScriptEnabled: hasScript() });
  try {
    for (const id of ['here', 'there']) {
      site.everpresent('district', 'add', id, '--name', `District ${id}`);
      site.everpresent('sync', id, '--from', site.files);
    }
    await site.serve();
    const records: Record<string, string> = {};
    for (const id of ['here', 'there']) {
      await page.goto(site.invitation(id, 'district-administrator', 'district administrator'));
      await page.goto(`${site.url}/students`);
      records[id] = (await page.locator('a.to-page').first().getAttribute('href'))!;
    }
    // Signed in there, last.
    expect(records.here).not.toBe(records.there);
    expect((await page.goto(site.url + records.there))?.status()).toBe(200);
    const name = await page.getByRole('heading', { level: 1 }).innerText();
    expect((await page.goto(site.url + records.here))?.status()).toBe(404);
    await expect(page.getByRole('heading', { level: 1, name: 'There is nothing here' })).toBeVisible();
    expect(await page.content()).not.toContain(name.split(',')[0]);
  } finally {
    await site.end(page);
    await page.close();
  }
});

test('the rows that could not be used are listed with the reason, and every file adds up', async ({ page }) => {
  await signIn(page, 'district');
  await page.getByRole('link', { name: 'Data', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Data' })).toBeVisible();
  const aside = page.getByRole('region', { name: 'Rows set aside' });
  for (const reason of ['Not a school day', 'No such student in the roster', 'No one has said what this category means']) {
    await expect(aside).toContainText(reason);
  }
  await expect(page.getByText('Adds up: read = added + changed + unchanged + set aside.').first()).toBeVisible();
});

test('a student is found by name and by id, and the text is in no address', async ({ page, everybody }) => {
  await signIn(page, 'district');
  const wanted = everybody[Math.floor(everybody.length / 2)];
  for (const text of [wanted.name.split(',')[0], wanted.localId]) {
    await page.goto('/students');
    await live(page);
    await page.getByRole('searchbox', { name: 'Name or student id' }).fill(text);
    // With script the list follows while one types.
    if (!hasScript()) await page.getByRole('button', { name: 'Search' }).click();
    await expect(page.getByText('Results for what you typed')).toBeVisible();
    await expect(page.locator('.row-link:visible', { hasText: wanted.name }).first()).toBeVisible();
    expect(decodeURIComponent(page.url())).not.toContain(text);
    expect(new URL(page.url()).pathname).toBe('/students');
  }
});

test('the list of students sorts by days missed, most first', async ({ page }) => {
  await signIn(page, 'district');
  await page.goto('/students');
  await live(page);
  await page.getByRole('columnheader', { name: 'Days missed' }).getByRole('link').click();
  await expect(page.getByRole('columnheader', { name: 'Days missed' })).toHaveAttribute('aria-sort', 'descending');
  const cells = page.getByRole('table').locator('tbody td.figure');
  const shares = (await cells.allInnerTexts()).map((cell) => {
    const [missed, days] = cell.split(' of ').map(Number);
    return missed / days;
  });
  expect(shares.length).toBe(100);
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
});

// Keys beyond the browser's own need script.
test('the list is walked with the keyboard', { tag: '@script' }, async ({ page }) => {
  await signIn(page, 'district');
  await page.goto('/students');
  await live(page);
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const row = page.getByRole('table').locator('tbody').getByRole('row').nth(1);
  await expect(row.getByRole('rowheader').getByRole('link')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/students\?open=[0-9a-z]{13}#at$/);
  // The keyboard goes on where it was, and Escape closes the record.
  await live(page);
  await expect(row).toHaveAttribute('aria-current', 'true');
  await expect(row.getByRole('rowheader').getByRole('link')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL('/students');
});

test('a school day on which the source and what is held differ is opened to its rows', async ({ page }) => {
  await signIn(page, 'district');
  await page.getByRole('link', { name: 'Data', exact: true }).click();
  await page.getByRole('region', { name: 'Rows set aside' }).getByRole('link', { name: /day by day/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Source and Everpresent' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('2 school days differ.');
  const schools = page.getByRole('table', { name: 'Days compared with the source, by school' });
  // The school whose row has a figure other than 0 in bold.
  await schools.getByRole('row').filter({ has: page.locator('strong') }).getByRole('link').click();
  await expect(page).toHaveURL(/\?school=[0-9a-z]{13}$/);
  const differing = page.getByRole('table', { name: 'Days that differ' });
  await expect(differing.getByRole('row')).toHaveCount(3);
  await expect(differing).toContainText('1 row not used');
  await differing.getByRole('link').first().click();
  await expect(page).toHaveURL(/&day=\d{4}-\d\d-\d\d#rows$/);
  const rows = page.getByRole('table', { name: 'Rows of this day that were set aside' });
  await expect(rows).toContainText('No such student in the roster');
  await expect(rows).toContainText('No one has said what this category means');
  const held = page.getByRole('table', { name: 'Marks of this day that count' });
  await held.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/students\/[0-9a-z]{13}$/);
  await page.goBack();
  await page.getByRole('link', { name: 'Close this day' }).click();
  await expect(rows).toHaveCount(0);
});
