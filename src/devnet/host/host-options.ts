import type {OnDatabaseCall} from './database-faults.ts';
import type {DecidedBlock} from './engine.ts';
import type {PluginCommand} from './plugin-process.ts';
import type {OnHandshake} from './runtime-server.ts';
import type {ChainHead} from './vm-messages.ts';

export type Protocol = 42 | 43 | 44 | 45 | 46;
export type EngineVariable = 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR' | 'LUX_VM_RUNTIME_ENGINE_ADDR';

/** The number that a plugin announces when nothing tells it another one. */
export const DEFAULT_PROTOCOL: Readonly<Record<EngineVariable, Protocol>> = {
  AVALANCHE_VM_RUNTIME_ENGINE_ADDR: 45,
  LUX_VM_RUNTIME_ENGINE_ADDR: 42,
};

/**
 * How far a start goes by itself: the handshake; Initialize; or the whole of host-protocol §3.1 with
 * the block loop running.
 */
export type Stage = 'handshake' | 'initialized' | 'running';

export type HostOptions = {
  readonly plugin: PluginCommand;
  /** The only number that the handshake accepts; that of the engine variable unless said. */
  readonly protocol?: Protocol;
  /** `AVALANCHE_VM_RUNTIME_ENGINE_ADDR` unless said. */
  readonly engineVariable?: EngineVariable;
  /**
   * Joins the engine variable in the plugin's otherwise empty environment. Unless it is in here,
   * `GRPC_SESSIONVM_PROTOCOL` is added when `protocol` is not the default of the engine variable.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Database and chain data; made when missing, and used again. */
  readonly dataDir: string;
  readonly networkId: number;
  /** 32 bytes. */
  readonly chainId: Uint8Array;
  /** 20 bytes; 01 … 14 (hex) unless said. */
  readonly nodeId?: Uint8Array;
  readonly genesisBytes: Uint8Array;
  readonly configBytes?: Uint8Array;
  readonly upgradeBytes?: Uint8Array;
  /** Port of the HTTP proxy; a free one unless said. */
  readonly httpPort?: number;
  /** `running` unless said. */
  readonly stage?: Stage;
  /** Height of the platform chain, sent with BuildBlock; null leaves it out. 1 unless said. */
  readonly pChainHeight?: bigint | null;
  readonly handshakeTimeoutMs?: number;
  /** Of the pings to the plugin, also without calls: 30 000 unless said. */
  readonly keepaliveMs?: number;
  /** False leaves the plugin's pipes unread: a slow reader. */
  readonly readOutput?: boolean;
  /** The handshake has arrived; the plugin waits for the answer until this resolves. */
  readonly onHandshake?: OnHandshake;
  readonly onDatabaseCall?: OnDatabaseCall;
  /** What the other nodes agree on when this one begins with a state sync; see `EngineInit`. */
  readonly agreedSummary?: () => Promise<Uint8Array | undefined>;
  readonly missingBlocks?: (head: ChainHead) => AsyncIterable<Uint8Array>;
  readonly onAccepted?: (block: DecidedBlock) => void;
  /** A block that could not be built or accepted, an event call that failed: the loop goes on. */
  readonly onError?: (error: unknown) => void;
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;
};
