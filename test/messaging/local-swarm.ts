import {initCrypto} from '../../src/crypto/init.ts';
import type {Signer} from '../../src/crypto/ml-dsa.ts';
import {signReceipts, verifyReceipt} from '../../src/crypto/receipts.ts';
import {createMessaging, type Messaging} from '../../src/messaging/messaging.ts';
import type {CommittedSet, MemberCaller, SwarmState} from '../../src/messaging/ports.ts';
import type {RecordStore} from '../../src/messaging/record-store.ts';
import {NetworkError} from '../../src/network/errors.ts';
import {
  bytesToKey,
  type NodeId,
  toChainId,
  toNodeId,
  toSignature,
} from '../../src/protocol/bytes.ts';
import {decode, encode} from '../../src/protocol/codec.ts';
import {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {MemberAnswer, MemberRequest} from '../../src/protocol/overlay/member-protocol.ts';
import type {SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import type {KeyValueStore} from '../../src/storage/kv.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {signerOf} from '../client/keys.ts';
import {flipped} from '../crypto/twins.ts';

export const CHAIN = {networkId: 1337, chainId: toChainId(new Uint8Array(32).fill(0xcc))};

/** `down` refuses connections, `silent` never answers. */
export type Condition = 'up' | 'down' | 'silent';

export type LocalMember = {
  readonly nodeId: NodeId;
  readonly signer: Signer;
  readonly disk: MemoryStore;
  messaging: Messaging;
  condition: Condition;
  /** Added to the swarm's clock, in ms. */
  clockSkewMs: number;
  isStorageFull: boolean;
  /** It gives receipts that it has not signed. */
  isForger: boolean;
  /** Sets that others may ask for, once a test has opened them. */
  committed: CommittedSet | undefined;
  /** Where it has its seat when that is not in the swarm of all others. */
  elsewhere: SwarmState | undefined;
  readonly errors: unknown[];
};

export type SwarmInit = {
  readonly members: number;
  readonly timeoutMs?: number;
  readonly toleranceMs?: bigint;
};

export function recordStoreOn(
  disk: Pick<KeyValueStore, 'get' | 'getMany' | 'has' | 'iterate' | 'batch'>,
): RecordStore {
  return {
    get: (key) => disk.get(key),
    getMany: (keys) => disk.getMany(keys),
    has: (key) => disk.has(key),
    iterate: (range, options) => disk.iterate(range, options),
    write: (writes) => disk.batch(writes, {sync: true}),
  };
}

function forged(signed: SignedReceipt): SignedReceipt {
  return {...signed, signature: toSignature(flipped(signed.signature, 5))};
}

/** What comes after the caller has given up is nobody's, as in the overlay. */
async function until<T>(signal: AbortSignal | undefined, answer: Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  if (signal === undefined) return answer;
  const given = Promise.withResolvers<never>();
  const giveUp = (): void => given.reject(signal.reason);
  signal.addEventListener('abort', giveUp, {once: true});
  try {
    return await Promise.race([answer, given.promise]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

/**
 * The members of one swarm in one process: everything is real but the wire, which still carries
 * encoded bytes.
 */
export class LocalSwarm {
  readonly members: LocalMember[] = [];
  readonly #init: SwarmInit;
  /** Of all members, before their skew. */
  nowMs = 1_700_000_000_000;
  /** Shared by all, unless a test sets a member's own. */
  state: SwarmState = {epoch: 3n, swarmId: 0, swarmExponent: 0, members: [], acknowledge: []};
  lateBeforeMs = 0n;
  /** Batches of followers that are under way. */
  #delivers = 0;

  private constructor(init: SwarmInit) {
    this.#init = init;
  }

  static async start(init: SwarmInit): Promise<LocalSwarm> {
    await initCrypto();
    const swarm = new LocalSwarm(init);
    const ids = Array.from({length: init.members}, (_, index) =>
      toNodeId(new Uint8Array(20).fill(index + 1)),
    );
    swarm.state = {...swarm.state, members: ids, acknowledge: [ids]};
    for (const [index, nodeId] of ids.entries()) await swarm.#add(nodeId, index + 1);
    return swarm;
  }

  async #add(nodeId: NodeId, number: number): Promise<void> {
    const disk = new MemoryStore();
    const fields = {nodeId, signer: signerOf(number), disk, errors: []};
    const member = {
      ...fields,
      condition: 'up',
      clockSkewMs: 0,
      isStorageFull: false,
      isForger: false,
      committed: undefined,
      elsewhere: undefined,
    } as const;
    const whole: LocalMember = {...member, errors: [], messaging: undefined as never};
    this.members.push(whole);
    await this.restart(whole);
  }

  /** What a process does that starts over its database. */
  async restart(member: LocalMember): Promise<void> {
    const {nodeId, signer, disk} = member;
    const {timeoutMs = 1000, toleranceMs = 10_000n} = this.#init;
    member.messaging = await createMessaging({
      chain: CHAIN,
      nodeId,
      store: recordStoreOn(disk),
      swarms: {
        own: () => member.elsewhere ?? this.state,
        swarmOf: () => this.state,
        lateBeforeMs: () => this.lateBeforeMs,
      },
      members: this.callerOf(member),
      facts: {
        info: () => {
          throw new Error('not asked for');
        },
        swarmView: () => Promise.reject(new Error('not asked for')),
      },
      committed: {
        settledUntilMs: () => member.committed?.settledUntilMs() ?? 0n,
        leavesOf: (...at) => member.committed?.leavesOf(...at),
      },
      clock: {nowMs: () => this.nowMs + member.clockSkewMs},
      toleranceMs,
      sign: async (receipts) => {
        const signed = await signReceipts(signer, {...CHAIN, nodeId}, receipts);
        return member.isForger ? signed.map(forged) : signed;
      },
      isReceiptValid: (signed) => this.isReceiptValid(signed),
      isStorageFull: () => member.isStorageFull,
      defer: setImmediate,
      onError: (error) => member.errors.push(error),
      onReplicated: () => undefined,
      timeoutMs,
    });
    member.condition = 'up';
  }

  /** Every write goes to the members that were not in its majority. */
  async followUp(): Promise<void> {
    do {
      for (const {messaging} of this.members) while (await messaging.followers.sendNext());
      await new Promise((resolve) => void setImmediate(resolve));
    } while (this.#delivers > 0);
  }

  #find(nodeId: NodeId): LocalMember | undefined {
    return this.members.find((member) => bytesToKey(member.nodeId) === bytesToKey(nodeId));
  }

  async isReceiptValid(signed: SignedReceipt): Promise<boolean> {
    const giver = this.#find(signed.receipt.nodeId);
    return giver !== undefined && verifyReceipt(signed, giver.signer.publicKey);
  }

  /** From now on this member believes that its seat is there. */
  seatElsewhere(member: LocalMember, state: SwarmState): void {
    member.elsewhere = state;
  }

  storeOf({disk}: LocalMember): RecordStore {
    return recordStoreOn(disk);
  }

  async #during<T>({type}: Pick<MemberRequest, 'type'>, call: () => Promise<T>): Promise<T> {
    if (type !== 'deliver') return call();
    this.#delivers += 1;
    try {
      return await call();
    } finally {
      this.#delivers -= 1;
    }
  }

  callerOf(from: LocalMember): MemberCaller {
    return {
      call: (nodeId, request, options = {}) => {
        const answer = this.#during(request, async () => {
          const to = this.#find(nodeId);
          if (to === undefined || to.condition === 'down' || from.condition === 'down') {
            throw new NetworkError('NETWORK_UNREACHABLE');
          }
          const wire = encode(MemberRequest, request as MemberRequest);
          if (to.condition === 'silent') {
            await new Promise((resolve) => setTimeout(resolve, options.timeoutMs ?? 1000));
            throw new NetworkError('NETWORK_TIMEOUT');
          }
          const answer = await to.messaging.members.answer(
            decode(MemberRequest, wire),
            from.nodeId,
          );
          return decode(MemberAnswer, encode(MemberAnswer, answer)).value as never;
        });
        return until(options.signal, answer);
      },
    };
  }

  member(index: number): LocalMember {
    const member = this.members[index];
    if (member === undefined) throw new RangeError(`no member ${index}`);
    return member;
  }

  /** One client request to one member, through its bytes. */
  async ask<T extends ClientAnswer['type']>(
    index: number,
    request: Extract<ClientRequest, {readonly type: T}>,
  ): Promise<Extract<ClientAnswer, {readonly type: T}>['value']> {
    const wire = encode(ClientRequest, request as ClientRequest);
    const answer = this.member(index).messaging.clients.answer(
      decode(ClientRequest, wire),
      new AbortController(),
    );
    if (Symbol.asyncIterator in answer) throw new Error('a watch has events');
    return decode(ClientAnswer, encode(ClientAnswer, await answer)).value as never;
  }
}
