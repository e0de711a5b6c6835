import {type AddressInfo, connect, createServer, type Server} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {openSession} from '../../src/client/open-session.ts';
import {idToString, nodeIdToString} from '../../src/crypto/ids.ts';
import type {ServiceOverlay} from '../../src/network/create-overlay.ts';
import type {Handler} from '../../src/network/overlay.ts';
import {CLIENT_PROTOCOL} from '../../src/network/protocols.ts';
import type {ChainClient} from '../../src/protocol/api.ts';
import {bytesToHex, concatBytes, utf8ToBytes} from '../../src/protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {
  bootstrapOf,
  CHAIN,
  createNode,
  ECHO,
  echo,
  Network,
  type Node,
} from '../network/network.ts';
import {identityOf} from './people.ts';

const [alice, bob] = [identityOf(1), identityOf(2)];

/** What SECURITY.md says of who learns what, as far as it can be seen from outside. */
let network: Network;
const proxies: Server[] = [];
beforeEach(() => {
  network = new Network();
});
afterEach(async () => {
  for (const proxy of proxies.splice(0)) proxy.close();
  await network.stop();
});

type Heard = {readonly peerId: string; readonly request: ClientRequest};

/** A node that is the whole swarm, and notes who asks it for what. */
async function listeningNode(node: Node, heard: Heard[]): Promise<ServiceOverlay> {
  network.registry.add(node);
  const overlay = await network.service(node);
  const peer = await overlay.directory.publish();
  const handler: Handler<ClientRequest, ClientAnswer> = async (request, {remotePeerId}) => {
    heard.push({peerId: remotePeerId, request});
    if (request.type === 'retrieve') return {type: 'retrieve', value: {records: [], more: false}};
    const members = [{nodeId: node.nodeId, peer}];
    return {type: 'getSwarm', value: {swarmId: 0, swarmExponent: 1, epoch: 5n, members}};
  };
  await overlay.serve(CLIENT_PROTOCOL, handler);
  return overlay;
}

function chainOf(node: Node, asked: string[]): ChainClient {
  const answers: Readonly<Record<string, unknown>> = {
    getNetwork: {networkId: CHAIN.networkId, chainId: idToString(CHAIN.chainId)},
    getEpoch: {epoch: '5', numSwarms: 2},
    getSwarm: {members: [nodeIdToString(node.nodeId)]},
    getServiceNode: {publicKey: `0x${bytesToHex(node.signer.publicKey)}`},
  };
  return {
    call: async (method: string, params: unknown) => {
      asked.push(JSON.stringify({method, params}));
      return answers[method] as never;
    },
  };
}

describe('who writes to Bob', () => {
  it('tells the chain’s API his swarm and not his id, a node his id, and never who asks', async () => {
    const node = createNode();
    const [heard, asked]: [Heard[], string[]] = [[], []];
    const overlay = await listeningNode(node, heard);
    for (let session = 0; session < 2; session++) {
      await using open = await openSession({
        chain: chainOf(node, asked),
        nodes: [bootstrapOf(overlay)],
        identity: alice,
      });
      await expect(open.client.fetchCard(bob.sessionId)).rejects.toThrow('CLIENT_NO_CARD');
    }
    const said = asked.join('\n');
    expect(said).toContain('swarmId');
    expect(said).not.toContain(bytesToHex(bob.sessionId).slice(2, 20));
    expect(heard.map(({request}) => request.type)).toEqual([
      'getSwarm',
      'retrieve',
      'getSwarm',
      'retrieve',
    ]);
    expect(JSON.stringify(heard, showBytes)).toContain(bytesToHex(bob.sessionId));
    // The SDK brings nothing of Alice along, and each session has an identity of its own.
    expect(JSON.stringify(heard, showBytes)).not.toContain(bytesToHex(alice.sessionId));
    expect(new Set(heard.map(({peerId}) => peerId)).size).toBe(2);
  });
});

const showBytes = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return bytesToHex(value);
  return typeof value === 'bigint' ? value.toString() : value;
};

describe('somebody on the network', () => {
  it('sees no request and no answer', async () => {
    const node = createNode();
    network.registry.add(node);
    const [server, client] = [await network.service(node), await network.client()];
    await server.serve(ECHO, echo);
    const seen: Uint8Array[] = [];
    const port = await listenBetween(server, seen);
    const peer = {peerId: server.peerId, addresses: [`/ip4/127.0.0.1/tcp/${port}`]};
    const marker = utf8ToBytes('a marker that nobody may see on the wire');
    expect(await client.caller(ECHO).request(peer, marker)).toEqual(marker);
    const wire = Buffer.from(concatBytes(...seen));
    expect(wire.length).toBeGreaterThan(2 * marker.length);
    expect(wire.includes(Buffer.from(marker))).toBe(false);
    // The other way round: what is not encrypted would be found here.
    expect(wire.includes('/noise')).toBe(true);
  });
});

/** A wire that is listened to: its port. */
async function listenBetween(server: ServiceOverlay, seen: Uint8Array[]): Promise<number> {
  const target = Number(/tcp\/(\d+)/.exec(server.addresses()[0] ?? '')?.[1]);
  const proxy = createServer((inbound) => {
    const outbound = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      from.on('data', (bytes) => {
        seen.push(new Uint8Array(bytes));
        to.write(bytes);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  proxies.push(proxy);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
  return (proxy.address() as AddressInfo).port;
}
