import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, open, rm, stat} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createIdentity, writeIdentityFile} from '../../src/daemon/identity-files.ts';
import {RealChain, type ServedChain} from '../daemon/real-chain.ts';
import {MAIN} from '../program.ts';
import {runCli} from './run-cli.ts';

const owner = createIdentity('account', (length) => new Uint8Array(length).fill(9));

let folder: string;
let server: ServedChain;
const place = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-node-'));
  await writeIdentityFile(place('owner.key'), owner, {passphrase: undefined, overwrite: false});
  const chain = new RealChain([createSigner(owner.signingSeed)]);
  chain.clockMs = chain.driver.now;
  server = await chain.serve(0.2);
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** The value of a metric once it is served. */
async function metricOf(port: number, name: string): Promise<number> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    const [, value] = new RegExp(`^${name} (.*)$`, 'm').exec((await answer?.text()) ?? '') ?? [];
    if (value !== undefined) return Number(value);
    await setTimeout(100);
  }
}

describe('sessionvm node', () => {
  it.each([
    [[], "setting 'owner' must name who registers this node", 2],
    [['--owner-key', 'nowhere.key'], 'there is no file', 1],
  ] as const)('makes no key with settings that cannot work: %j', async (words, problem, code) => {
    const data = place('unused');
    const refused = await runCli(['node', '--data', data, '--rpc', server.url, ...words]);
    expect(refused).toMatchObject({code, stderr: expect.stringContaining(problem)});
    await expect(stat(data)).rejects.toThrow('ENOENT');
  });

  it('goes on when its log cannot be written, counts what is lost, and stops as ever', async () => {
    const port = await freePort();
    const words = ['--data', place('data'), '--owner-key', place('owner.key'), '--rpc', server.url];
    const where = ['--listen', '/ip4/127.0.0.1/tcp/0', '--metrics', `127.0.0.1:${port}`];
    const disk = await open('/dev/full', 'w');
    const node = spawn(process.execPath, [MAIN, 'node', ...words, ...where], {
      env: {},
      stdio: ['ignore', 'ignore', disk.fd],
    });
    const ended = once(node, 'exit');
    const lost = await Promise.race([metricOf(port, 'sessionvm_node_log_lines_lost'), ended]);
    expect(lost).toBeGreaterThan(0);
    node.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await disk.close();
  }, 40_000);
});
