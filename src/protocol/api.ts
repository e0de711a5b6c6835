import type {ForecastInfo} from './api-forecast.ts';
import type {HealthInfo} from './api-health.ts';
import type {MissesInfo} from './api-misses.ts';
import type {NodeNotesInfo} from './api-node-notes.ts';
import type {ProofInfo, ProofParams} from './api-proofs.ts';
import type {Page, U64Text} from './api-values.ts';
import type {PresetName, Token} from './chain/rules.ts';

/** Results of the JSON-RPC API, as JSON carries them (api-values.ts). SPEC.md §10. */
export type PhaseName = 'roundA' | 'roundB' | 'answers' | 'rest';

/** What upgrades may change. */
export type RulesInfo = {
  readonly minStake: U64Text;
  readonly minFee: U64Text;
  readonly minCapacity: U64Text;
  readonly unbondingSeconds: number;
  readonly minPeers: number;
  readonly swarmHysteresis: number;
  readonly seatsPerEpoch: number;
  readonly answerHeights: number;
  readonly roundAHeights: number;
  readonly credit: {readonly initial: number; readonly growEvery: number; readonly cap: number};
};

export type UpgradeInfo = {
  readonly activatesAtMs: number;
  /** The first epoch under it. */
  readonly epoch: U64Text;
  /** All rules from then on. */
  readonly rules: RulesInfo;
};

/** The rules beside the ids are those in force in the epoch of the last accepted block. */
export type NetworkInfo = RulesInfo & {
  readonly networkId: number;
  readonly chainId: string;
  readonly vmId: string;
  readonly version: string;
  readonly preset: PresetName;
  readonly token: Token;
  readonly genesisTimeMs: number;
  readonly epochSeconds: number;
  readonly minBlockIntervalMs: number;
  /** Upgrades that this node knows and no accepted block has passed yet, in order. */
  readonly upcomingUpgrades: readonly UpgradeInfo[];
};

export type BlockInfo = {
  readonly id: string;
  readonly parentId: string;
  readonly height: U64Text;
  readonly timestampMs: number;
  readonly stateRoot: string;
  readonly txIds: readonly string[];
  /** Bytes of the whole block. */
  readonly size: number;
  /** The block as 0x-hex: only when asked with `encoding: "hex"`. */
  readonly bytes?: string;
};

export type TxStatus = 'accepted' | 'processing' | 'pending' | 'refused' | 'unknown';

export type TxInfo = {
  readonly id: string;
  readonly status: TxStatus;
  /** Why it was refused or dropped: a code of SPEC.md §9. */
  readonly code?: string;
  readonly kind?: string;
  readonly blockId?: string;
  readonly height?: U64Text;
  /** The transaction as 0x-hex, when known. */
  readonly bytes?: string;
};

export type AccountInfo = {
  readonly address: string;
  readonly balance: U64Text;
  /** The nonce of the next transaction, pending ones counted. */
  readonly nextNonce: U64Text;
  /** The nonce by accepted state. */
  readonly nonce: U64Text;
};

export type ServiceNodeInfo = NodeNotesInfo & {
  readonly nodeId: string;
  readonly publicKey: string;
  readonly encryptionKey: string;
  readonly stake: U64Text;
  /** null without a seat. */
  readonly swarmId: number | null;
  readonly status: 'active' | 'decommissioning' | 'retired';
  /** Unix seconds. */
  readonly registeredAt: number;
  /** Unix seconds; 0 for never. */
  readonly lastPingAt: number;
  /** Basis points. */
  readonly uptimeScore: number;
  readonly owner: string;
  readonly leaving: 'no' | 'wish' | 'misses' | 'evidence' | 'joinTimeout';
  readonly seat: 'none' | 'joining' | 'serving';
  readonly principal: U64Text;
  readonly misses: number;
  readonly credit: number;
  readonly registeredEpoch: U64Text;
  readonly lastVerdict: 'none' | 'pass' | 'miss' | 'unjudged';
  readonly lastMissReasons: readonly string[];
  readonly lastMissEpoch: U64Text;
  /** Epochs until it is retired; null unless it is leaving, and while it waits for its turn. */
  readonly epochsToRetirement: U64Text | null;
  /** Unix seconds; 0 before retirement. */
  readonly unbondsAt: number;
};

export type StoredSetInfo = {
  readonly root: string;
  readonly recordCount: U64Text;
  readonly chunkCount: U64Text;
  readonly bytes: U64Text;
};

export type SwarmInfo = {
  readonly swarmId: number;
  /** NodeIDs in order. */
  readonly members: readonly string[];
  readonly serving: number;
  /** W of the running epoch, once it is fixed and if there is one. */
  readonly w: (StoredSetInfo & {readonly c: string}) | null;
  /** False when the running epoch fixed no W for it; null before, and without duties. */
  readonly hasMajority: boolean | null;
  /** A write is acknowledged with a majority of each of these: one group unless swarms change. */
  readonly acknowledge: readonly (readonly string[])[];
  /** Epoch in which its members began to serve without anybody who had answered before; null for never. */
  readonly restartedAt: U64Text | null;
  /** Epoch since which nobody with duties is there; null while somebody is. */
  readonly unservedSince: U64Text | null;
};

export type EpochInfo = {
  readonly epoch: U64Text;
  readonly transitions: U64Text;
  readonly phase: PhaseName;
  readonly startMs: number;
  readonly cutOffMs: number;
  readonly roundAEndMs: number;
  readonly roundBEndMs: number;
  readonly answersEndMs: number;
  readonly endMs: number;
  /** Time of the last accepted block. */
  readonly blockTimeMs: number;
  readonly mix: string;
  readonly drawn: boolean;
  readonly previousMix: string;
  readonly answersClosed: boolean;
  readonly dutyCount: number;
  readonly numSwarms: number;
  /** Swarms from the next epoch on, when a change is announced; null otherwise. */
  readonly nextNumSwarms: number | null;
};

export type StakeSummary = {
  readonly supply: U64Text;
  readonly totalBonded: U64Text;
  readonly unbonding: U64Text;
  readonly burned: U64Text;
  readonly burnedByMisses: U64Text;
  readonly burnedByFaults: U64Text;
  readonly burnedFees: U64Text;
  readonly treasury: U64Text;
  /** Sum of all free balances. */
  readonly balances: U64Text;
  readonly nodeCount: number;
};

/** An accepted duty transaction, as the chain recorded it. */
export type DutyRecord = {
  readonly txId: string;
  /** Of a commitment. */
  readonly c?: string;
  /** Of an UptimeResponse. */
  readonly answer?: string;
};

/** All that a node needs for its next duty, in one call. */
export type DutiesInfo = {
  readonly nodeId: string;
  readonly registered: boolean;
  readonly status: ServiceNodeInfo['status'] | null;
  /** Whether the node has duties in the running epoch. */
  readonly hasDuties: boolean;
  readonly epoch: U64Text;
  /** Phase that holds for the next block. */
  readonly phase: PhaseName;
  readonly phaseEndMs: number;
  readonly epochEndMs: number;
  readonly cutOffMs: number;
  readonly blockTimeMs: number;
  readonly height: U64Text;
  readonly swarmId: number | null;
  readonly members: readonly string[];
  /** k: there are 2^k swarms. */
  readonly swarmExponent: number;
  /** Its seat is new: outside majorities until it has answered W once. */
  readonly joining: boolean;
  /** The epoch that dissent is about; null when no epoch before had duties. */
  readonly previousEpoch: U64Text | null;
  /** What the bits of dissent stand for: who had duties then where this node had its own. */
  readonly dissentMembers: readonly string[];
  /** Whom this node probes in this epoch, in the order of its report's bits. */
  readonly witnessTargets: readonly string[];
  /** Tip that the next reveal must hash to. */
  readonly hashChainTip: string | null;
  /** Sets committed in round A of this swarm, largest group first, then smaller C. */
  readonly roundA: readonly (StoredSetInfo & {readonly c: string; readonly count: number})[];
  /** Present once the answers have begun: null when the swarm has no W. */
  readonly w?: (StoredSetInfo & {readonly c: string}) | null;
  /** mix_e of the running epoch once drawn. */
  readonly mix: string | null;
  /** What the chain has accepted of this node in the running epoch. */
  readonly accepted: {
    readonly roundA: DutyRecord | null;
    readonly roundB: DutyRecord | null;
    readonly answer: DutyRecord | null;
  };
};

/** A proof that a node committed to two sets for one duty. */
export type EquivocationInfo = {
  readonly nodeId: string;
  readonly epoch: U64Text;
  readonly revision: number;
  /** Body of an Evidence transaction, 0x-hex. */
  readonly evidence: string;
};

/** `issueTx` takes `{tx: "0x…"}` and answers this. */
export type IssuedTx = {readonly txId: string};

/** Parameter objects of the methods, by method name. */
export type ApiParams = {
  readonly getNetwork: Record<string, never>;
  readonly getLastAccepted: {readonly encoding?: 'hex'};
  readonly getBlock: {readonly id: string; readonly encoding?: 'hex'};
  readonly getBlockByHeight: {readonly height: U64Text; readonly encoding?: 'hex'};
  readonly getTx: {readonly id: string};
  readonly issueTx: {readonly tx: string};
  readonly getAccount: {readonly address: string};
  readonly getServiceNode: {readonly nodeId: string};
  readonly getMisses: {readonly nodeId: string; readonly cursor?: string; readonly limit?: number};
  readonly listServiceNodes: {readonly cursor?: string; readonly limit?: number};
  readonly listEquivocations: Record<string, never>;
  readonly getSwarm: {readonly swarmId: number};
  readonly listSwarms: {readonly cursor?: string; readonly limit?: number};
  readonly swarmOf: {readonly pubkey: string};
  readonly getEpoch: Record<string, never>;
  readonly getStakeSummary: Record<string, never>;
  readonly getDuties: {readonly nodeId: string};
  readonly getForecast: {readonly nodeId: string};
  readonly getProof: ProofParams;
  readonly health: Record<string, never>;
};

export type ApiResults = {
  readonly getNetwork: NetworkInfo;
  readonly getLastAccepted: BlockInfo;
  readonly getBlock: BlockInfo;
  readonly getBlockByHeight: BlockInfo;
  readonly getTx: TxInfo;
  readonly issueTx: IssuedTx;
  readonly getAccount: AccountInfo;
  readonly getServiceNode: ServiceNodeInfo;
  readonly getMisses: MissesInfo;
  readonly listServiceNodes: Page<ServiceNodeInfo>;
  readonly listEquivocations: {readonly items: readonly EquivocationInfo[]};
  readonly getSwarm: SwarmInfo;
  readonly listSwarms: Page<SwarmInfo>;
  readonly swarmOf: {readonly swarmId: number; readonly numSwarms: number};
  readonly getEpoch: EpochInfo;
  readonly getStakeSummary: StakeSummary;
  readonly getDuties: DutiesInfo;
  readonly getForecast: ForecastInfo;
  readonly getProof: ProofInfo;
  readonly health: HealthInfo;
};

export type ApiMethod = keyof ApiResults;

/** The chain as daemon, client and tools see it. Two implementations: JSON-RPC over HTTP, in-process. */
export type ChainClient = {
  call<M extends ApiMethod>(
    method: M,
    params: ApiParams[M],
    signal?: AbortSignal,
  ): Promise<ApiResults[M]>;
};
