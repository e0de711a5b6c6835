import {sha256} from '../../src/crypto/hash.ts';
import {nodeIdOf} from '../../src/crypto/ids.ts';
import {
  bytesToKey,
  type Hash,
  type NodeId,
  type SigningPublicKey,
  toHash,
  utf8ToBytes,
} from '../../src/protocol/bytes.ts';
import type {ServiceNode} from '../../src/protocol/chain/state-records.ts';
import {CHAIN_ID, fakeKey} from '../vm/driver.ts';
import type {Uptime} from './uptime.ts';

/** How a node behaves; the two honest ones with a name are those whose losses are reported. */
export type NodeKind = 'ordinary' | 'up99' | 'up999' | 'equivocator' | 'lyingWitness' | 'cheat';

const HASH_BYTES = 32;
const ANSWER = utf8ToBytes('answer');

/** Preimages of a hash chain, all of them: link 0 is the tip, link i + 1 hashes to link i. */
function hashChain(seed: Hash, length: number): Uint8Array {
  const links = new Uint8Array(length * HASH_BYTES);
  let link = seed;
  for (let i = length - 1; i >= 0; i--) {
    links.set(link, i * HASH_BYTES);
    link = sha256(link);
  }
  return links;
}

/** One simulated service node. */
export class SimNode {
  readonly name: string;
  readonly kind: NodeKind;
  readonly key: SigningPublicKey;
  readonly nodeId: NodeId;
  /** bytesToKey of its id. */
  readonly mapKey: string;
  readonly uptime: Uptime;
  /** Epoch in which it asks to leave; none for those that stay. */
  readonly leavesAt: number;
  nonce = 0n;
  hasDeregistered = false;
  /** What the chain knew of it when it was last looked at. */
  record: ServiceNode | undefined = undefined;
  readonly #links: Uint8Array;
  readonly #claim: Uint8Array;
  #revealed = 0;

  constructor(init: {
    readonly name: string;
    readonly kind: NodeKind;
    readonly uptime: Uptime;
    readonly leavesAt: number;
    /** Reveals that it can make. */
    readonly links: number;
  }) {
    this.name = init.name;
    this.kind = init.kind;
    this.uptime = init.uptime;
    this.leavesAt = init.leavesAt;
    this.key = fakeKey(`node ${init.name}`);
    this.nodeId = nodeIdOf(CHAIN_ID, this.key);
    this.mapKey = bytesToKey(this.nodeId);
    this.#claim = utf8ToBytes(init.name);
    this.#links = hashChain(sha256(utf8ToBytes(`links of ${init.name}`)), init.links + 1);
  }

  get tip(): Hash {
    return this.#link(0);
  }

  /** Whether preimages are left; a node that waits very long to leave can run out of them. */
  get canReveal(): boolean {
    return (this.#revealed + 2) * HASH_BYTES <= this.#links.length;
  }

  /** The next preimage. */
  reveal(): Hash {
    this.#revealed += 1;
    return this.#link(this.#revealed);
  }

  #link(index: number): Hash {
    return toHash(this.#links.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES));
  }

  /** What an honest member answers; a cheat has only its own idea of the records. */
  answerFor(c: Uint8Array): Hash {
    return sha256(ANSWER, this.kind === 'cheat' ? this.#claim : c, this.nodeId);
  }
}
