import {randomBytes} from 'node:crypto';
import {afterEach, expect, it} from 'vitest';
import type {Timestamp} from '../../src/devnet/host/vm-messages.ts';
import type {Host} from '../../src/devnet/host.ts';
import {GossipMessage} from '../../src/plugin/gossip-message.ts';
import {PeerAnswer, PeerRequest} from '../../src/plugin/peers/peer-codec.ts';
import {toFilterSalt} from '../../src/plugin/peers/tx-filter.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {quietGenesis, transfer, waitFor} from '../plugin/harness.ts';
import {HoldingsReader, WATCHED_PROGRAM} from './event-probe.ts';
import {Bench, buildVerified, databaseDigest, feed, gossip, healthOf, PEER} from './harness.ts';

const bench = new Bench();
afterEach(() => bench.close());

const inSeconds = (seconds: number): Timestamp => ({
  seconds: String(Math.floor(Date.now() / 1000) + seconds),
  nanos: 0,
});

/** A call of each kind with this payload. */
async function tellAll(host: Host, payload: Uint8Array, requestId = 7): Promise<unknown[]> {
  const message = {nodeId: PEER, requestId};
  return Promise.all([
    host.vm.call('AppGossip', {nodeId: PEER, msg: payload}),
    host.vm.call('AppRequest', {...message, deadline: inSeconds(10), request: payload}),
    host.vm.call('AppResponse', {...message, response: payload}),
  ]);
}

it('47 answers OK to empty, random, 2 MiB and truncated payloads, to unknown request ids and failures', async () => {
  const host = await bench.ready();
  const good = encode(GossipMessage, {type: 'txs', value: {txs: [transfer(0n)]}});
  const payloads = [
    new Uint8Array(),
    ...Array.from({length: 50}, (_, n) => randomBytes(n * 20)),
    randomBytes(2_097_152),
    new Uint8Array(2_097_152),
    ...Array.from({length: 20}, (_, n) => good.subarray(0, (good.length * n) / 20)),
    Buffer.concat([good, Uint8Array.of(0)]),
  ];
  for (const payload of payloads) expect(await tellAll(host, payload)).toEqual([{}, {}, {}]);
  for (const errorCode of [-1, 0, 77, -2_147_483_648]) {
    const failed = {nodeId: PEER, requestId: 4_294_967_295, errorCode, errorMessage: 'timed out'};
    expect(await host.vm.call('AppRequestFailed', failed)).toEqual({});
  }
  for (const nodeId of [new Uint8Array(), new Uint8Array(19)]) {
    expect(await host.vm.call('AppGossip', {nodeId, msg: randomBytes(9)})).toEqual({});
  }
  // The intact one still works.
  await host.vm.call('AppGossip', {nodeId: PEER, msg: good});
  expect((await host.vm.call('WaitForEvent', {})).message).toBe(1);
});

it('48 answers no AppRequest past its deadline, and a good one exactly once with its request id', async () => {
  const host = await bench.ready();
  const empty = {salt: toFilterSalt(new Uint8Array(16)), bits: new Uint8Array(8)};
  const good = encode(PeerRequest, {type: 'pullTxs', value: empty});
  const ask = (requestId: number, seconds: number, request: Uint8Array = randomBytes(32)) =>
    host.vm.call('AppRequest', {nodeId: PEER, requestId, deadline: inSeconds(seconds), request});
  await ask(1, -5);
  for (const requestId of [2, 3, 4_294_967_295]) await ask(requestId, 30);
  const answers = () => host.appSender.sent().filter(({kind}) => kind !== 'gossip');
  await waitFor(() => answers().length >= 3);
  // One more round trip: a second answer would have arrived with it.
  await ask(5, 30);
  await waitFor(() => answers().length >= 4);
  const ids = answers().map((message) => ('requestId' in message ? message.requestId : undefined));
  expect(ids).toEqual([2, 3, 4_294_967_295, 5]);
  for (const message of answers()) {
    expect(message).toMatchObject({kind: 'error', code: 1, nodeId: Buffer.from(PEER)});
  }
  // One of this chain gets what waits.
  const tx = transfer(0n);
  await gossip(host, tx);
  await ask(6, -1, good);
  await ask(7, 30, good);
  await waitFor(() => answers().length >= 5);
  const response = answers()[4];
  expect(response).toMatchObject({kind: 'response', requestId: 7, nodeId: Buffer.from(PEER)});
  if (response?.kind !== 'response') return;
  expect(decode(PeerAnswer, response.payload)).toEqual({type: 'pullTxs', value: {txs: [tx]}});
});

it('49 takes Connected of the own node, twice of one node, and Disconnected of a stranger; a short id may fail', async () => {
  const host = await bench.ready();
  const peer = {name: 'avalanchego', major: 1, minor: 14, patch: 2};
  for (const nodeId of [host.nodeId, PEER, PEER]) {
    expect(await host.vm.call('Connected', {nodeId, ...peer})).toEqual({});
  }
  const stranger = new Uint8Array(20).fill(0xdd);
  for (const nodeId of [stranger, PEER, PEER]) {
    expect(await host.vm.call('Disconnected', {nodeId})).toEqual({});
  }
  await host.vm.call('Connected', {nodeId: new Uint8Array(19), ...peer}).catch(() => undefined);
  expect((await host.vm.call('Version', {})).version).not.toBe('');
});

it('49 a plugin without peers runs no timer of its own; the first peer brings one, the last takes it along', async () => {
  const reader = new HoldingsReader();
  const host = await bench.ready({plugin: WATCHED_PROGRAM, onOutput: reader.onOutput});
  const timers = async (): Promise<number> => {
    const {resources} = await reader.ask((name) => host.session.process.signal(name));
    return resources['Timeout'] ?? 0;
  };
  const version = {name: 'avalanchego', major: 1, minor: 14, patch: 2};
  const idle = await timers();
  await host.vm.call('Connected', {nodeId: host.nodeId, ...version});
  expect(await timers()).toBe(idle);
  await host.vm.call('Connected', {nodeId: PEER, ...version});
  expect(await timers()).toBe(idle + 1);
  // It asks that peer, which never answers; one timer waits for that.
  await waitFor(() => host.appSender.sent().some(({kind}) => kind === 'request'));
  expect(await timers()).toBe(idle + 1);
  await host.vm.call('Disconnected', {nodeId: PEER});
  await waitFor(async () => (await timers()) === idle);
});

const TOTAL_TXS = 40;

it('50 App calls in the middle of building and accepting leave a consistent state', async () => {
  const genesisBytes = quietGenesis();
  const host = await bench.ready({genesisBytes});
  // Signed before: otherwise the peers would mostly sign.
  const transfers = Array.from({length: TOTAL_TXS + 2}, (_, nonce) => transfer(BigInt(nonce)));
  let accepted = 0;
  const noise = async (): Promise<void> => {
    for (let n = 0; accepted < TOTAL_TXS; n++) {
      await tellAll(host, randomBytes(n % 300), n);
      // The next nonce, the one after it, or one that is spent.
      const wanted = transfers[Math.max(0, accepted + (n % 3) - 1)];
      if (wanted !== undefined) await gossip(host, wanted);
    }
  };
  const noises = [noise(), noise(), noise()];
  const blocks: {readonly id: Uint8Array; readonly bytes: Uint8Array}[] = [];
  while (accepted < TOTAL_TXS) {
    await host.vm.call('WaitForEvent', {});
    const block = await buildVerified(host);
    await host.vm.call('SetPreference', {id: block.id});
    await host.vm.call('BlockAccept', {id: block.id});
    accepted += decode(Block, block.bytes).txs.length;
    blocks.push(block);
  }
  await Promise.all(noises);
  expect((await healthOf(host)).health).toMatchObject({
    conservation: true,
    healthy: true,
    height: String(blocks.length),
  });
  const follower = await bench.ready({genesisBytes});
  await feed(follower, blocks);
  expect(await databaseDigest(follower)).toBe(await databaseDigest(host));
  await host.restart();
  expect(bytesToHex(host.head!.lastAcceptedId)).toBe(bytesToHex(blocks.at(-1)!.id));
});

it('51 with nobody at the services address gossip failures are logged and consensus goes on', async () => {
  const host = await bench.start({stage: 'handshake'});
  await host.initialize({serverAddr: '127.0.0.1:9'});
  await host.vm.call('SetState', {state: 3});
  for (let n = 0; n < 3; n++) {
    await gossip(host, transfer(BigInt(n)));
    const {id} = await buildVerified(host);
    await host.vm.call('BlockAccept', {id});
  }
  expect((await host.vm.call('GetBlockIDAtHeight', {height: '3'})).err).toBe(0);
  await waitFor(() => host.session.process.output().includes('SendAppGossip'));
});
