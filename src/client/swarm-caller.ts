import {NetworkError, RemoteError} from '../network/errors.ts';
import type {Caller} from '../network/overlay.ts';
import {bytesToKey, equalBytes, type NodeId, type SessionId} from '../protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../protocol/overlay/client-protocol.ts';
import {preferenceList} from '../swarm/preference-list.ts';
import {ClientError} from './errors.ts';
import type {FoundSwarm, SwarmFinder, SwarmPeer} from './swarm-finder.ts';

/** Refusals after which another member may do it. */
const TRY_ANOTHER: readonly string[] = [
  'MESSAGING_NO_MAJORITY',
  'MESSAGING_NOT_READY',
  'MESSAGING_STORAGE_FULL',
  'MESSAGING_STORAGE_FAILED',
  'MESSAGING_RECORD_DAMAGED',
  'MESSAGING_BAD_TIME',
  'MESSAGING_TOO_MANY_WATCHES',
  'NETWORK_INTERNAL',
  'NETWORK_BUSY',
  'NETWORK_RATE_LIMITED',
];
/** A member that did not answer, or was not believed, is asked last for this time, in ms. */
const AVOIDED_MS = 15_000;

type Answer<T extends ClientAnswer['type']> = Extract<ClientAnswer, {readonly type: T}>['value'];
type Request<T extends ClientRequest['type']> = Extract<ClientRequest, {readonly type: T}>;

/** Makes the request for one try: a signed one needs a nonce and a time of its own each time. */
export type MakeRequest<T extends ClientRequest['type']> = (options: {
  readonly withKeys: boolean;
}) => Request<T>;

export type CallOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Asks this member alone. */
  readonly at?: NodeId | undefined;
};

export type Answered<T extends ClientAnswer['type']> = {
  readonly value: Answer<T>;
  readonly nodeId: NodeId;
  readonly swarm: FoundSwarm;
};

/** Requests to an inbox's swarm: one member after the other, until one can do it. */
export class SwarmCaller {
  readonly #caller: Caller<ClientRequest, ClientAnswer>;
  readonly #finder: SwarmFinder;
  readonly #nowMs: () => number;
  /** By NodeID: Unix ms until which it comes last. */
  readonly #avoided = new Map<string, number>();
  /** Members that know the owner's keys. */
  readonly #introduced = new Set<string>();

  constructor(
    caller: Caller<ClientRequest, ClientAnswer>,
    finder: SwarmFinder,
    {nowMs}: {readonly nowMs: () => number},
  ) {
    this.#caller = caller;
    this.#finder = finder;
    this.#nowMs = nowMs;
  }

  /**
   * @throws RemoteError for what no member would do, ClientError CLIENT_NO_MEMBER when none could:
   * its cause is what the last one said, or that none spoke
   */
  async call<T extends ClientRequest['type']>(
    account: SessionId,
    make: MakeRequest<T>,
    {signal, at}: CallOptions = {},
  ): Promise<Answered<T>> {
    let reason: unknown;
    for (let round = 0; round < 2; round++) {
      const swarm = await this.#finder.find(account, signal);
      for (const member of this.#inOrder(account, swarm, at)) {
        try {
          const value = await this.#ask(member, make, signal);
          return {value, nodeId: member.nodeId, swarm};
        } catch (error) {
          signal?.throwIfAborted();
          // What a member said tells more than that another one is silent.
          if (error instanceof RemoteError || !(reason instanceof RemoteError)) reason = error;
          if (isMoved(error)) break;
          if (!isPassing(error)) throw error;
          this.#introduced.delete(bytesToKey(member.nodeId));
          if (error instanceof NetworkError) this.avoid(member.nodeId);
        }
      }
      // Seats or addresses may have moved: once more, with what the nodes say now.
      this.#finder.forget(swarm);
    }
    const code = reason instanceof Error ? reason.message : 'no member was found';
    throw new ClientError('CLIENT_NO_MEMBER', {reason: code}, {cause: reason});
  }

  /** The members to ask in turn, for callers that go on by themselves. */
  async members(account: SessionId, signal?: AbortSignal): Promise<readonly SwarmPeer[]> {
    return this.#inOrder(account, await this.#finder.find(account, signal), undefined);
  }

  /** It comes last for 15 s. */
  avoid(nodeId: NodeId): void {
    this.#avoided.set(bytesToKey(nodeId), this.#nowMs() + AVOIDED_MS);
  }

  /** As the inbox prefers them, those last that are avoided. */
  #inOrder(account: SessionId, {peers}: FoundSwarm, at: NodeId | undefined): readonly SwarmPeer[] {
    if (at !== undefined) return peers.filter(({nodeId}) => equalBytes(nodeId, at));
    const rank = ({nodeId}: SwarmPeer): number =>
      (this.#avoided.get(bytesToKey(nodeId)) ?? 0) > this.#nowMs() ? 1 : 0;
    return preferenceList(account, peers).toSorted((a, b) => rank(a) - rank(b));
  }

  async #ask<T extends ClientRequest['type']>(
    {nodeId, peer}: SwarmPeer,
    make: MakeRequest<T>,
    signal: AbortSignal | undefined,
  ): Promise<Answer<T>> {
    const name = bytesToKey(nodeId);
    const withKeys = !this.#introduced.has(name);
    const options = signal === undefined ? {} : {signal};
    const send = async (request: Request<T>): Promise<Answer<T>> => {
      const answer = await this.#caller.request(peer, request as ClientRequest, options);
      if (answer.type !== request.type) throw new NetworkError('NETWORK_BAD_ANSWER');
      return answer.value as Answer<T>;
    };
    try {
      const value = await send(make({withKeys}));
      this.#introduced.add(name);
      return value;
    } catch (error) {
      const isForgotten = error instanceof RemoteError && error.code === 'MESSAGING_KEYS_NEEDED';
      if (!isForgotten || withKeys) throw error;
      return send(make({withKeys: true}));
    }
  }
}

function isMoved(error: unknown): boolean {
  return error instanceof RemoteError && error.code === 'MESSAGING_WRONG_SWARM';
}

/** Whether another member may do what this one did not. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof RemoteError && TRY_ANOTHER.includes(error.code);
}
