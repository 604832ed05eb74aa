// Journeys on a real server with its own data, in a real Chromium. `make test` runs them; by hand: build once with
// `.make/build.sh dev`, then `npx playwright test teacher` in this folder.
import { mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { defineConfig, devices } from '@playwright/test';

async function freePort(): Promise<string> {
  return new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => found(String(port)));
    });
  });
}

// This file is read again by every worker: what is chosen here once is handed on in the environment.
process.env.EVERPRESENT_PORT ??= await freePort();
process.env.EVERPRESENT_POSTGRES_PORT ??= await freePort();
process.env.EVERPRESENT_SCRATCH ??= mkdtempSync(join(tmpdir(), 'everpresent-end2end-'));

const program = process.env.EVERPRESENT_BIN ?? resolve('..', process.env.CARGO_TARGET_DIR ?? 'target', 'debug/everpresent');
const scratch = process.env.EVERPRESENT_SCRATCH;
const site = `http://127.0.0.1:${process.env.EVERPRESENT_PORT}`;
const siteOnPostgres = `http://127.0.0.1:${process.env.EVERPRESENT_POSTGRES_PORT}`;
// The same district in every run.
const demo = 'demo --students 1200 --seed 7 --today 2026-03-18 --quiet';

const chromium = {
  ...devices['Desktop Chrome'],
  viewport: { width: 1366, height: 768 },
  launchOptions: {
    executablePath: process.env.CHROMIUM || undefined,
    // Nothing but the pages under test may use the network. Chromium's own sandbox needs a user who is not root.
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  },
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalTeardown: './teardown.ts',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [['list']] : [['line']],
  use: { baseURL: site, screenshot: 'only-on-failure', locale: 'en-US' },
  projects: [
    { name: 'with script', use: chromium, testIgnore: 'postgres.spec.ts' },
    {
      name: 'without script',
      use: { ...chromium, javaScriptEnabled: false },
      testIgnore: ['postgres.spec.ts', 'accessibility.spec.ts'],
      grepInvert: /@script/,
    },
    { name: 'on PostgreSQL', use: { ...chromium, baseURL: siteOnPostgres }, testMatch: 'postgres.spec.ts' },
  ],
  webServer: [
    {
      name: 'SQLite',
      command: `"${program}" ${demo} --addr ${new URL(site).host} --data "${scratch}/data" --out "${scratch}/export"`,
      url: `${site}/readyz`,
      env: { DATABASE_URL: '' },
      timeout: 180_000,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
    },
    {
      name: 'PostgreSQL',
      command: `./on-postgres.sh "${scratch}/postgres" "${program}" ${demo} --addr ${new URL(siteOnPostgres).host}`,
      url: `${siteOnPostgres}/readyz`,
      timeout: 180_000,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 20_000 },
    },
  ],
});
