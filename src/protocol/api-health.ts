import type {U64Text} from './api-values.ts';

/** The node's own state sync, since the start of its plugin. */
export type StateSyncInfo = {
  /** `ended`: without the state; the node executes blocks instead. */
  readonly state: 'none' | 'running' | 'done' | 'ended';
  /** Of the last summary that was synced to; 0 for none. */
  readonly height: U64Text;
  /** Entries fetched and kept. */
  readonly entries: number;
};

/** What the node's health check and GET /health show. */
export type HealthInfo = {
  readonly healthy: boolean;
  readonly version: string;
  readonly state: 'starting' | 'stateSyncing' | 'bootstrapping' | 'normalOp' | 'stopped';
  readonly lastAccepted: string;
  readonly height: U64Text;
  readonly stateRoot: string;
  readonly epoch: U64Text;
  readonly nodesActive: number;
  readonly nodesDecommissioning: number;
  readonly swarms: number;
  readonly swarmsWithoutMajority: number;
  readonly totalBonded: U64Text;
  readonly burned: U64Text;
  readonly mempool: number;
  readonly conservation: boolean;
  readonly database: 'ok' | string;
  readonly stateSync: StateSyncInfo;
};
