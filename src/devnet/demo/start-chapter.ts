import {idToString} from '../../crypto/ids.ts';
import type {Network} from '../network.ts';
import {DEVNET_NETWORK_ID, genesisSupply} from '../network-files.ts';
import {confirm} from './checks.ts';
import type {Narrator} from './narrator.ts';
import type {Story} from './story.ts';

type Init = Pick<Story, 'narrator' | 'signal' | 'nodeCount'> & {readonly network: Network};

function sayWhere(network: Network, narrator: Narrator): void {
  const {host, programs} = network;
  const {process, handshake} = host.session;
  narrator.line(`JSON-RPC at ${host.rpcUrl}`);
  narrator.line(
    `plugin: pid ${process.pid}, gRPC at ${handshake.address}, from ${programs.kind} files`,
  );
  narrator.facts('host', {
    pid: globalThis.process.pid,
    pluginPid: process.pid,
    rpcUrl: host.rpcUrl,
    handshakeMs: host.session.handshakeMs,
  });
}

/** The host has started: is it our chain that answers, with our genesis? */
export async function tellStart({network, narrator, signal, nodeCount}: Init): Promise<Story> {
  const {client, files, host} = network;
  sayWhere(network, narrator);
  const info = await client.call('getNetwork', {}, signal);
  const health = await client.call('health', {}, signal);
  const {protocolVersion} = host.session.handshake;
  const ms = host.session.handshakeMs.toFixed(0);
  confirm(narrator, {
    name: 'plugin-loaded',
    sentence: `the plugin was loaded by handshake (protocol ${protocolVersion}, ${ms} ms) and its chain is healthy`,
    holds:
      info.chainId === idToString(files.chainId) &&
      info.networkId === DEVNET_NETWORK_ID &&
      info.genesisTimeMs === Number(files.genesis.timeMs) &&
      health.healthy &&
      health.state === 'normalOp',
    found: {chain: info.chainId, state: health.state, healthy: health.healthy},
  });
  const supply = genesisSupply(files);
  const summary = await client.call('getStakeSummary', {}, signal);
  confirm(narrator, {
    name: 'genesis-supply',
    sentence: `genesis made ${supply} base units, all of them free balances`,
    holds: BigInt(summary.supply) === supply && BigInt(summary.balances) === supply,
    found: {supply: summary.supply, balances: summary.balances},
  });
  return {network, client, narrator, signal, info, nodeCount};
}
