import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {RpcChainClient} from '../../../src/client/rpc-chain-client.ts';
import {parseNodeConfig} from '../../../src/daemon/config.ts';
import {type DoctorInit, runDoctor} from '../../../src/daemon/doctor/doctor.ts';
import type {Finding} from '../../../src/daemon/doctor/finding.ts';
import {
  createIdentity,
  readIdentityFile,
  writeIdentityFile,
} from '../../../src/daemon/identity-files.ts';
import {toSigningSeed} from '../../../src/protocol/bytes.ts';
import {signerOf} from '../../client/keys.ts';
import {CHAIN_ID, NETWORK_ID} from '../../vm/driver.ts';
import {RealChain} from '../real-chain.ts';
import {registerOn} from '../register-on.ts';
import {TestNode} from '../test-node.ts';

const OWNER = signerOf(99);
const SIGNAL = new AbortController().signal;
const MIB = 1024n * 1024n;

let folder: string;
let chain: RealChain;
let nowMs: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-doctor-'));
  chain = new RealChain([OWNER]);
});
afterEach(() => rm(folder, {recursive: true}));

/** The key file of test node 1. */
async function writeKey(): Promise<void> {
  const identity = {
    ...createIdentity('node', (length) => new Uint8Array(length).fill(1)),
    signingSeed: toSigningSeed(new Uint8Array(32).fill(1)),
  };
  const options = {passphrase: undefined, overwrite: false};
  await writeIdentityFile(join(folder, 'node.key'), identity, options);
}

async function examine(over: Partial<DoctorInit> = {}): Promise<readonly Finding[]> {
  const config = parseNodeConfig({rpc: 'http://127.0.0.1:9/rpc', data: folder});
  const readIdentity = () => readIdentityFile(config.key);
  const init = {config, client: chain, readIdentity, ...over};
  nowMs = Number(chain.clockMs);
  const ports = {
    nowMs: () => nowMs,
    freeBytes: async () => 1000n * MIB,
    usedBytes: async () => 0n,
  };
  const findings: Finding[] = [];
  for await (const finding of runDoctor(init, ports, SIGNAL)) findings.push(finding);
  return findings;
}

const short = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({check, status}) => `${check} ${status}`);

describe('runDoctor', () => {
  it('finds a working node well, and its missed duty later', async () => {
    await writeKey();
    const node = new TestNode(chain, {
      number: 1,
      chain: {networkId: NETWORK_ID, chainId: CHAIN_ID},
    });
    expect(short(await examine())).toEqual([
      'key ok',
      'chain ok',
      'clock ok',
      'disk ok',
      'database ok',
      'identity ok',
      'registration fail',
    ]);

    await registerOn(chain, {node, number: 1, owner: OWNER});
    const hasDuties = async () =>
      (await chain.call('getDuties', {nodeId: node.nodeIdText})).hasDuties;
    for (let steps = 0; !(await hasDuties()) && steps < 200; steps++) chain.advance(500);
    await node.step();
    chain.advance(500);
    const working = await examine({reachability: {dialPublished: async () => []}});
    expect(short(working).slice(6)).toEqual([
      'registration ok',
      'reachability fail',
      'keychain ok',
      'epoch ok',
      'misses ok',
      'forecast ok',
    ]);
    expect(working.at(-1)?.text).toContain('answer');
    expect(working.at(-2)?.text).toContain('0 of 100 misses, score 100.00 %; one more costs 0.5');

    const {epoch} = chain.driver.epoch;
    while (chain.driver.epoch.epoch === epoch) chain.advance(500);
    while ((await chain.call('getEpoch', {})).phase === 'roundA') chain.advance(500);
    const silent = await examine();
    expect(short(silent).slice(6)).toEqual([
      'registration warn',
      'keychain ok',
      'epoch fail',
      'misses warn',
      'forecast fail',
    ]);
    expect(silent.at(-3)?.text).toContain('commitment missing');
    expect(silent.at(-2)?.text).toContain('noAnswer');
    expect(silent.at(-1)?.text).toContain('commitment failed: a miss for 0.5 LUX');
  }, 60_000);

  it('leaves out what it cannot look at', async () => {
    const client = new RpcChainClient({url: 'http://127.0.0.1:9/rpc'});
    const findings = await examine({client});
    expect(short(findings)).toEqual([
      'key warn',
      'chain fail',
      'disk ok',
      'database ok',
      'identity ok',
    ]);
    expect(findings[1]?.text).toContain('CLIENT_UNREACHABLE');
  });

  it('compares with the clock of the API’s server', async () => {
    const {url, close} = await chain.serve(1);
    try {
      const config = parseNodeConfig({rpc: url, data: folder});
      // The test's chain is of another year than the server's clock.
      const [, , clock] = await examine({config});
      expect(clock).toMatchObject({check: 'clock', status: 'fail'});
      expect(clock?.text).toMatch(/that of the API's server$/);
    } finally {
      await close();
    }
  });

  it('goes on when the chain falls silent, and stops with its caller', async () => {
    await writeKey();
    let calls = 0;
    const client: DoctorInit['client'] = {
      call: (method, params, signal) => {
        calls += 1;
        const reached = calls <= 3 ? chain : new RpcChainClient({url: 'http://127.0.0.1:9/'});
        return reached.call(method, params, signal);
      },
    };
    const findings = await examine({client});
    expect(short(findings).at(-1)).toBe('chain fail');
    expect(findings.at(-1)?.text).toContain('it fell silent');
    const stopped = AbortSignal.abort(new Error('enough'));
    const config = parseNodeConfig({rpc: 'http://127.0.0.1:9/rpc', data: folder});
    const init = {config, client: chain, readIdentity: () => readIdentityFile(config.key)};
    const ports = {nowMs: () => 0, freeBytes: async () => 0n, usedBytes: async () => 0n};
    const all = async () => {
      for await (const _ of runDoctor(init, ports, stopped));
    };
    await expect(all()).rejects.toThrow('enough');
  });
});
