import {spawn} from 'node:child_process';
import {cp, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {addressOf, addressToString} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createIdentity, writeIdentityFile} from '../../src/daemon/identity-files.ts';
import {RealChain, type ServedChain} from '../daemon/real-chain.ts';
import {MAIN} from '../program.ts';
import {runCli} from './run-cli.ts';

/** An epoch of the dev preset, 20 s, passes in 5 s. */
const SPEED = 3;
const identity = createIdentity('account', (length) => new Uint8Array(length).fill(9));
const signer = createSigner(identity.signingSeed);
const owner = addressToString(addressOf(signer.publicKey));
const other = `0x${'77'.repeat(20)}`;

let folder: string;
let key: string;
let chain: RealChain;
let server: ServedChain;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-cli-'));
  key = join(folder, 'owner.key');
  await writeIdentityFile(key, identity, {passphrase: undefined, overwrite: false});
  chain = new RealChain([signer]);
  server = await chain.serve(SPEED);
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

const run = (...words: string[]) => runCli([...words, '--rpc', server.url]);

async function runJson(...words: string[]) {
  const {code, stdout, stderr} = await run(...words, '--json');
  expect({code, stderr}).toEqual({code: 0, stderr: ''});
  return JSON.parse(stdout);
}

/** Nothing that two nodes of one machine would both want. */
const ALONE = ['--metrics', 'off', '--listen', '/ip4/127.0.0.1/tcp/0'];

/** A `sessionvm node` process, its log lines as they come. */
function startNode(...words: string[]) {
  const child = spawn(process.execPath, [MAIN, 'node', '--rpc', server.url, ...ALONE, ...words], {
    env: {},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  let rest = '';
  child.stderr.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {child, lines, exited};
}

async function until(what: string, isThere: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 90_000;
  while (!(await isThere())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('accounts', () => {
  it('shows a balance, by key and by address', async () => {
    const byKey = await runJson('account', '--key', key);
    expect(byKey).toEqual(await runJson('account', owner));
    expect(byKey).toMatchObject({address: owner, balance: '1000000000000'});
    expect((await run('account', other)).stdout).toMatch(/balance +0 LUX/);
  });

  it('transfers whole tokens, twice, and finds transaction and block', async () => {
    for (const amount of ['12.5', '0.000001']) {
      const {txId, ...sent} = await runJson('transfer', other, amount, '--key', key);
      const units = amount === '12.5' ? '12500000' : '1';
      expect(sent).toEqual({status: 'accepted', to: other, amount: units});
      const tx = await runJson('tx', txId);
      expect(tx).toMatchObject({id: txId, status: 'accepted', kind: 'transfer'});
      expect(tx.content).toMatchObject({sender: owner, body: {to: other}});
      const block = await runJson('block', tx.height);
      expect(block.txIds).toContain(txId);
      expect(await runJson('block', tx.blockId)).toEqual(block);
      expect((await run('tx', txId)).stdout).toMatch(/status +accepted/);
    }
    expect(await runJson('account', other)).toMatchObject({balance: '12500001'});
    expect((await run('block')).stdout).toMatch(/height +\d+/);
  });

  it('refuses what cannot be, with one line', async () => {
    const rows: readonly (readonly [string[], string])[] = [
      [['transfer', other, '9999999999', '--key', key], 'TX_INSUFFICIENT_BALANCE'],
      [['transfer', other, '0', '--key', key], 'the amount is 0: name one above [TX_AMOUNT_ZERO]'],
      [['transfer', other, '1', '--key', join(folder, 'none')], 'FILE_MISSING'],
      [['transfer', other, '1', '--key', join(folder)], 'FILE_UNREADABLE'],
      [['tx', '11111111111111111111111111111111LpoYY'], 'CLI_NOT_FOUND'],
      [['block', '999999'], 'API_NOT_FOUND'],
      [['deregister', 'NodeID-111111111111111111116DBWJs', '--key', key], 'TX_NODE_UNKNOWN'],
      [['register', key, '--key', key], 'is not the request of a service node'],
    ];
    for (const [words, code] of rows) {
      const result = await run(...words);
      expect(result.code, words.join(' ')).toBe(1);
      expect(result.stderr).toContain(code);
      expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    for (const amount of ['1.0000001', '1e3']) {
      const result = await run('transfer', other, amount, '--key', key);
      expect(result).toMatchObject({code: 2, stderr: expect.stringContaining('CLIENT_BAD_AMOUNT')});
    }
  });
});

describe('a service node as a process', () => {
  it('asks its owner elsewhere, is registered, passes epochs, stops, comes back, leaves', async () => {
    const data = join(folder, 'node');
    const first = startNode('--data', data, '--owner', owner);
    await until('request', () => first.lines.some((line) => line.includes('registration.request')));
    expect((await stat(join(data, 'node.key'))).mode & 0o777).toBe(0o600);
    const file = join(data, 'registration-request.txt');
    const sent = await runJson('register', file, '--key', key, '--stake', '150');
    const nodeId = expect.stringMatching(/^NodeID-\w+$/);
    expect(sent).toMatchObject({status: 'accepted', nodeId, stake: '150000000'});
    expect((await run('register', file, '--key', key)).stderr).toContain('TX_NODE_REGISTERED');
    await until('first pass', async () => {
      const [node] = (await runJson('status')).nodes;
      return node?.lastVerdict === 'pass';
    });
    for (const line of first.lines.filter((each) => each.startsWith('{'))) JSON.parse(line);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    server.pause(true);

    const copy = join(folder, 'copy');
    await cp(join(data, 'node.key'), join(copy, 'node.key'));
    const thief = startNode('--data', copy, '--owner', owner);
    expect(await thief.exited).toBe(1);
    const last = thief.lines.at(-1) ?? '';
    expect(last).toContain('signs elsewhere too');
    expect(last).toContain('[DAEMON_KEY_IN_USE_ELSEWHERE]');

    const killed = startNode('--data', data);
    await until('its start', () => killed.lines.some((line) => line.includes('node.started')));
    server.pause(false);
    await until('its duties', () => killed.lines.some((line) => line.includes('duty.accepted')));
    server.pause(true);
    killed.child.kill('SIGKILL');
    await killed.exited;
    const again = startNode('--data', data);
    await until('its next start', () => again.lines.some((line) => line.includes('node.started')));
    server.pause(false);
    await until('duties again', () => again.lines.some((line) => line.includes('duty.accepted')));

    const {nodes, swarms} = await runJson('status');
    expect(nodes).toHaveLength(1);
    expect(nodes[0]).toMatchObject({owner, stake: '150000000', seat: 'serving'});
    expect(swarms).toHaveLength(2);
    const text = (await run('status')).stdout;
    expect(text).toContain('NODE ');
    expect(text).toMatch(new RegExp(`${nodes[0].nodeId} .* active .*150 LUX .*100.00 %`));
    const orders = ['--data', data, '--key', key] as const;
    const rotation = await runJson('keys', 'rotate', '--new-hash-chain', ...orders);
    const {epoch} = (await runJson('status')).epoch;
    // A whole epoch later the running node has revealed from its new hash chain, and passed.
    await until('a pass on the new hash chain', async () => {
      const now = await runJson('status');
      if (BigInt(now.epoch.epoch) < BigInt(epoch) + 2n) return false;
      expect(now.nodes[0]).toMatchObject({
        encryptionKey: rotation.encryptionKey,
        sequence: '1',
        transportKeys: {nextHashChainTip: null},
      });
      return now.nodes[0].lastVerdict === 'pass';
    });
    expect(again.child.exitCode).toBeNull();
    expect((await run('deregister', nodes[0].nodeId, '--key', key)).code).toBe(0);
    expect((await run('status')).stdout).toContain('decommissioning (wish)');
    again.child.kill('SIGINT');
    expect(await again.exited).toBe(0);
  }, 240_000);

  it('says in one line what it needs', async () => {
    const nobody = await runCli([
      'node',
      '--data',
      join(folder, 'x'),
      '--rpc',
      server.url,
      ...ALONE,
    ]);
    expect(nobody.code).toBe(2);
    expect(nobody.stderr.trimEnd().split('\n').at(-1)).toContain('--owner-key FILE, or --owner');
    const wrong = await runCli([
      'node',
      '--data',
      folder,
      '--key',
      key,
      '--rpc',
      server.url,
      ...ALONE,
    ]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('is the key of an account');
  });

  it('reads its settings from a file', async () => {
    const bad = join(folder, 'owner.key');
    expect((await runCli(['node', '--config', bad])).stderr).toContain('is no JSON object');
    expect((await readFile(bad)).length).toBeGreaterThan(0);
    const twice = join(folder, 'twice.json');
    await writeFile(twice, '{"data": "/tmp/a", "rpc": "http://x/", "data": "/tmp/b"}');
    const {code, stderr} = await runCli(['node', '--config', twice]);
    expect({code, stderr}).toEqual({
      code: 2,
      stderr: expect.stringContaining("names 'data' twice"),
    });
  });
});
