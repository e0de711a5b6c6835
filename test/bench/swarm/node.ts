import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import process from 'node:process';
import {initCrypto} from '../../../src/crypto/init.ts';
import type {ChainFacts} from '../../../src/daemon/chain-view.ts';
import {collectSeldom} from '../../../src/daemon/collector.ts';
import {parseNodeConfig} from '../../../src/daemon/config.ts';
import {openMessageNode} from '../../../src/daemon/message-node.ts';
import {MetricsRegistry} from '../../../src/daemon/metrics.ts';
import {createSystemPorts} from '../../../src/daemon/system-ports.ts';
import {bytesToKey} from '../../../src/protocol/bytes.ts';
import {LevelStore} from '../../../src/storage/level.ts';
import {CHAIN, EPOCH_SECONDS, membersOf} from './members.ts';

/** One service node's messaging as a process: node.ts FOLDER INDEX COUNT [BOOTSTRAP]. */
const [folder = '', index = '0', count = '1', bootstrap = ''] = process.argv.slice(2);
collectSeldom();
await initCrypto();
const {members, state, keys} = membersOf(Number(count));
const self = members[Number(index)];
if (self === undefined) throw new RangeError('no such member');
const data = join(folder, index);
await mkdir(data, {recursive: true});
const view: ChainFacts = {
  own: () => state,
  swarmOf: () => state,
  epoch: () => undefined,
  lateBeforeMs: () => 0n,
  keepFromMs: () => 0n,
  holders: () => undefined,
  signingKeyOf: async (nodeId) => keys.get(bytesToKey(nodeId)),
};
const config = parseNodeConfig({
  rpc: 'http://127.0.0.1:1/',
  data,
  listen: ['/ip4/127.0.0.1/tcp/0'],
  bootstrap: bootstrap === '' ? [] : [bootstrap],
});
const records = await LevelStore.open(join(data, 'records'));
const {signer, nodeId} = self;
const node = await openMessageNode(
  {
    config,
    signer,
    chain: CHAIN,
    nodeId,
    epochSeconds: EPOCH_SECONDS,
    minCapacity: () => 1n << 40n,
    transportSeed: new Uint8Array(32).fill(Number(index) + 1),
    // All load of the bench comes from one or a few peers.
    limits: {rateBurst: 1_000_000, ratePerSecond: 1_000_000},
  },
  {
    records,
    view,
    metrics: new MetricsRegistry(() => undefined),
    ports: createSystemPorts(),
  },
);
// A bench that failed leaves nobody behind.
process.stdin.resume().once('close', () => process.exit());
const stop = new AbortController();
void node.run(stop.signal).catch(() => undefined);
const [address] = node.overlay.addresses();
process.stdout.write(`${address}/p2p/${node.overlay.peerId}\n`);
/** It looks each millisecond, and what it tells holds that millisecond too. */
const LOOK_MS = 1;
const delays = monitorEventLoopDelay({resolution: LOOK_MS});
// p99 of the event loop's delay since the last time that it was asked for, in ns. The first question
// begins: to look each millisecond costs a part of what is measured.
process.on('SIGUSR2', () => {
  delays.enable();
  process.stdout.write(`${delays.percentile(99) - LOOK_MS * 1e6}\n`);
  delays.reset();
});
process.once('SIGTERM', () => process.exit(0));
