import type {
  AccountInfo,
  ApiMethod,
  ApiResults,
  BlockInfo,
  DutiesInfo,
  DutyRecord,
  EpochInfo,
  EquivocationInfo,
  NetworkInfo,
  RulesInfo,
  ServiceNodeInfo,
  StakeSummary,
  StoredSetInfo,
  SwarmInfo,
  TxInfo,
  UpgradeInfo,
} from '../protocol/api.ts';
import type {HealthInfo} from '../protocol/api-health.ts';
import type {MissesInfo, MissInfo} from '../protocol/api-misses.ts';
import type {KeyProofInfo, PrefixProofInfo, ProofInfo} from '../protocol/api-proofs.ts';
import type {Page} from '../protocol/api-values.ts';
import type {Token} from '../protocol/chain/rules.ts';
import {
  type Check,
  flag,
  hash,
  hex,
  listOf,
  maybe,
  named,
  one,
  orNull,
  shape,
  text,
  u64Text,
  whole,
} from './check.ts';
import {FORECAST} from './forecast-result.ts';
import {NODE_NOTES} from './node-notes-check.ts';

const phase = one('roundA', 'roundB', 'answers', 'rest');
const status = one('active', 'decommissioning', 'retired');

const rules = {
  minStake: u64Text,
  minFee: u64Text,
  minCapacity: u64Text,
  unbondingSeconds: whole,
  minPeers: whole,
  swarmHysteresis: whole,
  seatsPerEpoch: whole,
  answerHeights: whole,
  roundAHeights: whole,
  credit: shape<RulesInfo['credit']>({initial: whole, growEvery: whole, cap: whole}),
} as const;

const upgrade = named<UpgradeInfo>('UpgradeInfo', {
  activatesAtMs: whole,
  epoch: u64Text,
  rules: named<RulesInfo>('RulesInfo', rules),
});

const network = named<NetworkInfo>('NetworkInfo', {
  networkId: whole,
  chainId: text,
  vmId: text,
  version: text,
  preset: one('lux', 'pars', 'dev'),
  token: shape<Token>({symbol: text, decimals: whole}),
  genesisTimeMs: whole,
  epochSeconds: whole,
  minBlockIntervalMs: whole,
  ...rules,
  upcomingUpgrades: listOf(upgrade),
});

const block = named<BlockInfo>('BlockInfo', {
  id: text,
  parentId: text,
  height: u64Text,
  timestampMs: whole,
  stateRoot: hash,
  txIds: listOf(text),
  size: whole,
  bytes: maybe(hex),
});

const tx = named<TxInfo>('TxInfo', {
  id: text,
  status: one('accepted', 'processing', 'pending', 'refused', 'unknown'),
  code: maybe(text),
  kind: maybe(text),
  blockId: maybe(text),
  height: maybe(u64Text),
  bytes: maybe(hex),
});

const account = named<AccountInfo>('AccountInfo', {
  address: text,
  balance: u64Text,
  nextNonce: u64Text,
  nonce: u64Text,
});

const serviceNode = named<ServiceNodeInfo>('ServiceNodeInfo', {
  nodeId: text,
  publicKey: hex,
  encryptionKey: hex,
  stake: u64Text,
  swarmId: orNull(whole),
  status,
  registeredAt: whole,
  lastPingAt: whole,
  uptimeScore: whole,
  owner: text,
  leaving: one('no', 'wish', 'misses', 'evidence', 'joinTimeout'),
  seat: one('none', 'joining', 'serving'),
  principal: u64Text,
  misses: whole,
  credit: whole,
  registeredEpoch: u64Text,
  lastVerdict: one('none', 'pass', 'miss', 'unjudged'),
  lastMissReasons: listOf(text),
  lastMissEpoch: u64Text,
  epochsToRetirement: orNull(u64Text),
  ...NODE_NOTES,
  unbondsAt: whole,
});

/** Also part of an event. */
export const MISS_FIELDS = {
  epoch: u64Text,
  reasons: listOf(text),
  burned: u64Text,
  paidByCredit: flag,
  excused: flag,
} as const;

const misses = named<MissesInfo>('MissesInfo', {
  items: listOf(named<MissInfo>('MissInfo', {...MISS_FIELDS, height: u64Text})),
  cursor: maybe(text),
  knownFrom: u64Text,
});

const set = {root: hash, recordCount: u64Text, chunkCount: u64Text, bytes: u64Text} as const;
const committedSet = shape<StoredSetInfo & {readonly c: string}>({...set, c: hash});

const swarm = named<SwarmInfo>('SwarmInfo', {
  swarmId: whole,
  members: listOf(text),
  serving: whole,
  w: orNull(committedSet),
  hasMajority: orNull(flag),
  acknowledge: listOf(listOf(text)),
  restartedAt: orNull(u64Text),
  unservedSince: orNull(u64Text),
});

const epoch = named<EpochInfo>('EpochInfo', {
  epoch: u64Text,
  transitions: u64Text,
  phase,
  startMs: whole,
  cutOffMs: whole,
  roundAEndMs: whole,
  roundBEndMs: whole,
  answersEndMs: whole,
  endMs: whole,
  blockTimeMs: whole,
  mix: hash,
  drawn: flag,
  previousMix: hash,
  answersClosed: flag,
  dutyCount: whole,
  numSwarms: whole,
  nextNumSwarms: orNull(whole),
});

const stake = named<StakeSummary>('StakeSummary', {
  supply: u64Text,
  totalBonded: u64Text,
  unbonding: u64Text,
  burned: u64Text,
  burnedByMisses: u64Text,
  burnedByFaults: u64Text,
  burnedFees: u64Text,
  treasury: u64Text,
  balances: u64Text,
  nodeCount: whole,
});

const dutyRecord = named<DutyRecord>('DutyRecord', {
  txId: text,
  c: maybe(hash),
  answer: maybe(hash),
});

const duties = named<DutiesInfo>('DutiesInfo', {
  nodeId: text,
  registered: flag,
  status: orNull(status),
  hasDuties: flag,
  epoch: u64Text,
  phase,
  phaseEndMs: whole,
  epochEndMs: whole,
  cutOffMs: whole,
  blockTimeMs: whole,
  height: u64Text,
  swarmId: orNull(whole),
  members: listOf(text),
  swarmExponent: whole,
  joining: flag,
  previousEpoch: orNull(u64Text),
  dissentMembers: listOf(text),
  witnessTargets: listOf(text),
  hashChainTip: orNull(hash),
  roundA: listOf(
    shape<StoredSetInfo & {readonly c: string; readonly count: number}>({
      ...set,
      c: hash,
      count: whole,
    }),
  ),
  w: maybe(orNull(committedSet)),
  mix: orNull(hash),
  accepted: shape<DutiesInfo['accepted']>({
    roundA: orNull(dutyRecord),
    roundB: orNull(dutyRecord),
    answer: orNull(dutyRecord),
  }),
});

const proof = named<ProofInfo>('ProofInfo', {
  blockId: text,
  height: u64Text,
  timestampMs: whole,
  stateRoot: hash,
  keys: listOf(named<KeyProofInfo>('KeyProofInfo', {key: hex, value: orNull(hex), proof: hex})),
  prefixes: listOf(
    named<PrefixProofInfo>('PrefixProofInfo', {prefix: hex, count: whole, proof: hex}),
  ),
});

const health = named<HealthInfo>('HealthInfo', {
  healthy: flag,
  version: text,
  state: one('starting', 'stateSyncing', 'bootstrapping', 'normalOp', 'stopped'),
  lastAccepted: text,
  height: u64Text,
  stateRoot: text,
  epoch: u64Text,
  nodesActive: whole,
  nodesDecommissioning: whole,
  swarms: whole,
  swarmsWithoutMajority: whole,
  totalBonded: u64Text,
  burned: u64Text,
  mempool: whole,
  conservation: flag,
  database: text,
  stateSync: shape<HealthInfo['stateSync']>({
    state: one('none', 'running', 'done', 'ended'),
    height: u64Text,
    entries: whole,
  }),
});

/** What every method must answer. A server is another party: nothing of it is believed unread. */
export const API_RESULTS: {readonly [M in ApiMethod]: Check<ApiResults[M]>} = {
  getNetwork: network,
  getLastAccepted: block,
  getBlock: block,
  getBlockByHeight: block,
  getTx: tx,
  issueTx: shape<ApiResults['issueTx']>({txId: text}),
  getAccount: account,
  getServiceNode: serviceNode,
  getMisses: misses,
  listServiceNodes: shape<Page<ServiceNodeInfo>>({items: listOf(serviceNode), cursor: maybe(text)}),
  listEquivocations: shape<ApiResults['listEquivocations']>({
    items: listOf(
      shape<EquivocationInfo>({nodeId: text, epoch: u64Text, revision: whole, evidence: hex}),
    ),
  }),
  getSwarm: swarm,
  listSwarms: shape<Page<SwarmInfo>>({items: listOf(swarm), cursor: maybe(text)}),
  swarmOf: shape<ApiResults['swarmOf']>({swarmId: whole, numSwarms: whole}),
  getEpoch: epoch,
  getStakeSummary: stake,
  getDuties: duties,
  getForecast: FORECAST,
  getProof: proof,
  health,
};
