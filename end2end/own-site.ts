// A site of a test's own: the demo's export in a folder that the test may change, a data folder, and the program serving it.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { once } from 'node:events';
import type { Page } from '@playwright/test';
import { expect } from './fixtures.ts';

const program = process.env.EVERPRESENT_BIN ?? resolve('..', process.env.CARGO_TARGET_DIR ?? 'target', 'debug/everpresent');
const env = { ...process.env, DATABASE_URL: '' };

async function freePort(): Promise<number> {
  return new Promise((found) => {
    const free = createServer().listen(0, '127.0.0.1', () => {
      const { port } = free.address() as AddressInfo;
      free.close(() => found(port));
    });
  });
}

export class OwnSite {
  /** The demo's export, to be changed at will. */
  readonly files: string;
  readonly url: string;
  private readonly scratch: string;
  private server: ChildProcess | undefined;

  private constructor(scratch: string, port: number) {
    this.scratch = scratch;
    this.files = join(scratch, 'files');
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Files and an address; nothing is served yet. */
  static async prepare(name: string): Promise<OwnSite> {
    const site = new OwnSite(mkdtempSync(join(tmpdir(), `everpresent-${name}-`)), await freePort());
    cpSync(join(process.env.EVERPRESENT_SCRATCH!, 'export'), site.files, { recursive: true });
    return site;
  }

  /** Runs a command on the data and returns what it printed. */
  everpresent(...command: string[]): string {
    try {
      return execFileSync(program, [...command, '--data', join(this.scratch, 'data'), '--quiet'], {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 * 1024 * 1024,
      });
    } catch (error) {
      // 3: done, with rows set aside.
      if ((error as { status?: number }).status === 3) return '';
      throw error;
    }
  }

  /** A link that lets the first person of the roster with that mark in. */
  invitation(district: string, role: string, mark: string): string {
    const people = readFileSync(join(this.files, 'people-of-note.csv'), 'utf8');
    const person = people.match(new RegExp(`^(\\d+),${mark}$`, 'm'))![1];
    return this.everpresent('invite', district, '--role', role, '--person', person, '--url', this.url).match(/http\S+/)![0];
  }

  /** Serves the data until [`end`]. */
  async serve(): Promise<void> {
    const { host } = new URL(this.url);
    this.server = spawn(program, ['serve', '--data', join(this.scratch, 'data'), '--addr', host, '--quiet'], {
      env,
      stdio: 'ignore',
    });
    await expect.poll(() => fetch(`${this.url}/readyz`).then((answer) => answer.status, () => 0)).toBe(200);
  }

  /** Ends it. The page leaves first: what it still loads would be asked of a server that is gone. */
  async end(page: Page): Promise<void> {
    await page.goto('about:blank');
    if (this.server && this.server.exitCode === null) {
      this.server.kill('SIGTERM');
      await once(this.server, 'exit');
    }
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
