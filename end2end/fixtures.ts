// What every journey starts from: people to sign in as, the district's students, and a console that must stay quiet.
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import { markedDates } from './export.ts';

/** The people of the demo's sign-in page, by the sentence that says why they are worth stepping into. */
export const PEOPLE = {
  teacher: 'Sees the students of their own sections.',
  counselor: 'Sees the students on a caseload.',
  principal: 'Sees one whole school.',
  district: 'Sees every school, and the rows set aside.',
  parent: 'Sees the school days of their own children.',
  restrictedParent: "A legal restriction keeps a child's record from this parent.",
  adultStudent: 'Is 18, so the record is their own.',
  teacherAndParent: 'Teaches, and is a parent too: two different views.',
} as const;
export type Who = keyof typeof PEOPLE;

/** From this width on, in CSS pixels, a record opens beside its list. */
export const WIDE = 1280;

/** A student as the list shows one. */
export interface Student {
  id: string;
  localId: string;
  name: string;
}

interface Fixtures {
  /** Messages of the console that a test expects, because it asks for something refused. */
  expected: { paths: Set<string> };
  quietConsole: void;
}
interface WorkerFixtures {
  /** Every student of the district, as its administrator sees them. */
  everybody: Student[];
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  expected: async ({}, use) => use({ paths: new Set() }),
  // Any error on the console and any uncaught error of a script fails the test.
  quietConsole: [
    async ({ page, expected }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        if (message.type() !== 'error') return;
        const path = URL.canParse(message.location().url) ? new URL(message.location().url).pathname : '';
        if (!expected.paths.has(path)) errors.push(`${message.text()} (${path})`);
      });
      await use();
      expect(errors, 'the console stays quiet').toEqual([]);
    },
    { auto: true },
  ],
  everybody: [
    async ({ browser }, use, worker) => {
      const page = await browser.newPage({ baseURL: worker.project.use.baseURL, javaScriptEnabled: false });
      await signIn(page, 'district');
      await use(await listed(page));
      await page.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});
export { expect };

/** Steps into somebody of the demo and returns their name. */
export async function signIn(page: Page, who: Who): Promise<string> {
  await page.goto('/sign-in');
  const person = page.getByRole('button', { name: PEOPLE[who] }).first();
  const name = await person.locator('strong').innerText();
  await person.click();
  await expect(page).toHaveURL('/');
  await expect(page.getByRole('banner')).toContainText(name);
  return name;
}

/** Whether this journey runs with script. */
export function hasScript(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

/** Waits until script, where there is any, has taken the page over. */
export async function live(page: Page): Promise<void> {
  if (hasScript()) await expect(page.locator('html')).toHaveAttribute('data-live', '');
}

/** Every student whom the signed-in person's list shows, page after page. */
export async function listed(page: Page): Promise<Student[]> {
  const students: Student[] = [];
  for (let number = 1; ; number += 1) {
    await page.goto(`/students?page=${number}`);
    await expect(page.getByRole('heading', { level: 1, name: 'Students' })).toBeVisible();
    const rows = page.getByRole('table').locator('tbody').getByRole('row');
    students.push(
      ...(await rows.evaluateAll((all) =>
        all.map((row) => ({
          id: row.querySelector('a')!.getAttribute('href')!.split('/').at(-1)!,
          name: row.querySelector('a')!.textContent!,
          localId: row.querySelector('th .quiet')!.textContent!,
        })),
      )),
    );
    if ((await page.getByRole('navigation', { name: 'Pages' }).getByText('Next').count()) === 0) return students;
  }
}

/** Asks for an address that is refused, and checks what is said. */
export async function refused(page: Page, expected: Fixtures['expected'], path: string, status: 403 | 404): Promise<void> {
  expected.paths.add(path);
  const answer = await page.goto(path);
  expect(answer?.status()).toBe(status);
  const heading = status === 404 ? 'There is nothing here' : 'You may not see this';
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
}

/** Opens the first student of the worklist who has met a threshold, beside the list where the window is wide. Returns
 * the family name. */
export async function openRow(page: Page): Promise<string> {
  await expect(page.getByRole('heading', { level: 1, name: 'Today' })).toBeVisible();
  await live(page);
  const open = page.getByRole('main').getByRole('link', { name: 'Still open' });
  await open.click();
  await expect(page).toHaveURL(/standing=still-open/);
  await expect(open).toHaveAttribute('aria-current', 'true');
  const item = page.locator('main').getByRole('listitem').filter({ hasText: 'Met since' }).first();
  const first = item.getByRole('link').first();
  const [family] = (await first.innerText()).split(',');
  await first.click();
  return family;
}

/** Opens the first student of the worklist who has met a threshold; their own page is then on the screen. */
export async function openFromWorklist(page: Page): Promise<void> {
  const family = await openRow(page);
  if (page.viewportSize()!.width >= WIDE) {
    await expect(page.getByRole('heading', { level: 2, name: family })).toBeVisible();
    await page.getByRole('link', { name: 'Own page' }).click();
  }
  await expect(page).toHaveURL(/\/students\/[0-9a-z]{13}$/);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(family);
  await live(page);
}

/** Opens every signal of the student on the screen: as many dated marks as it says, each of them in the export, and the
 * clause. Returns the days of the first signal. */
export async function checkSignals(page: Page): Promise<Locator> {
  const localId = (await page.getByText(/^Id \S+$/).innerText()).split(' ')[1];
  const marked = markedDates(localId);
  const signals = page.getByRole('region', { name: 'Thresholds' }).getByRole('article');
  expect(await signals.count()).toBeGreaterThan(0);
  for (const signal of await signals.all()) {
    await signal.getByText('Show each day').click();
    const counted = signal.getByRole('table', { name: /days? that counted/ });
    await expect(counted).toBeVisible();
    const dates = await counted.locator('tbody').getByRole('rowheader').allInnerTexts();
    const [numerator] = (await signal.locator('.signal-value').innerText()).split('/');
    expect(dates.length).toBe(Number.parseInt(numerator, 10));
    for (const date of dates) expect(marked).toContain(date);
    await expect(signal.getByText('The clause')).toBeVisible();
    await expect(signal.getByText('Rule pack')).toBeVisible();
  }
  return signals.first().getByRole('table', { name: /days? that counted/ });
}

/** The first student of the district who is not among those given. */
export function stranger(everybody: Student[], own: Student[]): Student {
  const known = new Set(own.map((student) => student.id));
  const found = everybody.find((student) => !known.has(student.id));
  if (!found) throw new Error('nobody of the district is out of this person’s sight');
  return found;
}
