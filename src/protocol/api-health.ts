import type {U64Text} from './api-values.ts';

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
};
