// Every page, in light and in dark, on a laptop and on the narrowest phone, magnified, and in the colours of the system:
// axe finds nothing, nothing is cut off.
import type { Page } from '@playwright/test';
import { check } from '../axe.ts';
import { expect, live, openFromWorklist, openRow, signIn, test, type Who } from '../fixtures.ts';

async function everyDetail(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => all.forEach((details) => ((details as HTMLDetailsElement).open = true)));
}

/** What reaches beyond the window, where the page scrolls sideways. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const beyond = [...document.querySelectorAll('body *')].filter((e) => {
      const { left, right } = e.getBoundingClientRect();
      return left < 0 || right > width;
    });
    return beyond.map((e) => `${e.tagName}.${e.className}: ${e.textContent?.slice(0, 40)}`);
  });
}

/** Badges, tiles and squares whose meaning would be gone where the system takes their colours away: each needs a text
 * or a shape, and an outline that is drawn. */
async function lostMarks(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const marks = [...document.querySelectorAll('.badge, .tile, .day:not(.day-away), [aria-current="page"]')];
    return marks
      .filter((mark) => {
        const style = getComputedStyle(mark);
        const outlined = style.borderStyle !== 'none' && style.borderWidth !== '0px';
        return (mark.textContent ?? '').trim() === '' || !outlined;
      })
      .map((mark) => `${mark.className}: ${mark.textContent}`);
  });
}

/** Paths whose pages say why one does not see them. */
const REFUSED = ['/nowhere', '/data'];

/** How to get to each page. */
const PAGES: Record<string, { who?: Who; open: (page: Page) => Promise<void> }> = {
  'Sign in': { open: async (page) => void (await page.goto('/sign-in')) },
  Today: { who: 'district', open: async (page) => live(page) },
  Students: {
    who: 'district',
    open: async (page) => {
      await page.goto('/students');
      await live(page);
    },
  },
  Student: { who: 'counselor', open: openFromWorklist },
  'Student beside the worklist': {
    who: 'principal',
    open: async (page) => {
      await openRow(page);
      await live(page);
    },
  },
  'Student beside the list': {
    who: 'principal',
    open: async (page) => {
      await page.goto('/students');
      const own = await page.locator('a.to-page').first().getAttribute('href');
      await page.goto(`/students?open=${own!.split('/').at(-1)}#at`);
      await live(page);
    },
  },
  School: {
    who: 'principal',
    open: async (page) => {
      await page.getByRole('link', { name: 'School', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'Chronic absence by grade' })).toBeVisible();
    },
  },
  Rules: {
    who: 'district',
    open: async (page) => {
      await page.goto('/policies');
      await live(page);
    },
  },
  'A new rule': {
    who: 'district',
    open: async (page) => {
      await page.goto('/policies/new');
      await live(page);
      await page.getByRole('button', { name: 'Show whom it would flag' }).click();
      await expect(page.getByRole('region', { name: 'Before this can be kept' })).toBeFocused();
    },
  },
  'Rule lab': {
    who: 'principal',
    open: async (page) => {
      await page.goto('/lab');
      await live(page);
      await expect(page.getByRole('region', { name: 'What it would mean' })).toBeVisible();
    },
  },
  Data: {
    who: 'district',
    open: async (page) => {
      await page.goto('/data');
      await live(page);
    },
  },
  'Source and held': {
    who: 'district',
    open: async (page) => {
      await page.goto('/data/reconciliation');
      await page.getByRole('row').filter({ has: page.locator('strong') }).getByRole('link').click();
      await page.getByRole('table', { name: 'Days that differ' }).getByRole('link').first().click();
      await expect(page.getByRole('table', { name: 'Marks of this day that count' })).toBeVisible();
      await live(page);
    },
  },
  Family: { who: 'parent', open: async (page) => void (await page.goto('/')) },
  Refused: {
    who: 'parent',
    open: async (page) => void (await page.goto('/data')),
  },
  'Nothing here': {
    who: 'principal',
    open: async (page) => void (await page.goto('/nowhere')),
  },
};

for (const [name, { who, open }] of Object.entries(PAGES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ colorScheme });

      test('axe finds nothing', async ({ page, expected }) => {
        REFUSED.forEach((path) => expected.paths.add(path));
        if (who) await signIn(page, who);
        await open(page);
        await everyDetail(page);
        await check(page);
      });
    });
  }

  // 320 px is also 1280 px at 400 %; the other is a laptop's window at 200 %.
  const NARROW = {
    '320 px wide': { viewport: { width: 320, height: 640 }, hasTouch: true },
    'at 200 %': { viewport: { width: 683, height: 384 }, deviceScaleFactor: 2 },
  };
  for (const [how, window] of Object.entries(NARROW)) {
    test.describe(`${name}, ${how}`, () => {
      test.use(window);

      test('axe finds nothing, and the page does not scroll sideways', async ({ page, expected }) => {
        REFUSED.forEach((path) => expected.paths.add(path));
        if (who) await signIn(page, who);
        await open(page);
        await everyDetail(page);
        await check(page);
        expect(await tooWide(page)).toEqual([]);
      });
    });
  }

  test.describe(`${name}, mirrored`, () => {
    test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

    test('a page read from right to left does not scroll sideways', async ({ page, expected }) => {
      REFUSED.forEach((path) => expected.paths.add(path));
      if (who) await signIn(page, who);
      await open(page);
      await page.evaluate(() => (document.documentElement.dir = 'rtl'));
      await everyDetail(page);
      expect(await tooWide(page)).toEqual([]);
    });
  });

  test.describe(`${name}, in the colours of the system`, () => {
    test.use({ forcedColors: 'active' });

    test('axe finds nothing, and no mark is lost', async ({ page, expected }) => {
      REFUSED.forEach((path) => expected.paths.add(path));
      if (who) await signIn(page, who);
      await open(page);
      await everyDetail(page);
      await check(page);
      expect(await lostMarks(page)).toEqual([]);
    });
  });
}
