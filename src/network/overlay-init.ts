import type {Signer} from '../crypto/ml-dsa.ts';
import type {ChainId, NodeId, SigningPublicKey} from '../protocol/bytes.ts';
import type {NetworkLimits} from './limits.ts';

/** The chain whose nodes meet here. */
export type ChainRef = {readonly networkId: number; readonly chainId: ChainId};

/** The chain's registry, as far as it names signing keys. */
export type RegisteredKeys = {
  signingKeyOf(nodeId: NodeId, signal?: AbortSignal): Promise<SigningPublicKey | undefined>;
};

/** Where a node keeps the peers that it knows, so that it finds them again without its bootstrap. */
export type PeerSnapshot = {
  /** undefined when there is none yet. */
  load(): Promise<Uint8Array | undefined>;
  save(bytes: Uint8Array): Promise<void>;
};

export type NetworkPorts = {
  /** Unix ms. */
  readonly nowMs: () => number;
  /** Errors that nobody waits for, and those of handlers; `where` is a short constant. */
  readonly onError: (where: string, error: unknown) => void;
};

type CommonInit = {
  readonly chain: ChainRef;
  /** 32 bytes: the seed of the libp2p (Ed25519) identity. It stays the caller's. */
  readonly transportSeed: Uint8Array;
  readonly ports: NetworkPorts;
  readonly limits?: Partial<NetworkLimits>;
};

/** A service node's. */
export type OverlayInit = CommonInit & {
  readonly nodeId: NodeId;
  /** The registered node key: it signs the peer record. */
  readonly signer: Signer;
  readonly keys: RegisteredKeys;
  /** Multiaddrs to listen on, as in `/ip4/0.0.0.0/tcp/4100`. */
  readonly listen: readonly string[];
  /** Addresses that others are told, when they differ from those listened on. */
  readonly announce?: readonly string[];
  /** Peers to begin with: multiaddrs that end in `/p2p/…`. */
  readonly bootstrap: readonly string[];
  readonly snapshot?: PeerSnapshot;
  /** Life of a peer record, in ms: an hour. It is renewed at half of it. */
  readonly recordLifeMs?: number;
  /** Private and loopback addresses count: devnets and LANs. */
  readonly allowPrivate?: boolean;
};

/** A client's: it dials, and nobody dials it. */
export type ClientOverlayInit = CommonInit;
