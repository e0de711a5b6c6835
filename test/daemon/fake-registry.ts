import {ApiError} from '../../src/client/errors.ts';
import type {ApiParams, ApiResults, EpochInfo, ServiceNodeInfo} from '../../src/protocol/api.ts';
import type {HealthInfo} from '../../src/protocol/api-health.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import {kemKeyOf} from '../client/keys.ts';
import type {FakeChain} from './fake-chain.ts';

const hex = (bytes: Uint8Array): string => `0x${bytesToHex(bytes)}`;

export function fakeEpoch(chain: FakeChain): EpochInfo {
  const {times} = chain;
  return {
    epoch: String(chain.epoch),
    transitions: String(chain.epoch),
    phase: chain.phase,
    startMs: Number(times.start),
    cutOffMs: Number(times.cutOff),
    roundAEndMs: Number(times.roundAEnd),
    roundBEndMs: Number(times.roundBEnd),
    answersEndMs: Number(times.answersEnd),
    endMs: Number(times.end),
    blockTimeMs: Number(chain.timeMs),
    mix: hex(chain.mix),
    drawn: chain.isDrawn,
    previousMix: hex(chain.mix),
    answersClosed: chain.phase === 'rest',
    dutyCount: chain.duties.size,
    numSwarms: chain.numSwarms,
    nextNumSwarms: null,
  };
}

/** Members sit in swarm 0, which pages of one make the first of several. */
export function fakeSwarms(
  chain: FakeChain,
  {cursor = '0'}: ApiParams['listSwarms'],
): ApiResults['listSwarms'] {
  const swarmId = Number(cursor);
  const members = swarmId === 0 ? [...chain.duties.keys()] : [];
  const items = [
    {
      swarmId,
      members,
      serving: members.length,
      w: null,
      hasMajority: null,
      acknowledge: [members],
      restartedAt: null,
      unservedSince: null,
    },
  ];
  return swarmId + 1 < chain.numSwarms ? {items, cursor: String(swarmId + 1)} : {items};
}

export function fakeNode(chain: FakeChain, nodeId: string): ServiceNodeInfo {
  const node = chain.nodes.get(nodeId);
  if (node === undefined) {
    throw new ApiError('API_NOT_FOUND', {text: 'not found', details: {what: 'service node'}});
  }
  const isSeated = chain.duties.has(nodeId);
  return {
    nodeId,
    publicKey: hex(node.publicKey),
    encryptionKey: hex(kemKeyOf(1)),
    stake: '100000000',
    swarmId: isSeated ? 0 : null,
    status: 'active',
    registeredAt: 1_700_000_000,
    lastPingAt: 0,
    uptimeScore: 10_000,
    owner: node.owner,
    leaving: 'no',
    seat: isSeated ? 'serving' : 'none',
    principal: '100000000',
    misses: 0,
    credit: 0,
    registeredEpoch: '0',
    lastVerdict: 'none',
    lastMissReasons: [],
    lastMissEpoch: '0',
    sequence: '0',
    epochsToRetirement: null,
    transportKeys: {revoked: false, previous: null, nextHashChainTip: null},
    maintenance: null,
    returning: false,
    queuePosition: null,
    successor: null,
    fault: null,
    witnessExcludedEpochs: null,
    unbondsAt: 0,
    ...chain.overNode,
  };
}

export function fakeHealth(chain: FakeChain): HealthInfo {
  return {
    healthy: true,
    version: '0',
    state: 'normalOp',
    lastAccepted: 'x',
    height: String(chain.height),
    stateRoot: `0x${'00'.repeat(32)}`,
    epoch: String(chain.epoch),
    nodesActive: chain.nodes.size,
    nodesDecommissioning: 0,
    swarms: chain.numSwarms,
    swarmsWithoutMajority: 0,
    totalBonded: '0',
    burned: '0',
    mempool: chain.pending.size,
    conservation: true,
    database: 'ok',
    stateSync: {state: 'none', height: '0', entries: 0},
  };
}
