import {randomBytes} from 'node:crypto';
import {nodeIdOf} from '../../src/crypto/ids.ts';
import {createSigner, type Signer} from '../../src/crypto/ml-dsa.ts';
import {createClientOverlay} from '../../src/network/create-client-overlay.ts';
import {createOverlay, type ServiceOverlay} from '../../src/network/create-overlay.ts';
import type {NetworkLimits} from '../../src/network/limits.ts';
import type {Overlay, Peer} from '../../src/network/overlay.ts';
import type {
  ChainRef,
  NetworkPorts,
  OverlayInit,
  RegisteredKeys,
} from '../../src/network/overlay-init.ts';
import type {RequestProtocol} from '../../src/network/request-protocol.ts';
import {
  bytesToHex,
  type NodeId,
  type SigningPublicKey,
  toChainId,
  toSigningSeed,
} from '../../src/protocol/bytes.ts';
import {bytes, type Codec} from '../../src/protocol/codec.ts';
import {MAX_BODY_BYTES} from '../../src/protocol/overlay/frame.ts';

export const CHAIN: ChainRef = {networkId: 7, chainId: toChainId(new Uint8Array(32).fill(7))};
export const OTHER_CHAIN: ChainRef = {networkId: 7, chainId: toChainId(new Uint8Array(32).fill(8))};

const body: Codec<Uint8Array> = bytes({maxLength: MAX_BODY_BYTES - 4});

/** Bytes for bytes: what any request protocol is made of. */
export const ECHO: RequestProtocol<Uint8Array, Uint8Array> = {
  name: 'client',
  request: body,
  answer: body,
  timeoutMs: 5000,
  introduces: false,
};
export const MEMBERS: RequestProtocol<Uint8Array, Uint8Array> = {
  ...ECHO,
  name: 'member',
  introduces: true,
};

export const echo = async (request: Uint8Array): Promise<Uint8Array> => request;

export type Node = {
  readonly nodeId: NodeId;
  readonly signer: Signer;
  readonly transportSeed: Uint8Array;
};

export function createNode(chain: ChainRef = CHAIN): Node {
  const signer = createSigner(toSigningSeed(new Uint8Array(randomBytes(32))));
  return {
    signer,
    nodeId: nodeIdOf(chain.chainId, signer.publicKey),
    transportSeed: new Uint8Array(randomBytes(32)),
  };
}

/** The chain's registry as these tests need it. */
export class Registry implements RegisteredKeys {
  readonly #keys = new Map<string, SigningPublicKey>();

  add(...nodes: readonly Node[]): void {
    for (const {nodeId, signer} of nodes) this.#keys.set(bytesToHex(nodeId), signer.publicKey);
  }

  async signingKeyOf(nodeId: NodeId): Promise<SigningPublicKey | undefined> {
    return this.#keys.get(bytesToHex(nodeId));
  }
}

export const peerOf = (overlay: Overlay): Peer => ({
  peerId: overlay.peerId,
  addresses: overlay.addresses(),
});
export const bootstrapOf = (overlay: Overlay): string =>
  `${overlay.addresses()[0]}/p2p/${overlay.peerId}`;

/** Overlays on loopback that all stop together. */
export class Network {
  readonly registry = new Registry();
  /** What overlays reported to `onError`. */
  readonly reported: {readonly where: string; readonly error: unknown}[] = [];
  readonly #overlays: Overlay[] = [];

  readonly ports: NetworkPorts = {
    nowMs: Date.now,
    onError: (where, error) => this.reported.push({where, error}),
  };

  async service(init: Partial<OverlayInit & Node> = {}): Promise<ServiceOverlay> {
    const node = createNode(init.chain);
    const overlay = await createOverlay({
      chain: CHAIN,
      ...node,
      keys: this.registry,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      allowPrivate: true,
      ports: this.ports,
      ...init,
    });
    if (init.nodeId === undefined) this.registry.add(node);
    this.#overlays.push(overlay);
    return overlay;
  }

  async client(limits: Partial<NetworkLimits> = {}, chain: ChainRef = CHAIN): Promise<Overlay> {
    const transportSeed = new Uint8Array(randomBytes(32));
    const overlay = await createClientOverlay({chain, transportSeed, ports: this.ports, limits});
    this.#overlays.push(overlay);
    return overlay;
  }

  async stop(): Promise<void> {
    // One after the other: two ends that close one connection at once wait for each other.
    for (const overlay of this.#overlays.toReversed()) await overlay.stop();
  }
}
