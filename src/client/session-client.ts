import {sha256} from '../crypto/hash.ts';
import {messageIdOf} from '../crypto/message-id.ts';
import type {Hash, NodeId, SessionId} from '../protocol/bytes.ts';
import {SessionError} from '../protocol/errors.ts';
import {
  CONSISTENCY,
  type Consistency,
  type Cursor,
  DeleteParams,
  type InboxRecord,
  RetrieveParams,
  StoreParams,
} from '../protocol/overlay/client-protocol.ts';
import {DEFAULT_NAMESPACE, maxTtlMs, OUTBOX_NAMESPACE} from '../protocol/overlay/namespaces.ts';
import {OWNER_METHOD} from '../protocol/overlay/owner-auth.ts';
import type {MessageContent} from '../protocol/overlay/sealed-message.ts';
import type {SetLeaf, Stamp} from '../protocol/stored-record.ts';
import {type Contact, createContactCard, readContactCard} from './contact-card.ts';
import {ClientError} from './errors.ts';
import {signOwnerRequest} from './owner-request.ts';
import type {ReaderState} from './reader-state.ts';
import {type OpenedMessage, openSealed, sealMessage} from './seal.ts';
import type {SessionIdentity} from './session-identity.ts';
import type {Answered, SwarmCaller} from './swarm-caller.ts';
import type {FoundSwarm} from './swarm-finder.ts';
import type {ChainRef} from './transactions.ts';
import type {ReceiptChecker} from './verify-receipts.ts';

/** Records and bytes of one page that this client asks for. */
const PAGE_RECORDS = 200;
const PAGE_BYTES = 1_048_576;
/** At each member: the second time it looks at the signatures that it hands on. */
const TRIES_AT_EACH = 2;

export type SessionClientParts = {
  readonly chain: ChainRef;
  readonly swarms: Pick<SwarmCaller, 'call' | 'avoid'>;
  readonly receipts: Pick<ReceiptChecker, 'check'>;
  readonly identity: SessionIdentity;
  readonly nowMs: () => number;
};

/** What is known of a message once a majority of its swarm has it. */
export type Sent = {
  readonly id: Hash;
  readonly stamp: Stamp;
  /** Unix ms. */
  readonly expiryMs: bigint;
  readonly swarmId: number;
  /** Members whose receipts are good: a majority. */
  readonly members: readonly NodeId[];
  readonly coordinator: NodeId;
  /**
   * What the stored set of the swarm says of it, while it is neither deleted nor merged with an earlier
   * copy, as one that had to be handed over again may be.
   */
  readonly leaf: SetLeaf;
};

/** One message, opened. */
export type Received = OpenedMessage & {
  readonly id: Hash;
  readonly stamp: Stamp;
  /** Unix ms. */
  readonly expiryMs: bigint;
};

export type ReadResult = {
  readonly messages: readonly Received[];
  /** Records that are not for us or no messages: anybody may deposit anything. */
  readonly unreadable: number;
  /** The member that answered last. */
  readonly nodeId: NodeId | undefined;
};

export type ReadOptions = {
  readonly consistency?: Consistency;
  /** Asks this member alone. */
  readonly at?: NodeId | undefined;
  /** Stops after so many messages; undefined: all there are. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What goes into somebody's inbox. */
type Deposit = Pick<StoreParams, 'namespace' | 'data' | 'ttlMs'>;

/** A person's messages over the swarms of a chain. */
export class SessionClient {
  readonly #parts: SessionClientParts;

  constructor(parts: SessionClientParts) {
    this.#parts = parts;
  }

  get identity(): SessionIdentity {
    return this.#parts.identity;
  }

  /**
   * Asks again when too few vouch: the same member first, which then leaves out false signatures of the
   * others; then the next one, as that one may lie itself. One of a majority is honest.
   */
  async #store(
    account: SessionId,
    {namespace, data, ttlMs}: Deposit,
    signal: AbortSignal | undefined,
  ): Promise<Sent> {
    const {swarms, nowMs} = this.#parts;
    // One set of bytes for all tries: a second one is the same message.
    const params: StoreParams = {account, namespace, timestampMs: BigInt(nowMs()), ttlMs, data};
    for (let tries = 1; ; tries++) {
      const answered = await this.#askToStore(params, signal);
      try {
        return await this.#believe(answered, params, signal);
      } catch (error) {
        if (!isTooFew(error) || tries >= mostTries(answered.swarm)) throw error;
        if (tries % TRIES_AT_EACH === 0) swarms.avoid(answered.nodeId);
      }
    }
  }

  #askToStore(params: StoreParams, signal: AbortSignal | undefined): Promise<Answered<'store'>> {
    const {chain, swarms, identity, nowMs} = this.#parts;
    const request = {chain, method: OWNER_METHOD.store, codec: StoreParams, params} as const;
    return swarms.call<'store'>(
      params.account,
      ({withKeys}) => {
        const auth =
          params.namespace === DEFAULT_NAMESPACE
            ? undefined
            : signOwnerRequest(identity, request, {timeMs: BigInt(nowMs()), withKeys});
        return {type: 'store', value: {params, auth}};
      },
      {signal},
    );
  }

  /** @throws ClientError CLIENT_RECEIPTS_TOO_FEW, or when the chain does not say who may vouch */
  async #believe(
    {value, nodeId, swarm: {swarmId}}: Answered<'store'>,
    {account, namespace, timestampMs, ttlMs, data}: StoreParams,
    signal: AbortSignal | undefined,
  ): Promise<Sent> {
    const id = messageIdOf({account, namespace}, data);
    const message = {account, namespace, id, expiryMs: timestampMs + ttlMs};
    const members = await this.#parts.receipts.check(value, message, signal);
    const {stamp, expiryMs} = value;
    const entry = {expiryMs, size: data.length, dataHash: sha256(data)};
    const leaf: SetLeaf = {
      key: {account, namespace, stamp, id},
      entry: {type: 'record', value: entry},
    };
    return {id, stamp, expiryMs, swarmId, members, coordinator: nodeId, leaf};
  }

  /**
   * Seals a message for somebody and stores it with his swarm.
   * @throws ClientError CLIENT_SEAL_TOO_LARGE, CLIENT_NO_CARD, CLIENT_NO_MEMBER,
   * CLIENT_RECEIPTS_TOO_FEW; RemoteError with a MESSAGING code
   */
  async send(to: Contact, content: MessageContent, signal?: AbortSignal): Promise<Sent> {
    const {chain, identity, nowMs} = this.#parts;
    const timeMs = BigInt(nowMs());
    const data = sealMessage({chain, recipient: to.keys, sender: identity, content, timeMs});
    const namespace = DEFAULT_NAMESPACE;
    return this.#store(to.sessionId, {namespace, data, ttlMs: maxTtlMs(namespace)}, signal);
  }

  /** Puts one's card where everybody finds it by the id alone; for 30 days. */
  async publishCard(name: string | undefined, signal?: AbortSignal): Promise<Sent> {
    const {identity, nowMs} = this.#parts;
    const data = createContactCard(identity, {name, timeMs: BigInt(nowMs())});
    const namespace = OUTBOX_NAMESPACE;
    return this.#store(identity.sessionId, {namespace, data, ttlMs: maxTtlMs(namespace)}, signal);
  }

  /** @throws ClientError CLIENT_NO_CARD when its owner has published none, CLIENT_CARD_… */
  async fetchCard(sessionId: SessionId, signal?: AbortSignal): Promise<Contact> {
    const params: RetrieveParams = {
      account: sessionId,
      namespace: OUTBOX_NAMESPACE,
      after: undefined,
      maxRecords: 1,
      maxBytes: PAGE_BYTES,
      consistency: CONSISTENCY.quorum,
    };
    const make = () => ({type: 'retrieve', value: {params, auth: undefined}}) as const;
    const {value} = await this.#parts.swarms.call<'retrieve'>(sessionId, make, {signal});
    const [record] = value.records;
    if (record === undefined) throw new ClientError('CLIENT_NO_CARD');
    const nowMs = BigInt(this.#parts.nowMs());
    return readContactCard(record.data, {nowMs, expected: sessionId});
  }

  /** One page of the own inbox, as its members hold it. */
  async #page(after: Cursor | undefined, options: ReadOptions) {
    const {chain, swarms, identity, nowMs} = this.#parts;
    const {consistency = CONSISTENCY.quorum, at, signal} = options;
    const params: RetrieveParams = {
      account: identity.sessionId,
      namespace: DEFAULT_NAMESPACE,
      after,
      maxRecords: PAGE_RECORDS,
      maxBytes: PAGE_BYTES,
      consistency,
    };
    const request = {chain, method: OWNER_METHOD.retrieve, codec: RetrieveParams, params} as const;
    return swarms.call<'retrieve'>(
      identity.sessionId,
      ({withKeys}) => {
        const auth = signOwnerRequest(identity, request, {timeMs: BigInt(nowMs()), withKeys});
        return {type: 'retrieve', value: {params, auth}};
      },
      {at, signal},
    );
  }

  /** undefined when a page after the first failed: what was read before must not be lost. */
  async #nextPage(after: Cursor | undefined, options: ReadOptions, isFirst: boolean) {
    try {
      return await this.#page(after, options);
    } catch (error) {
      if (isFirst || !(error instanceof SessionError || options.signal?.aborted)) throw error;
      return undefined;
    }
  }

  /** A record as its reader sees it; undefined when it is none of our messages. */
  open({stamp, id, expiryMs, data}: InboxRecord): Received | undefined {
    const {chain, identity} = this.#parts;
    try {
      const opened = openSealed(data, {chain, recipient: identity});
      return {...opened, id, stamp, expiryMs};
    } catch (error) {
      if (error instanceof ClientError) return undefined;
      throw error;
    }
  }

  /**
   * What has come since the state's last read, in order of stamp; the state moves on with it. A
   * failure after the first page ends the read there, and the next read meets it: what the state
   * calls shown has been answered.
   * @throws ClientError CLIENT_NO_MEMBER; RemoteError with a MESSAGING code
   */
  async read(state: ReaderState, options: ReadOptions = {}): Promise<ReadResult> {
    const messages: Received[] = [];
    let unreadable = 0;
    let after = state.start;
    let nodeId: NodeId | undefined;
    for (;;) {
      const page = await this.#nextPage(after, options, nodeId === undefined);
      if (page === undefined) return {messages, unreadable, nodeId};
      const {value} = page;
      nodeId = page.nodeId;
      for (const record of value.records) {
        if (messages.length === options.limit) return {messages, unreadable, nodeId};
        after = {stamp: record.stamp, id: record.id};
        if (!state.show(after)) continue;
        const message = this.open(record);
        if (message === undefined) unreadable += 1;
        else messages.push(message);
      }
      if (!value.more) return {messages, unreadable, nodeId};
    }
  }

  /** Deletes messages of the own inbox on all members. */
  async delete(ids: readonly Hash[], signal?: AbortSignal): Promise<number> {
    const {chain, swarms, identity, nowMs} = this.#parts;
    const account = identity.sessionId;
    const params: DeleteParams = {account, namespace: DEFAULT_NAMESPACE, ids: [...ids]};
    const request = {chain, method: OWNER_METHOD.delete, codec: DeleteParams, params} as const;
    const {value} = await swarms.call<'delete'>(
      account,
      ({withKeys}) => {
        const auth = signOwnerRequest(identity, request, {timeMs: BigInt(nowMs()), withKeys});
        return {type: 'delete', value: {params, auth}};
      },
      {signal},
    );
    return value.members;
  }
}

function mostTries({members}: FoundSwarm): number {
  return TRIES_AT_EACH * (Math.floor(members.size / 2) + 1);
}

function isTooFew(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'CLIENT_RECEIPTS_TOO_FEW';
}
