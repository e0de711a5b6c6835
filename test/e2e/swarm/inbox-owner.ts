import {signOwnerRequest} from '../../../src/client/owner-request.ts';
import {type SessionIdentity, sessionIdentityOf} from '../../../src/client/session-identity.ts';
import {toKemSeed, toSigningSeed} from '../../../src/protocol/bytes.ts';
import {
  type ClientAnswer,
  type ClientRequest,
  CONSISTENCY,
  type Consistency,
  type Cursor,
  RetrieveParams,
} from '../../../src/protocol/overlay/client-protocol.ts';
import {OWNER_METHOD} from '../../../src/protocol/overlay/owner-auth.ts';
import type {OneSwarm} from './one-swarm.ts';
import type {RawClient} from './raw-client.ts';

type Stored = Extract<ClientAnswer, {readonly type: 'store'}>['value'];

const TTL_MS = 3_600_000n;

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));

export function newIdentity(): SessionIdentity {
  const [signingSeed, kemSeed] = [toSigningSeed(random(32)), toKemSeed(random(64))];
  return sessionIdentityOf({kind: 'session', signingSeed, kemSeed});
}

/** One public inbox and what is asked of single members about it. */
export class InboxOwner {
  readonly identity = newIdentity();
  readonly #swarm: OneSwarm;
  readonly #client: RawClient;

  constructor(swarm: OneSwarm, client: RawClient) {
    this.#swarm = swarm;
    this.#client = client;
  }

  storeRequest(text: string): Extract<ClientRequest, {readonly type: 'store'}> {
    const params = {
      account: this.identity.sessionId,
      namespace: 0,
      timestampMs: BigInt(Date.now()),
      ttlMs: TTL_MS,
      data: new TextEncoder().encode(text),
    };
    return {type: 'store', value: {params, auth: undefined}};
  }

  /** Through this member alone. */
  store(at: number, text: string): Promise<Stored> {
    return this.#client.ask(at, this.storeRequest(text));
  }

  #retrieveRequest(after: Cursor | undefined, consistency: Consistency) {
    const params: RetrieveParams = {
      account: this.identity.sessionId,
      namespace: 0,
      after,
      maxRecords: 1000,
      maxBytes: 1_000_000,
      consistency,
    };
    const {chain} = this.#swarm;
    const request = {chain, method: OWNER_METHOD.retrieve, codec: RetrieveParams, params};
    const options = {timeMs: BigInt(Date.now()), withKeys: true};
    const auth = signOwnerRequest(this.identity, request, options);
    return {type: 'retrieve', value: {params, auth}} as const;
  }

  /** The whole inbox, by quorum unless said, through this member alone. */
  async read(at: number, consistency: Consistency = CONSISTENCY.quorum): Promise<string[]> {
    const texts: string[] = [];
    let after: Cursor | undefined;
    for (;;) {
      const page = await this.#client.ask(at, this.#retrieveRequest(after, consistency));
      texts.push(...page.records.map(({data}) => new TextDecoder().decode(data)));
      if (!page.more) return texts;
      after = page.records.at(-1);
    }
  }
}
