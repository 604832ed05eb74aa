// Every page, in light and in dark, on a laptop and on the narrowest phone: axe finds nothing, nothing is cut off.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, live, openFromWorklist, signIn, test, type Who } from '../fixtures.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

async function check(page: Page): Promise<void> {
  await page.evaluate(axe);
  const findings = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } };
    return (await axe.run({ runOnly: rules })).violations;
  }, RULES);
  expect(findings.map((f) => `${f.id}: ${f.help}\n${f.nodes.map((n) => `${n.target}: ${n.failureSummary}`).join('\n')}`)).toEqual([]);
}

async function everyDetail(page: Page): Promise<void> {
  await page.locator('details').evaluateAll((all) => all.forEach((details) => ((details as HTMLDetailsElement).open = true)));
}

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
  School: {
    who: 'principal',
    open: async (page) => {
      await page.getByRole('link', { name: 'School', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'Chronic absence by grade' })).toBeVisible();
    },
  },
  Data: {
    who: 'district',
    open: async (page) => {
      await page.goto('/data');
      await live(page);
    },
  },
  Family: { who: 'parent', open: async (page) => void (await page.goto('/')) },
  'Nothing here': {
    who: 'principal',
    open: async (page) => void (await page.goto('/nowhere')),
  },
};

for (const [name, { who, open }] of Object.entries(PAGES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ colorScheme });

      test(`axe finds nothing`, async ({ page, expected }) => {
        expected.paths.add('/nowhere');
        if (who) await signIn(page, who);
        await open(page);
        await everyDetail(page);
        await check(page);
      });
    });
  }

  test.describe(`${name}, 320 px wide`, () => {
    test.use({ viewport: { width: 320, height: 640 }, hasTouch: true });

    test('axe finds nothing, and the page does not scroll sideways', async ({ page, expected }) => {
      expected.paths.add('/nowhere');
      if (who) await signIn(page, who);
      await open(page);
      await everyDetail(page);
      await check(page);
      const tooWide = await page.evaluate(() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        const beyond = [...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > width);
        return beyond.map((e) => `${e.tagName}.${e.className}: ${e.textContent?.slice(0, 40)}`);
      });
      expect(tooWide).toEqual([]);
    });
  });
}
