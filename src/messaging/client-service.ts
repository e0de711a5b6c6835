import type {SessionId} from '../protocol/bytes.ts';
import {
  type ClientAnswer,
  type ClientRequest,
  CONSISTENCY,
  type InboxPage,
  MAX_PAGE_BYTES,
  MAX_PAGE_RECORDS,
  type NodeInfo,
  RetrieveParams,
  type SwarmView,
  WatchParams,
} from '../protocol/overlay/client-protocol.ts';
import {namespaceKind} from '../protocol/overlay/namespaces.ts';
import {OWNER_METHOD, type OwnerAuth} from '../protocol/overlay/owner-auth.ts';
import type {Coordinator} from './coordinator.ts';
import {MessagingError} from './errors.ts';
import type {MemberRecords} from './member-records.ts';
import {requireOwnSwarm} from './operation-checks.ts';
import type {PageCache} from './page-cache.ts';
import type {QuorumReader} from './quorum-reader.ts';

/** What of the node a client is told besides its messages. */
export type NodeFacts = {
  info(): NodeInfo;
  /** @throws MessagingError MESSAGING_NOT_READY */
  swarmView(account: SessionId, signal: AbortSignal): Promise<SwarmView>;
};

/** Answers anybody. */
export class ClientService {
  readonly #records: MemberRecords;
  readonly #coordinator: Coordinator;
  readonly #reader: QuorumReader;
  readonly #pages: Pick<PageCache, 'page'>;
  readonly #facts: NodeFacts;

  constructor(
    records: MemberRecords,
    {
      coordinator,
      reader,
      pages,
      facts,
    }: {
      readonly coordinator: Coordinator;
      readonly reader: QuorumReader;
      readonly pages: Pick<PageCache, 'page'>;
      readonly facts: NodeFacts;
    },
  ) {
    this.#records = records;
    this.#coordinator = coordinator;
    this.#reader = reader;
    this.#pages = pages;
    this.#facts = facts;
  }

  /**
   * One answer; a watch answers its events.
   * @param context its signal ends what takes long
   * @throws MessagingError
   */
  answer(
    request: ClientRequest,
    context: {readonly signal: AbortSignal},
  ): Promise<ClientAnswer> | AsyncIterable<ClientAnswer> {
    switch (request.type) {
      case 'info':
        return Promise.resolve({type: 'info', value: this.#facts.info()});
      case 'getSwarm':
        return this.#getSwarm(request.value.account, context.signal);
      case 'store':
        return this.#store(request.value);
      case 'retrieve':
        return this.#retrieve(request.value, context);
      case 'delete':
        return this.#delete(request.value);
      case 'watch':
        return this.#watch(request.value, context.signal);
    }
  }

  async #getSwarm(account: SessionId, signal: AbortSignal): Promise<ClientAnswer> {
    return {type: 'getSwarm', value: await this.#facts.swarmView(account, signal)};
  }

  async #store({
    params,
    auth,
  }: Extract<ClientRequest, {readonly type: 'store'}>['value']): Promise<ClientAnswer> {
    return {type: 'store', value: await this.#coordinator.store(params, auth)};
  }

  async #delete({
    params,
    auth,
  }: Extract<ClientRequest, {readonly type: 'delete'}>['value']): Promise<ClientAnswer> {
    return {type: 'delete', value: await this.#coordinator.delete(params, auth)};
  }

  /** Outboxes are public; every other namespace is read by its owner. */
  async #admitReader(params: RetrieveParams, auth: OwnerAuth | undefined): Promise<void> {
    if (namespaceKind(params.namespace) === 'publicOutbox') return;
    const {gate, chain} = this.#records.parts;
    const {account} = params;
    const method = OWNER_METHOD.retrieve;
    await gate.admit({chain, method, account, codec: RetrieveParams, params}, auth);
  }

  async #retrieve(
    {params, auth}: Extract<ClientRequest, {readonly type: 'retrieve'}>['value'],
    context: {readonly signal: AbortSignal},
  ): Promise<ClientAnswer> {
    const {swarms, clock} = this.#records.parts;
    const {account, namespace, after, maxRecords, maxBytes, consistency} = params;
    const swarm = requireOwnSwarm(swarms, account);
    if (maxRecords < 1 || maxRecords > MAX_PAGE_RECORDS || maxBytes > MAX_PAGE_BYTES) {
      throw new MessagingError('MESSAGING_BAD_LIMIT', {maxRecords, maxBytes});
    }
    await this.#admitReader(params, auth);
    const inbox = {account, namespace};
    const read = (): Promise<InboxPage> =>
      this.#pages.page(inbox, {after, maxRecords, maxBytes, nowMs: BigInt(clock.nowMs())});
    if (consistency !== CONSISTENCY.quorum) return {type: 'retrieve', value: await read()};
    const {signal} = context;
    const span = {after, limit: maxRecords};
    return {type: 'retrieve', value: await this.#reader.page(inbox, span, {swarm, read, signal})};
  }

  async *#watch(
    {params, auth}: Extract<ClientRequest, {readonly type: 'watch'}>['value'],
    signal: AbortSignal,
  ): AsyncGenerator<ClientAnswer, void, undefined> {
    const {gate, chain, hub, swarms, clock} = this.#records.parts;
    const {account, namespace} = params;
    requireOwnSwarm(swarms, account);
    if (namespaceKind(namespace) !== 'publicOutbox') {
      const method = OWNER_METHOD.watch;
      await gate.admit({chain, method, account, codec: WatchParams, params}, auth);
    }
    const inbox = {account, namespace};
    // Before the first read: what is stored while it runs is not missed.
    const pushed = hub.watch(inbox, signal);
    try {
      let {after} = params;
      for (let more = after !== undefined; more; ) {
        const nowMs = BigInt(clock.nowMs());
        const limits = {maxRecords: MAX_PAGE_RECORDS, maxBytes: MAX_PAGE_BYTES};
        const page = await this.#pages.page(inbox, {after, ...limits, nowMs});
        if (page.records.length > 0) yield {type: 'watch', value: page};
        more = page.more;
        after = page.records.at(-1) ?? after;
      }
      // An empty event: the watch has begun, and all that was there is told.
      yield {type: 'watch', value: {records: [], more: false}};
      for await (const record of pushed.records) {
        yield {type: 'watch', value: {records: [record], more: false}};
      }
    } finally {
      pushed.close();
    }
  }
}
