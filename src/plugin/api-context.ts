import type {HealthInfo, StateSyncInfo} from '../protocol/api-health.ts';
import type {BlockId, TxId} from '../protocol/bytes.ts';
import type {Evidence} from '../protocol/chain/evidence.ts';
import type {Genesis} from '../protocol/chain/genesis.ts';
import type {Chain} from '../vm/chain.ts';
import type {ChainConfig} from '../vm/config.ts';
import type {Mempool} from '../vm/mempool.ts';
import type {MissPage, MissQuery} from './events/miss-index.ts';
import type {RefusedTx} from './refused-txs.ts';

/** Phase of the node, in the words of the API. */
export type VmState = HealthInfo['state'];

/** Accepted blocks and where their transactions are: the read side of the block store. */
export type AcceptedBlocks = {
  getBlock(id: BlockId): Promise<Uint8Array | undefined>;
  getBlockIdAtHeight(height: bigint): Promise<BlockId | undefined>;
  /** Height of the block that holds the transaction. */
  getTxHeight(id: TxId): Promise<bigint | undefined>;
};

/** Misses by node, as far as this node has seen them. */
export type MissHistory = {
  misses(query: MissQuery): Promise<MissPage>;
  /** Height from which on they are known. */
  readonly missesFrom: bigint;
};

/** All that the JSON-RPC methods may touch of a running chain. */
export type ApiContext = {
  readonly config: ChainConfig;
  readonly genesis: Genesis;
  readonly chain: Chain;
  readonly mempool: Mempool;
  readonly store: AcceptedBlocks;
  readonly history: MissHistory;
  readonly version: string;
  /** Unix ms. */
  now(): bigint;
  vmState(): VmState;
  /**
   * Admits a transaction: parsed, valid on the preferred state, signatures good; then it waits for
   * a block and is told to the peers.
   * @throws CodecError, TxError
   */
  issueTx(bytes: Uint8Array): Promise<TxId>;
  /** Why a transaction was refused or dropped not long ago. */
  refusalOf(id: TxId): RefusedTx | undefined;
  /** Proofs of equivocation that this node has seen since its start. */
  equivocations(): readonly Evidence[];
  /** Why the database cannot be used any more, or ok. */
  databaseState(): 'ok' | string;
  /** How far this node's own state sync has come. */
  stateSyncInfo(): StateSyncInfo;
  /** An error that no caller caused: goes to the log. */
  reportInternalError(error: unknown): void;
};
