import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import {nodeIdFromString, nodeIdOf, nodeIdToString} from '../../src/crypto/ids.ts';
import {ChainView} from '../../src/daemon/chain-view.ts';
import type {ApiMethod, ChainClient} from '../../src/protocol/api.ts';
import {type NodeId, toNodeId, toSessionId} from '../../src/protocol/bytes.ts';
import {swarmOf} from '../../src/swarm/swarm-space.ts';
import {signerOf} from '../client/keys.ts';
import {CHAIN_ID, NETWORK_ID} from '../vm/driver.ts';
import {CHAIN, EPOCH_SECONDS, FakeChain} from './fake-chain.ts';
import {RealChain} from './real-chain.ts';
import {recordingPorts} from './recorder.ts';
import {registerOn} from './register-on.ts';
import {TestNode} from './test-node.ts';

const SIGNAL = new AbortController().signal;
const EPOCH_MS = EPOCH_SECONDS * 1000;
const account = toSessionId(new Uint8Array(33).fill(7));

let chain: FakeChain;
let calls: ApiMethod[];
/** Runs before each call. */
let beforeCall: (method: ApiMethod) => void;
let nowMs: number;

beforeEach(() => {
  chain = new FakeChain();
  calls = [];
  beforeCall = () => undefined;
  nowMs = 5000;
});
afterEach(() => {
  vi.useRealTimers();
});

const client: ChainClient = {
  call(method, params, signal) {
    calls.push(method);
    beforeCall(method);
    return chain.call(method, params, signal);
  },
};

function viewOf(nodeId: NodeId) {
  const recorder = recordingPorts({nowMs: () => nowMs});
  const init = {chain: CHAIN, nodeId, epochSeconds: EPOCH_SECONDS};
  return {view: new ChainView({client, ports: recorder.ports}, init), ...recorder};
}

function seatedNode() {
  const {nodeIdText} = new TestNode(chain, {number: 1});
  chain.advance(EPOCH_MS);
  return nodeIdFromString(nodeIdText);
}

describe('ChainView', () => {
  it('knows nothing before it has looked, and lets nothing be swept', () => {
    const {view} = viewOf(seatedNode());
    expect(view.own()).toBeUndefined();
    expect(view.swarmOf(account)).toBeUndefined();
    expect(view.epoch()).toBeUndefined();
    expect([view.keepFromMs(), view.lateBeforeMs()]).toEqual([0n, 0n]);
    expect(view.lastUpdateMs()).toBe(0);
  });

  it('answers from memory: own seat, and the swarm of any inbox', async () => {
    const nodeId = seatedNode();
    chain.numSwarms = 4;
    const {view} = viewOf(nodeId);
    await view.step(SIGNAL);
    expect(view.own()).toMatchObject({
      epoch: 1n,
      swarmId: 0,
      swarmExponent: 2,
      members: [nodeId],
      acknowledge: [[nodeId]],
    });
    for (let number = 0; number < 16; number++) {
      const inbox = toSessionId(new Uint8Array(33).fill(number));
      const swarmId = swarmOf(inbox, 2);
      const members = swarmId === 0 ? [nodeId] : [];
      expect(view.swarmOf(inbox)).toMatchObject({epoch: 1n, swarmId, swarmExponent: 2, members});
    }
    expect(view.keepFromMs()).toBe(chain.times.cutOff);
    expect(view.lastUpdateMs()).toBe(5000);
  });

  it('is brought to an epoch that a duty has seen, by one look for all who ask at once', async () => {
    const nodeId = seatedNode();
    const {view} = viewOf(nodeId);
    await Promise.all([view.reach(1n, SIGNAL), view.reach(1n, SIGNAL), view.step(SIGNAL)]);
    expect(view.own()?.members).toEqual([nodeId]);
    expect(calls).toEqual(['getEpoch', 'listSwarms', 'getEpoch']);
    await view.reach(1n, SIGNAL);
    expect(calls).toHaveLength(3);
    chain.advance(EPOCH_MS);
    await view.reach(2n, SIGNAL);
    expect(view.own()?.epoch).toBe(2n);
  });

  it('asks one call a look, and for the members when the epoch has turned', async () => {
    const {view} = viewOf(seatedNode());
    await view.step(SIGNAL);
    expect(calls).toEqual(['getEpoch', 'listSwarms', 'getEpoch']);
    calls = [];
    const own = view.own();
    chain.advance(1000);
    await view.step(SIGNAL);
    expect(calls).toEqual(['getEpoch']);
    expect(view.own()).toBe(own);
    expect(view.epoch()?.blockTimeMs).toBe(Number(chain.timeMs));
    chain.advance(EPOCH_MS);
    await view.step(SIGNAL);
    expect(view.own()?.epoch).toBe(2n);
    expect(calls).toHaveLength(4);
  });

  it('never mixes the pages of two epochs', async () => {
    const first = seatedNode();
    chain.numSwarms = 2;
    const {view} = viewOf(first);
    const second = new TestNode(chain, {number: 2});
    beforeCall = (method) => {
      if (method !== 'listSwarms' || calls.length !== 3) return;
      chain.advance(EPOCH_MS);
    };
    await view.step(SIGNAL);
    expect(calls.filter((method) => method === 'listSwarms')).toHaveLength(4);
    expect(view.own()).toMatchObject({epoch: 2n, swarmId: 0});
    expect(view.own()?.members.map(nodeIdToString)).toContain(second.nodeIdText);
  });

  it('gives up on a chain whose epochs never last, and keeps the last view', async () => {
    const {view, events} = viewOf(seatedNode());
    await view.step(SIGNAL);
    const before = view.own();
    chain.advance(EPOCH_MS);
    beforeCall = (method) => {
      if (method === 'listSwarms') chain.advance(EPOCH_MS);
    };
    expect(await view.step(SIGNAL)).toBeGreaterThan(0);
    expect(view.own()).toBe(before);
    expect(view.keepFromMs()).toBe(BigInt(view.epoch()?.cutOffMs ?? 0));
    expect(events()).toContain('view.stale');
  });

  it('keeps the last view of a silent chain, says so once, and hears it again', async () => {
    const {view, events} = viewOf(seatedNode());
    await view.step(SIGNAL);
    const own = view.own();
    chain.isDown = true;
    nowMs = 9000;
    for (let look = 0; look < 3; look++) await view.step(SIGNAL);
    expect(view.own()).toBe(own);
    expect(view.lastUpdateMs()).toBe(5000);
    chain.isDown = false;
    await view.step(SIGNAL);
    expect(view.lastUpdateMs()).toBe(9000);
    expect(events()).toEqual(['seat.changed', 'view.stale', 'view.fresh']);
  });

  it('tells who holds what as long as it hears the chain, and nobody after half a minute without', async () => {
    const {view} = viewOf(seatedNode());
    expect(view.holders()).toBeUndefined();
    await view.step(SIGNAL);
    const holders = view.holders();
    expect(holders).toMatchObject({epoch: 1n, transitions: 1n, own: {swarmId: 0}});
    expect(holders?.swarms).toEqual([{isServed: true, restartedAt: undefined}]);
    await view.step(SIGNAL);
    expect(view.holders()).toBe(holders);
    chain.isDown = true;
    nowMs += 30_000;
    await view.step(SIGNAL);
    expect(view.holders()).toBe(holders);
    nowMs += 1;
    expect(view.holders()).toBeUndefined();
    chain.isDown = false;
    chain.advance(EPOCH_MS);
    await view.step(SIGNAL);
    expect(view.holders()).toMatchObject({epoch: 2n, transitions: 2n});
  });

  it('says when this node gets its seat', async () => {
    const {nodeIdText} = new TestNode(chain, {number: 1});
    const {view, lines} = viewOf(nodeIdFromString(nodeIdText));
    await view.step(SIGNAL);
    expect(view.own()).toBeUndefined();
    chain.advance(EPOCH_MS);
    await view.step(SIGNAL);
    expect(view.own()?.swarmId).toBe(0);
    expect(lines.map(({event, facts}) => ({event, facts}))).toEqual([
      {event: 'seat.changed', facts: {epoch: '1', swarm: 0, was: null}},
    ]);
  });

  it('looks 40 times an epoch, and at its end', async () => {
    const {view} = viewOf(seatedNode());
    expect(await view.step(SIGNAL)).toBe(EPOCH_MS / 40);
    chain.advance(EPOCH_MS - 250);
    expect(await view.step(SIGNAL)).toBe(250);
  });

  it('runs until it is stopped, and rejects with the reason', async () => {
    const stop = new AbortController();
    const {view, pauses} = viewOf(seatedNode());
    const running = view.run(stop.signal);
    while (pauses.length < 3) await new Promise(setImmediate);
    stop.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('holds what comes late for the next cut-off: by the grace of E/24', async () => {
    const {view} = viewOf(seatedNode());
    await view.step(SIGNAL);
    const {cutOff, end} = chain.times;
    expect(view.lateBeforeMs()).toBe(cutOff);
    const graceEnds = end - BigInt(EPOCH_MS / 24);
    chain.advance(Number(graceEnds - chain.timeMs) - 1);
    await view.step(SIGNAL);
    expect(view.lateBeforeMs()).toBe(cutOff);
    chain.advance(1);
    await view.step(SIGNAL);
    expect(view.lateBeforeMs()).toBe(cutOff + BigInt(EPOCH_MS));
    chain.advance(EPOCH_MS / 24);
    await view.step(SIGNAL);
    expect(view.lateBeforeMs()).toBe(chain.times.cutOff);
    expect(chain.times.cutOff).toBe(cutOff + BigInt(EPOCH_MS));
  });

  it('is stale, not broken, after an answer that is no list of swarms', async () => {
    const {view, events} = viewOf(seatedNode());
    for (const numSwarms of [3, 0]) {
      chain.numSwarms = numSwarms;
      await view.step(SIGNAL);
      expect(view.own()).toBeUndefined();
    }
    expect(events()).toEqual(['view.stale']);
  });
});

describe('signingKeyOf', () => {
  it('asks once for a key', async () => {
    const nodeId = seatedNode();
    const {view} = viewOf(nodeId);
    expect(await view.signingKeyOf(nodeId)).toEqual(signerOf(1).publicKey);
    expect(await view.signingKeyOf(nodeId)).toEqual(signerOf(1).publicKey);
    expect(calls).toEqual(['getServiceNode']);
  });

  it('asks again for an unknown node, but not at once, whatever becomes of the clock', async () => {
    vi.useFakeTimers({toFake: ['performance']});
    const stranger = nodeIdOf(CHAIN.chainId, signerOf(2).publicKey);
    const {view} = viewOf(seatedNode());
    expect(await view.signingKeyOf(stranger)).toBeUndefined();
    new TestNode(chain, {number: 2});
    vi.advanceTimersByTime(4999);
    nowMs += 3_600_000;
    expect(await view.signingKeyOf(stranger)).toBeUndefined();
    vi.advanceTimersByTime(1);
    nowMs -= 7_200_000;
    expect(await view.signingKeyOf(stranger)).toEqual(signerOf(2).publicKey);
    expect(calls).toEqual(['getServiceNode', 'getServiceNode']);
  });

  it('refuses a key that is not the node’s, and passes on that nobody answers', async () => {
    const nodeId = seatedNode();
    const {view} = viewOf(nodeId);
    chain.isDown = true;
    await expect(view.signingKeyOf(nodeId)).rejects.toMatchObject({code: 'CLIENT_UNREACHABLE'});
    chain.isDown = false;
    chain.nodes.set(nodeIdToString(nodeId), {
      publicKey: signerOf(3).publicKey,
      tip: chain.mix,
      owner: '0x',
    });
    await expect(view.signingKeyOf(nodeId)).rejects.toMatchObject({code: 'CLIENT_BAD_RESPONSE'});
  });
});

describe('on the real state machine', () => {
  it('sees a node registered, then seated at the turn of the epoch', async () => {
    const owner = signerOf(99);
    const real = new RealChain([owner]);
    const chainRef = {networkId: NETWORK_ID, chainId: CHAIN_ID};
    const node = new TestNode(real, {number: 1, chain: chainRef});
    const nodeId = nodeIdFromString(node.nodeIdText);
    const {ports} = recordingPorts();
    const {epochSeconds} = await real.call('getNetwork', {});
    const view = new ChainView({client: real, ports}, {chain: chainRef, nodeId, epochSeconds});
    await view.step(SIGNAL);
    expect(await view.signingKeyOf(toNodeId(new Uint8Array(20)))).toBeUndefined();
    await registerOn(real, {node, number: 1, owner});
    expect(await view.signingKeyOf(nodeId)).toEqual(signerOf(1).publicKey);
    expect(view.own()).toBeUndefined();
    for (let steps = 0; view.own() === undefined && steps < 200; steps++) {
      real.advance(500);
      await view.step(SIGNAL);
    }
    const own = view.own();
    expect(own?.members).toEqual([nodeId]);
    const {members} = await real.call('getSwarm', {swarmId: own?.swarmId ?? -1});
    expect(members).toEqual([node.nodeIdText]);
    const {swarmId} = await real.call('swarmOf', {pubkey: `0x${'07'.repeat(33)}`});
    expect(view.swarmOf(account)?.swarmId).toBe(swarmId);
  });
});
