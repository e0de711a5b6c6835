import {parsePeerAddress} from '../network/addresses.ts';
import {createClientOverlay} from '../network/create-client-overlay.ts';
import {CLIENT_PROTOCOL} from '../network/protocols.ts';
import type {ChainClient} from '../protocol/api.ts';
import type {SessionId} from '../protocol/bytes.ts';
import {chainRefOf} from './account-sender.ts';
import {ClientError} from './errors.ts';
import type {ReaderState} from './reader-state.ts';
import {RegistryView} from './registry-view.ts';
import {type Received, SessionClient} from './session-client.ts';
import type {SessionIdentity} from './session-identity.ts';
import {sleep} from './sleep.ts';
import {SwarmCaller} from './swarm-caller.ts';
import {type FoundSwarm, SwarmFinder} from './swarm-finder.ts';
import {ReceiptChecker} from './verify-receipts.ts';
import {type WatchParts, watchInbox} from './watch-inbox.ts';

export type SessionInit = {
  /** The chain's API: it says who the members of a swarm are. */
  readonly chain: ChainClient;
  /** Any nodes that are known, as `/ip4/…/tcp/…/p2p/…`: they say where the others are. */
  readonly nodes: readonly string[];
  readonly identity: SessionIdentity;
  /** Unix ms; the machine's clock unless said. */
  readonly nowMs?: () => number;
};

/** An open session: a person, the chain and the overlay. Close it when done. */
export type Session = AsyncDisposable & {
  readonly client: SessionClient;
  /** New messages as they come, each once, until the signal aborts. */
  watch(
    state: ReaderState,
    signal: AbortSignal,
    onReach?: WatchParts['onReach'],
  ): AsyncIterable<Received>;
  /** The swarm of an inbox, and where its members are. */
  swarmOf(account: SessionId, signal?: AbortSignal): Promise<FoundSwarm>;
  close(): Promise<void>;
};

/**
 * Opens a session. It dials nobody before there is something to ask.
 * @throws ClientError CLIENT_NO_NODES without nodes, and what the chain's API throws;
 * NetworkError NETWORK_BAD_ADDRESS
 */
export async function openSession(init: SessionInit, signal?: AbortSignal): Promise<Session> {
  const {chain: api, nodes, identity, nowMs = Date.now} = init;
  if (nodes.length === 0) throw new ClientError('CLIENT_NO_NODES', {asked: 0});
  const peers = nodes.map(parsePeerAddress);
  const chain = chainRefOf(await api.call('getNetwork', {}, signal));
  const overlay = await createClientOverlay({
    chain,
    // A new one each time: nodes need not know that two sessions are of one person.
    transportSeed: crypto.getRandomValues(new Uint8Array(32)),
    ports: {nowMs, onError: () => undefined},
  });
  const caller = overlay.caller(CLIENT_PROTOCOL);
  const registry = new RegistryView({client: api, chain});
  const finder = new SwarmFinder({caller, registry, nowMs}, {chain, nodes: peers});
  const swarms = new SwarmCaller(caller, finder, {nowMs});
  const receipts = new ReceiptChecker({client: api, chain});
  const client = new SessionClient({chain, swarms, receipts, identity, nowMs});
  const close = (): Promise<void> => overlay.stop();
  return {
    client,
    watch: (state, until, onReach) =>
      watchInbox({chain, client, swarms, caller, nowMs, sleep, onReach}, state, until),
    swarmOf: (account, within) => finder.find(account, within),
    close,
    [Symbol.asyncDispose]: close,
  };
}
