import {beforeEach, describe, expect, it} from 'vitest';
import {nodeIdFromString} from '../../src/crypto/ids.ts';
import {ChainView} from '../../src/daemon/chain-view.ts';
import {NodeHealth} from '../../src/daemon/node-health.ts';
import {CHAIN, EPOCH_SECONDS, FakeChain} from './fake-chain.ts';
import {recordingPorts} from './recorder.ts';
import {TestNode} from './test-node.ts';

const SIGNAL = new AbortController().signal;
const EPOCH_MS = EPOCH_SECONDS * 1000;
const GIB = 1024n ** 3n;

let chain: FakeChain;
let nowMs: number;
let free: () => Promise<bigint>;
let view: ChainView;
let health: NodeHealth;
let nodeIdText: string;

beforeEach(async () => {
  chain = new FakeChain();
  ({nodeIdText} = new TestNode(chain, {number: 1}));
  new TestNode(chain, {number: 2});
  chain.advance(EPOCH_MS);
  nowMs = Number(chain.timeMs) + 1500;
  free = async () => GIB;
  const {ports} = recordingPorts({nowMs: () => nowMs, freeBytes: () => free()});
  const nodeId = nodeIdFromString(nodeIdText);
  const init = {nodeId, epochSeconds: EPOCH_SECONDS, dataFolder: '/data'};
  view = new ChainView({client: chain, ports}, {...init, chain: CHAIN});
  health = new NodeHealth({view, ports}, init);
});

const reasons = async () => (await health.report()).reasons;

describe('NodeHealth', () => {
  it('tells all that it knows of a healthy node', async () => {
    await view.step(SIGNAL);
    health.attach({peers: () => 1});
    health.attach({records: async () => 12});
    expect(await health.report()).toEqual({
      healthy: true,
      reasons: [],
      nodeId: nodeIdText,
      epoch: '1',
      swarm: 0,
      members: 2,
      peers: 1,
      records: 12,
      lastBlockTimeMs: nowMs - 1500,
      chainLagMs: 1500,
      chainHeardMs: nowMs,
      diskFree: GIB.toString(),
      keyChain: 'off',
    });
  });

  it('knows nothing of the chain at first, and says so', async () => {
    expect(await health.report()).toMatchObject({
      healthy: false,
      reasons: ['the chain was not heard yet'],
      epoch: null,
      swarm: null,
      peers: null,
      records: null,
      chainLagMs: null,
      chainHeardMs: null,
    });
  });

  it('names a chain that is silent, and one that stands still', async () => {
    await view.step(SIGNAL);
    nowMs += 30_000;
    expect(await reasons()).toEqual(["the chain's last block is 32 s old"]);
    nowMs += 1;
    expect(await reasons()).toContain('the chain was not heard for 30 s');
    await view.step(SIGNAL);
    expect(await reasons()).toHaveLength(1);
    chain.advance(31_000);
    await view.step(SIGNAL);
    expect(await reasons()).toEqual([]);
  });

  it('names a clock that is behind the chain', async () => {
    nowMs -= 20_000;
    await view.step(SIGNAL);
    expect(await reasons()).toEqual(["this machine's clock is 19 s behind the chain"]);
  });

  it('names a disk without room, and one that is gone', async () => {
    await view.step(SIGNAL);
    free = async () => 64n * 1024n * 1024n - 1n;
    expect(await reasons()).toEqual(['the disk has 67108863 bytes left']);
    free = () => Promise.reject(Object.assign(new Error('gone'), {code: 'ENOENT'}));
    expect(await health.report()).toMatchObject({
      diskFree: null,
      reasons: ['the data folder cannot be looked at'],
    });
    free = () => Promise.reject(new RangeError('a bug'));
    await expect(health.report()).rejects.toThrow('a bug');
  });

  it('names loneliness in a swarm of several, and what the parts say', async () => {
    await view.step(SIGNAL);
    health.attach({peers: () => 0, problems: () => ['the records are damaged']});
    expect(await reasons()).toEqual([
      'the overlay is connected to nobody',
      'the records are damaged',
    ]);
    chain.nodes.delete([...chain.nodes.keys()].find((id) => id !== nodeIdText) ?? '');
    chain.advance(EPOCH_MS);
    nowMs += EPOCH_MS;
    await view.step(SIGNAL);
    expect(await reasons()).toEqual(['the records are damaged']);
  });
});
