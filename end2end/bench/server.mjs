// The program as a server for a measurement, and the way in for its demo's people.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const ended = (server) => server.exitCode !== null || server.signalCode !== null;

/** Starts the program with a command that serves a folder of data, and waits until it is ready. */
export async function start(program, port, data, ...command) {
  const where = ['--addr', `127.0.0.1:${port}`, '--data', data];
  const server = spawn(program, [...command, ...where, '--quiet'], { stdio: 'ignore' });
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) {
    if (ended(server)) throw new Error(`${command[0]} ended with ${server.exitCode ?? server.signalCode}`);
    await pause(20);
  }
  return server;
}

/** Ends what was started, if anything was. */
export async function stop(server) {
  if (!server || ended(server)) return;
  server.kill('SIGTERM');
  await once(server, 'exit');
}

/** Steps into the first person of the demo whose button says `why`; gives the session's cookie as `name=value`. */
export async function stepInto(site, why) {
  const front = await (await fetch(`${site}/sign-in`)).text();
  const button = front.split('<button').find((part) => part.includes(why));
  const person = button?.match(/name="person" value="([^"]+)"/)?.[1];
  if (!person) throw new Error(`the sign-in page offers nobody of whom it says: ${why}`);
  const body = new URLSearchParams({ person });
  const opened = await fetch(`${site}/demo/sign-in`, { method: 'POST', redirect: 'manual', headers: { origin: site }, body });
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0];
  if (!cookie) throw new Error(`stepping in gave ${opened.status} and no cookie`);
  return cookie;
}
