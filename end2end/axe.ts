// What axe finds on a page.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { expect, type Page } from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

interface Finding {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** Fails where axe finds something. */
export async function check(page: Page): Promise<void> {
  await page.evaluate(axe);
  const findings = await page.evaluate(async (rules) => {
    const { axe } = window as unknown as { axe: { run: (options: object) => Promise<{ violations: Finding[] }> } };
    return (await axe.run({ runOnly: rules })).violations;
  }, RULES);
  expect(findings.map((f) => `${f.id}: ${f.help}\n${f.nodes.map((n) => `${n.target}: ${n.failureSummary}`).join('\n')}`)).toEqual([]);
}
