import {signOwnerRequest} from '../../src/client/owner-request.ts';
import {type SessionIdentity, sessionIdentityOf} from '../../src/client/session-identity.ts';
import {type Hash, toKemSeed, toSigningSeed} from '../../src/protocol/bytes.ts';
import {
  type ClientAnswer,
  CONSISTENCY,
  type Consistency,
  type Cursor,
  DeleteParams,
  RetrieveParams,
  StoreParams,
} from '../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD} from '../../src/protocol/overlay/owner-auth.ts';
import {CHAIN, type LocalSwarm} from './local-swarm.ts';

type Answer<T extends ClientAnswer['type']> = Extract<ClientAnswer, {readonly type: T}>['value'];

export const TTL_MS = 3_600_000n;

/** One person and the requests they make of a local swarm. */
export class LocalOwner {
  readonly identity: SessionIdentity;
  readonly #swarm: LocalSwarm;

  constructor(swarm: LocalSwarm, number = 99) {
    this.#swarm = swarm;
    this.identity = sessionIdentityOf({
      kind: 'session',
      signingSeed: toSigningSeed(new Uint8Array(32).fill(number)),
      kemSeed: toKemSeed(new Uint8Array(64).fill(number)),
    });
  }

  storeParams(text: string, namespace = 0, ttlMs = TTL_MS): StoreParams {
    return {
      account: this.identity.sessionId,
      namespace,
      timestampMs: BigInt(this.#swarm.nowMs),
      ttlMs,
      data: new TextEncoder().encode(text),
    };
  }

  storeAuth(params: StoreParams) {
    const request = {chain: CHAIN, method: OWNER_METHOD.store, codec: StoreParams, params};
    return signOwnerRequest(this.identity, request, this.#options());
  }

  #options() {
    return {timeMs: BigInt(this.#swarm.nowMs), withKeys: true};
  }

  /** As a stranger into the public inbox, as the owner elsewhere. */
  store(at: number, text: string, namespace = 0): Promise<Answer<'store'>> {
    const params = this.storeParams(text, namespace);
    const auth = namespace === 0 ? undefined : this.storeAuth(params);
    return this.#swarm.ask(at, {type: 'store', value: {params, auth}});
  }

  retrieveRequest(
    options: {
      readonly after?: Cursor | undefined;
      readonly consistency?: Consistency;
      readonly maxRecords?: number;
      readonly namespace?: number;
    } = {},
  ) {
    const {after, consistency = CONSISTENCY.quorum, maxRecords = 100, namespace = 0} = options;
    const account = this.identity.sessionId;
    const params = {account, namespace, after, maxRecords, maxBytes: 1_000_000, consistency};
    const request = {chain: CHAIN, method: OWNER_METHOD.retrieve, codec: RetrieveParams, params};
    const auth = signOwnerRequest(this.identity, request, this.#options());
    return {type: 'retrieve', value: {params, auth}} as const;
  }

  async read(
    at: number,
    options: Parameters<LocalOwner['retrieveRequest']>[0] = {},
  ): Promise<string[]> {
    const {records} = await this.#swarm.ask(at, this.retrieveRequest(options));
    return records.map(({data}) => new TextDecoder().decode(data));
  }

  deleteRequest(ids: readonly Hash[], namespace = 0) {
    const params = {account: this.identity.sessionId, namespace, ids: [...ids]};
    const request = {chain: CHAIN, method: OWNER_METHOD.delete, codec: DeleteParams, params};
    const auth = signOwnerRequest(this.identity, request, this.#options());
    return {type: 'delete', value: {params, auth}} as const;
  }

  delete(at: number, ids: readonly Hash[], namespace = 0): Promise<Answer<'delete'>> {
    return this.#swarm.ask(at, this.deleteRequest(ids, namespace));
  }
}
