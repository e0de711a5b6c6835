import {chainRefOf} from '../../client/account-sender.ts';
import {ApiError, ClientError} from '../../client/errors.ts';
import type {Identity} from '../../crypto/identity.ts';
import {nodeIdOf, nodeIdToString} from '../../crypto/ids.ts';
import {createSigner} from '../../crypto/ml-dsa.ts';
import type {ChainClient, ServiceNodeInfo} from '../../protocol/api.ts';
import type {NodeId} from '../../protocol/bytes.ts';
import type {NodeConfig} from '../config.ts';
import type {DaemonPorts} from '../ports.ts';
import {type ChainCheck, checkChain} from './check-chain.ts';
import {checkClock} from './check-clock.ts';
import {checkDatabases, checkDisk} from './check-disk.ts';
import {checkEpoch} from './check-epoch.ts';
import {checkForecast} from './check-forecast.ts';
import {checkKey} from './check-key.ts';
import {checkMisses} from './check-misses.ts';
import {checkIdentity, checkKeyAtKeyChain} from './check-neighbours.ts';
import {checkReachability, type Reachability} from './check-reachability.ts';
import {checkRegistration} from './check-registration.ts';
import {type Finding, fail} from './finding.ts';
import {askServerTime} from './server-time.ts';

export type DoctorInit = {
  readonly config: NodeConfig;
  readonly client: ChainClient;
  /** Opens the file that `config.key` names. */
  readonly readIdentity: () => Promise<Identity>;
  /** Without it reachability is left out. */
  readonly reachability?: Reachability;
};

type Ports = Pick<DaemonPorts, 'nowMs' | 'freeBytes' | 'usedBytes'>;
type Chain = NonNullable<ChainCheck['chain']>;
type Patient = DoctorInit & {readonly chain: Chain; readonly nodeId: NodeId};

async function registeredNode(
  client: ChainClient,
  nodeId: NodeId,
  signal: AbortSignal,
): Promise<ServiceNodeInfo | undefined> {
  try {
    return await client.call('getServiceNode', {nodeId: nodeIdToString(nodeId)}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'API_NOT_FOUND') return undefined;
    throw error;
  }
}

async function* onChain(
  {config, client, reachability, chain: {network}, nodeId}: Patient,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const node = await registeredNode(client, nodeId, signal);
  yield checkRegistration(node, network);
  if (reachability !== undefined) {
    yield checkReachability(await reachability.dialPublished(nodeId, signal));
  }
  if (node === undefined) return;
  const {encryptionKey} = node;
  yield await checkKeyAtKeyChain(config, {nodeId, encryptionKey}, signal);
  const epoch = await client.call('getEpoch', {}, signal);
  const about = {nodeId: nodeIdToString(nodeId)};
  yield checkEpoch(await client.call('getDuties', about, signal), epoch);
  yield checkMisses(node, network);
  yield checkForecast(await client.call('getForecast', about, signal), network);
}

async function* ofMachine(
  {config}: DoctorInit,
  chain: Chain | undefined,
  ports: Ports,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  if (chain !== undefined) {
    const {blockTimeMs} = chain.epoch;
    const nowMs = ports.nowMs();
    const server = await askServerTime(config.rpc, ports.nowMs, signal);
    const {epochSeconds} = chain.network;
    yield checkClock({nowMs, blockTimeMs, epochSeconds, server});
  }
  const least = chain === undefined ? undefined : BigInt(chain.network.minCapacity);
  const capacity = config.capacity ?? least;
  yield await checkDisk(config.data, capacity, ports);
  yield await checkDatabases(config.data);
}

/**
 * Looks at one node from the outside, also while it runs: each finding as soon as it is made. Databases
 * that nobody holds are opened for a moment; nothing else is touched. What needs the key or the chain
 * is left out when they fail.
 */
export async function* runDoctor(
  init: DoctorInit,
  ports: Ports,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const {finding, identity} = await checkKey(init.config, init.readIdentity);
  yield finding;
  const checked = await checkChain(init.client, signal);
  yield checked.finding;
  const {chain} = checked;
  yield* ofMachine(init, chain, ports, signal);
  yield await checkIdentity(init.config, signal);
  if (chain === undefined || identity === undefined) return;
  const {publicKey} = createSigner(identity.signingSeed);
  const nodeId = nodeIdOf(chainRefOf(chain.network).chainId, publicKey);
  try {
    yield* onChain({...init, chain, nodeId}, signal);
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof ApiError)) throw error;
    yield fail('chain', `it fell silent (${error.message})`, 'look again when it answers');
  }
}
