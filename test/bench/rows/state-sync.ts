import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {HostOptions} from '../../../src/devnet/host/host-options.ts';
import {connectHosts} from '../../../src/devnet/host/peers.ts';
import {VM_STATE} from '../../../src/devnet/host/vm-messages.ts';
import {type Host, startHost} from '../../../src/devnet/host.ts';
import {utf8ToBytes} from '../../../src/protocol/bytes.ts';
import {CHAIN, PLUGIN} from '../../plugin/harness.ts';
import {makeHostChain} from '../../plugin/sync/made-chain.ts';
import {type Bench, mib, ms} from '../row.ts';

const NODES = 10_000;

/** From the summary to the event, one server, this machine's sockets and its two LevelDBs. */
async function syncMs(server: Host, fresh: Host): Promise<number> {
  const {bytes} = await server.vm.call('GetLastStateSummary', {});
  await fresh.vm.call('SetState', {state: VM_STATE.stateSyncing});
  const start = performance.now();
  await fresh.vm.call('StateSummaryAccept', {bytes});
  await fresh.vm.call('WaitForEvent', {});
  return performance.now() - start;
}

/** Bytes that crossed between the nodes. */
function bytesSent({appSender}: Host): number {
  let sum = 0;
  for (const message of appSender.sent()) {
    if (message.kind === 'response') sum += message.payload.length;
  }
  return sum;
}

export const stateSync: Bench = {
  name: 'state sync',
  async run() {
    const folders = await Promise.all(
      ['server', 'fresh'].map((name) => mkdtemp(join(tmpdir(), `sessionvm-bench-${name}-`))),
    );
    const [serverDir = '', freshDir = ''] = folders;
    const hosts: Host[] = [];
    try {
      const {genesisBytes} = await makeHostChain(serverDir, {epochs: 1, nodes: NODES});
      const options = {plugin: PLUGIN, ...CHAIN, genesisBytes, stage: 'initialized'} as const;
      const start = async (changes: Partial<HostOptions> & {dataDir: string}): Promise<Host> => {
        const host = await startHost({...options, ...changes});
        hosts.push(host);
        return host;
      };
      const server = await start({dataDir: serverDir, nodeId: new Uint8Array(20).fill(1)});
      await server.vm.call('SetState', {state: VM_STATE.normalOp});
      const configBytes = utf8ToBytes('{"stateSyncMinBlocks":1}');
      const nodeId = new Uint8Array(20).fill(2);
      const fresh = await start({dataDir: freshDir, nodeId, configBytes});
      await connectHosts([server, fresh]);
      const tookMs = await syncMs(server, fresh);
      const sent = bytesSent(server);
      await fresh.stopPlugin();
      await fresh.launch();
      const before = performance.now();
      await fresh.initialize();
      const loadMs = performance.now() - before;
      const row = {
        name: 'state sync of 10 000 nodes, one server',
        figure: `${ms(tookMs)} (${mib(sent)})`,
        limit: `loading it from the disk: ${ms(loadMs)}`,
        ratio: tookMs / loadMs,
        target: '≤ 6 ×',
        met: tookMs <= 6 * loadMs,
      };
      return [row];
    } finally {
      for (const host of hosts) await host.stop();
      for (const folder of folders) await rm(folder, {recursive: true, force: true});
    }
  },
};
