import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tinyFolder } from './helpers.mjs';

const program = fileURLToPath(new URL('../serve.mjs', import.meta.url));

/** Starts the program, and hands on what it says when it is ready. */
async function started(t, ...words) {
  const server = spawn(process.execPath, [program, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => server.kill('SIGKILL'));
  const [line] = await once(server.stdout, 'data');
  return { server, said: JSON.parse(line) };
}

test('one line says where the stub is and who may ask, with a new secret at each start', async (t) => {
  const folder = tinyFolder();
  const [first, second] = [
    await started(t, 'edfi', '--district', folder),
    await started(t, 'oneroster', '--district', folder, '--version', '1.1'),
  ];
  assert.equal(first.said.version, '7.3');
  assert.equal((await fetch(first.said.url)).status, 200);
  assert.equal((await fetch(`${first.said.control}/stub/state`)).status, 200);
  assert.equal(second.said.version, '1.1');
  assert.equal((await fetch(`${second.said.url}/users`)).status, 401);
  assert.notEqual(first.said.clientSecret, second.said.clientSecret);
});

test('what is given is taken: ports, client, data standard, faults', async (t) => {
  const words = [
    '--version',
    '6.1',
    '--data-standard',
    '4.0',
    '--client-id',
    'me',
    '--client-secret',
    'mine',
    '--fault',
    'slow',
    '--fault',
    'reordered',
  ];
  const { said } = await started(t, 'edfi', '--district', tinyFolder(), ...words);
  assert.deepEqual([said.version, said.dataStandard, said.clientId, said.clientSecret], ['6.1', '4.0', 'me', 'mine']);
  assert.deepEqual(Object.keys(await (await fetch(`${said.control}/stub/faults`)).json()), ['slow', 'reordered']);
});

test('it ends when its standard input closes, and on SIGTERM', async (t) => {
  const folder = tinyFolder();
  for (const end of [(server) => server.stdin.end(), (server) => server.kill('SIGTERM')]) {
    const { server } = await started(t, 'oneroster', '--district', folder);
    end(server);
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  }
});

test('it is reached from this machine only', async (t) => {
  const { said } = await started(t, 'edfi', '--district', tinyFolder());
  const outside = Object.values(networkInterfaces())
    .flat()
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of outside) {
    for (const url of [said.url, said.control]) await assert.rejects(fetch(url.replace('127.0.0.1', address)));
  }
});

test('wrong usage is told, and ends with 2', () => {
  for (const words of [[], ['edfi'], ['sif', '--district', '.'], ['edfi', 'oneroster', '--district', '.']]) {
    const { status, stderr } = spawnSync(process.execPath, [program, ...words]);
    assert.equal(status, 2);
    assert.match(String(stderr), /--district FOLDER/);
  }
  assert.equal(spawnSync(process.execPath, [program, '--help']).status, 0);
});
