import {setTimeout} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ServiceOverlay} from '../../src/network/create-overlay.ts';
import {KnownPeers} from '../../src/network/peer-keeper.ts';
import {equalBytes, type NodeId, toNodeId} from '../../src/protocol/bytes.ts';
import {bytes, decode, encode, optional} from '../../src/protocol/codec.ts';
import {SessionError} from '../../src/protocol/errors.ts';
import {SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {bootstrapOf, createNode, ECHO, Network, type Node, peerOf} from './network.ts';

const DEADLINE_MS = 20_000;

let network: Network;
beforeEach(() => {
  network = new Network();
});
afterEach(() => network.stop());

/** Asks again until the answer is there; the deadline bounds a test that fails. */
async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const endMs = Date.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > endMs) throw new Error('not within the deadline');
    await setTimeout(100);
  }
}

const finds = (overlay: ServiceOverlay, {nodeId}: Node): Promise<string> =>
  eventually(async () => (await overlay.directory.find(nodeId))?.record.addresses[0]);

/** The overlay of each node; the first is everybody's bootstrap. */
async function join(nodes: readonly Node[]): Promise<ServiceOverlay[]> {
  network.registry.add(...nodes);
  const [first, ...others] = nodes;
  const bootstrap = await network.service(first);
  const joined = await Promise.all(
    others.map((node) => network.service({...node, bootstrap: [bootstrapOf(bootstrap)]})),
  );
  return [bootstrap, ...joined];
}

describe('the directory', () => {
  it('8 nodes that know one bootstrap find each other; when it dies they and newcomers still do', async () => {
    const nodes = Array.from({length: 8}, () => createNode());
    const overlays = await join(nodes);
    for (const overlay of overlays) {
      for (const [i, node] of nodes.entries()) {
        expect(await finds(overlay, node)).toBe(overlays[i]!.addresses()[0]);
      }
    }
    await overlays[0]!.stop();
    // A node that starts now knows one of those that live.
    const newcomer = createNode();
    network.registry.add(newcomer);
    const bootstrap = [bootstrapOf(overlays[5]!)];
    const late = await network.service({...newcomer, bootstrap});
    for (const [i, node] of nodes.entries()) {
      if (i > 0) expect(await finds(late, node)).toBe(overlays[i]!.addresses()[0]);
    }
    for (const overlay of overlays.slice(1)) {
      expect(await finds(overlay, newcomer)).toBe(late.addresses()[0]);
    }
    // A client asks any node, and checks nothing but the record.
    const Answer = optional(SignedPeerRecord);
    const find = {...ECHO, answer: Answer, request: bytes({maxLength: 20})};
    await overlays[3]!.serve(find, (nodeId) => overlays[3]!.directory.find(toNodeId(nodeId)));
    const client = await network.client();
    for (const node of nodes) {
      const found = await client.caller(find).request(peerOf(overlays[3]!), node.nodeId);
      expect(found?.record.nodeId).toEqual(node.nodeId);
    }
  }, 60_000);

  it('a node says where it is when the chain knows it, and not before', async () => {
    const [first] = await join([createNode(), createNode()]);
    const newcomer = createNode();
    const late = await network.service({...newcomer, bootstrap: [bootstrapOf(first!)]});
    await eventually(async () => (late.peerCount() > 0 ? true : undefined));
    await setTimeout(1500);
    expect(late.directory.known().filter(({record}) => record.nodeId === newcomer.nodeId)).toEqual(
      [],
    );
    expect(network.reported).toEqual([]);
    network.registry.add(newcomer);
    expect(await finds(first!, newcomer)).toBe(late.addresses()[0]);
  });

  it('a restarted node finds its peers by its snapshot though the bootstrap is gone', async () => {
    const nodes = Array.from({length: 4}, () => createNode());
    network.registry.add(...nodes);
    let saved: Uint8Array | undefined;
    const snapshot = {
      load: async () => saved,
      save: async (written: Uint8Array) => {
        saved = written;
      },
    };
    const overlays = await join(nodes.slice(0, 3));
    const bootstrap = [bootstrapOf(overlays[0]!)];
    const fourth = await network.service({...nodes[3]!, bootstrap, snapshot});
    await finds(fourth, nodes[1]!);
    await finds(fourth, nodes[2]!);
    await Promise.all([fourth.stop(), overlays[0]!.stop()]);
    // Only the second remains, and a fifth that the fourth has never heard of joins by it.
    const fifth = createNode();
    network.registry.add(fifth);
    await network.service({...fifth, bootstrap: [bootstrapOf(overlays[1]!)]});
    const again = await network.service({...nodes[3]!, bootstrap, snapshot});
    await finds(again, fifth);
    expect(decode(KnownPeers, saved!).length).toBeGreaterThan(0);
  }, 60_000);

  it('a node whose chain is away dials its bootstrap all the same, and stops while it asks', async () => {
    const [node, other] = [createNode(), createNode()];
    network.registry.add(node, other);
    const first = await network.service(other);
    const record = await first.directory.publish();
    const signals: (AbortSignal | undefined)[] = [];
    let isAway = true;
    const keys = {
      signingKeyOf: async (nodeId: NodeId, signal?: AbortSignal) => {
        if (isAway || equalBytes(nodeId, node.nodeId)) throw new SessionError('CLIENT_UNREACHABLE');
        signals.push(signal);
        return new Promise<never>((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        });
      },
    };
    const snapshot = {
      load: async () => encode(KnownPeers, [record]),
      save: async () => undefined,
    };
    const bootstrap = [bootstrapOf(first)];
    const again = await network.service({...node, keys, snapshot, bootstrap});
    await eventually(async () => (again.peerCount() > 0 ? true : undefined));
    expect(network.reported.map(({where}) => where)).toContain('network.keep');
    isAway = false;
    await eventually(async () => signals.find((signal) => signal !== undefined));
    await again.stop();
  });

  it('a snapshot of other bytes is reported and does no harm', async () => {
    const node = createNode();
    const snapshot = {load: async () => new Uint8Array(9), save: async () => undefined};
    await network.service({...node, snapshot});
    expect(network.reported.map(({where}) => where)).toEqual(['network.snapshot']);
  });

  it('a snapshot that cannot be read fails the start, and nothing listens any more', async () => {
    const first = await network.service();
    const listen = [...first.addresses()];
    await first.stop();
    const error = new Error('disk');
    const snapshot = {
      load: async () => {
        throw error;
      },
      save: async () => undefined,
    };
    await expect(network.service({listen, snapshot})).rejects.toBe(error);
    // Its port is free again.
    const again = await network.service({listen});
    expect(again.addresses()).toEqual(listen);
  });

  it('learns records that were heard elsewhere, newer ones only', async () => {
    const [node, other] = [createNode(), createNode()];
    network.registry.add(node, other);
    const [overlay, source] = [await network.service(node), await network.service(other)];
    const old = await source.directory.publish();
    const fresh = await source.directory.publish();
    expect(await overlay.directory.learn(fresh)).toBe(true);
    expect(await overlay.directory.learn(old)).toBe(false);
    expect(await overlay.directory.learn(fresh)).toBe(false);
    expect(await overlay.directory.find(other.nodeId)).toEqual(fresh);
    expect(overlay.directory.known()).toEqual([fresh]);
  });

  it('answers undefined for a node that nobody has heard of', async () => {
    const nodes = [createNode(), createNode()];
    const [, second] = await join(nodes);
    const {nodeId} = createNode();
    expect(await second!.directory.find(nodeId)).toBeUndefined();
  });

  it('a forged record does not get into the DHT', async () => {
    const nodes = [createNode(), createNode(), createNode()];
    const overlays = await join(nodes);
    await finds(overlays[1]!, nodes[2]!);
    const honest = await overlays[1]!.directory.find(nodes[2]!.nodeId);
    const copy = decode(SignedPeerRecord, encode(SignedPeerRecord, honest!));
    const forged = {...copy, record: {...copy.record, sequence: copy.record.sequence + 1n}};
    await expect(overlays[1]!.directory.learn(forged)).rejects.toEqual(
      expect.objectContaining({code: 'NETWORK_BAD_PEER_RECORD', details: {problem: 'signature'}}),
    );
    expect(await overlays[1]!.directory.find(nodes[2]!.nodeId)).toEqual(honest);
  });
});
