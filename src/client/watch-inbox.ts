import {NetworkError} from '../network/errors.ts';
import type {Caller} from '../network/overlay.ts';
import {
  type ClientAnswer,
  type ClientRequest,
  WatchParams,
} from '../protocol/overlay/client-protocol.ts';
import {DEFAULT_NAMESPACE} from '../protocol/overlay/namespaces.ts';
import {OWNER_METHOD} from '../protocol/overlay/owner-auth.ts';
import {signOwnerRequest} from './owner-request.ts';
import type {ReaderState} from './reader-state.ts';
import type {Received, SessionClient} from './session-client.ts';
import {isPassing, type SwarmCaller} from './swarm-caller.ts';
import type {SwarmPeer} from './swarm-finder.ts';
import type {ChainRef} from './transactions.ts';

/** Between two looks by quorum: a push comes from one member, which may have missed a store. */
const POLL_MS = 20_000;
/** While no member pushes, in ms. */
const RETRY_MS = 2000;

export type WatchParts = {
  readonly chain: ChainRef;
  readonly client: SessionClient;
  readonly swarms: SwarmCaller;
  readonly caller: Caller<ClientRequest, ClientAnswer>;
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Hears once that nobody answers any more, and once that somebody does again. */
  readonly onReach?: ((isReached: boolean) => void) | undefined;
};

function watchRequest({chain, client, nowMs}: WatchParts, state: ReaderState): ClientRequest {
  const {identity} = client;
  const account = identity.sessionId;
  const params: WatchParams = {account, namespace: DEFAULT_NAMESPACE, after: state.start};
  const request = {chain, method: OWNER_METHOD.watch, codec: WatchParams, params} as const;
  const options = {timeMs: BigInt(nowMs()), withKeys: true};
  return {type: 'watch', value: {params, auth: signOwnerRequest(identity, request, options)}};
}

/** What one member pushes, until it ends or breaks. */
async function* pushed(
  parts: WatchParts,
  {peer}: SwarmPeer,
  state: ReaderState,
  signal: AbortSignal,
): AsyncGenerator<Received, void, undefined> {
  for await (const answer of parts.caller.subscribe(peer, watchRequest(parts, state), {signal})) {
    if (answer.type !== 'watch') throw new NetworkError('NETWORK_BAD_ANSWER');
    for (const record of answer.value.records) {
      const message = state.show(record) ? parts.client.open(record) : undefined;
      if (message !== undefined) yield message;
    }
  }
}

/** Ends a push after a while, so that a look by quorum finds what its member missed. */
async function* pushedForAWhile(
  parts: WatchParts,
  member: SwarmPeer,
  state: ReaderState,
  signal: AbortSignal,
): AsyncGenerator<Received, boolean, undefined> {
  const enough = AbortSignal.timeout(POLL_MS);
  try {
    yield* pushed(parts, member, state, AbortSignal.any([signal, enough]));
    return false;
  } catch (error) {
    signal.throwIfAborted();
    if (enough.aborted) return true;
    if (!isPassing(error)) throw error;
    return false;
  }
}

/**
 * New messages as they come: pushed by one member over a stream that stays open, by the next when it
 * breaks, and by polling while there is none. Each message comes once. Ends when the signal aborts.
 * @throws as `SessionClient.read`, for what trying again cannot cure
 */
export async function* watchInbox(
  parts: WatchParts,
  state: ReaderState,
  signal: AbortSignal,
): AsyncGenerator<Received, void, undefined> {
  let isReached = true;
  const reach = (is: boolean): void => {
    if (is !== isReached) parts.onReach?.(is);
    isReached = is;
  };
  try {
    for (let turn = 0; !signal.aborted; turn++) {
      try {
        const {messages} = await parts.client.read(state, {signal});
        reach(true);
        yield* messages;
        const members = await parts.swarms.members(parts.client.identity.sessionId, signal);
        const member = members[turn % Math.max(members.length, 1)];
        const stayed =
          member !== undefined && (yield* pushedForAWhile(parts, member, state, signal));
        // A member that pushes well is kept.
        if (stayed) turn -= 1;
        else await parts.sleep(RETRY_MS, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!isTransient(error)) throw error;
        reach(false);
        await parts.sleep(RETRY_MS, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** The chain, or all members at once, may be away for a while. */
function isTransient(error: unknown): boolean {
  const code = error instanceof Error ? (error as {readonly code?: unknown}).code : undefined;
  const passing = ['CLIENT_NO_MEMBER', 'CLIENT_NO_NODES', 'CLIENT_UNREACHABLE', 'CLIENT_TIMEOUT'];
  return isPassing(error) || passing.includes(String(code));
}
