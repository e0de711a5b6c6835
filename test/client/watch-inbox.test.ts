import {beforeEach, describe, expect, it} from 'vitest';
import {ReaderState} from '../../src/client/reader-state.ts';
import {type WatchParts, watchInbox} from '../../src/client/watch-inbox.ts';
import {NetworkError} from '../../src/network/errors.ts';
import type {Peer} from '../../src/network/overlay.ts';
import type {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from '../messaging/local-owner.ts';
import {CHAIN, LocalSwarm} from '../messaging/local-swarm.ts';
import {clientOver, storeSealed} from './local-client.ts';

let swarm: LocalSwarm;
let bob: LocalOwner;
/** Members whose stream was opened, in turn. */
let opened: number[];
/** Pauses that the watch made, in ms. */
let pauses: number[];
/** Ends the stream of a member after it has pushed so many messages; 0 refuses it. */
let mostPushed: number;
/** Runs at each pause and whenever a push has begun: the time to store something. */
let onQuiet: () => Promise<void>;

beforeEach(async () => {
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
  opened = [];
  pauses = [];
  mostPushed = Number.POSITIVE_INFINITY;
  onQuiet = () => Promise.resolve();
});

/** A stream to one member, as the overlay brings it. */
async function* subscribe(
  {peerId}: Peer,
  request: ClientRequest,
  {signal}: {readonly signal: AbortSignal},
): AsyncGenerator<ClientAnswer, void, undefined> {
  const at = Number(peerId);
  if (mostPushed === 0) throw new NetworkError('NETWORK_UNREACHABLE');
  opened.push(at);
  const events = swarm.member(at).messaging.clients.answer(request, {signal});
  if (!(Symbol.asyncIterator in events)) throw new Error('a watch has events');
  let left: number | undefined;
  for await (const event of events) {
    if (event.type !== 'watch') throw new Error('another answer');
    signal.throwIfAborted();
    yield event;
    if (left !== undefined) left -= event.value.records.length;
    if (left !== undefined && left <= 0) throw new NetworkError('NETWORK_CLOSED');
    // The empty event: what was there is told, and from here on it is pushed.
    if (event.value.records.length > 0) continue;
    left = mostPushed;
    await onQuiet();
  }
}

function parts(): WatchParts {
  const peers = swarm.members.map(({nodeId}, at) => ({nodeId, peer: {peerId: `${at}`}}));
  return {
    chain: CHAIN,
    client: clientOver(swarm, bob.identity),
    swarms: {members: async () => peers},
    caller: {subscribe},
    nowMs: () => swarm.nowMs,
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      pauses.push(ms);
      await onQuiet();
    },
  } as unknown as WatchParts;
}

async function store(text: string): Promise<void> {
  swarm.nowMs += 100;
  await storeSealed(swarm, bob.identity, text);
}

/** The first so many messages of a watch. */
async function watched(count: number, state = new ReaderState()): Promise<readonly string[]> {
  const stop = new AbortController();
  const seen: string[] = [];
  for await (const {content} of watchInbox(parts(), state, stop.signal)) {
    seen.push(content.type === 'text' ? content.value : '');
    if (seen.length === count) stop.abort();
  }
  return seen;
}

describe('a watch', () => {
  it('shows what is there and what is pushed, each once', async () => {
    await store('before');
    let next = 1;
    onQuiet = () => store(`pushed ${next++}`);
    expect(await watched(2)).toEqual(['before', 'pushed 1']);
    expect(opened).toEqual([0]);
    expect(pauses).toEqual([]);
  });

  it('falls back to polling while no member pushes', async () => {
    mostPushed = 0;
    let next = 1;
    onQuiet = () => store(`polled ${next++}`);
    expect(await watched(4)).toEqual(['polled 1', 'polled 2', 'polled 3', 'polled 4']);
    expect(opened).toEqual([]);
    expect(pauses).toEqual([2000, 2000, 2000, 2000]);
  });

  it('goes on at the next member when a push breaks, without a loss or a repeat', async () => {
    mostPushed = 1;
    let next = 1;
    // What comes while nobody pushes is found by the read that follows.
    onQuiet = () => store(`text ${next++}`);
    const seen = await watched(6);
    expect(seen).toEqual(Array.from({length: 6}, (_, index) => `text ${index + 1}`));
    expect(opened.slice(0, 3)).toEqual([0, 1, 2]);
    for (const {messaging} of swarm.members) expect(messaging.hub.count).toBe(0);
  });

  it('says once that nobody answers, and once that somebody does again', async () => {
    await store('before');
    const reached: boolean[] = [];
    const all = parts();
    let silent = 3;
    const read: typeof all.client.read = (...given) =>
      silent-- > 0
        ? Promise.reject(new NetworkError('NETWORK_UNREACHABLE'))
        : all.client.read(...given);
    const failing = {
      ...all,
      client: {...all.client, read},
      onReach: (is: boolean) => reached.push(is),
    };
    const watch = watchInbox(
      failing as unknown as WatchParts,
      new ReaderState(),
      new AbortController().signal,
    );
    expect((await watch.next()).value?.content.value).toBe('before');
    expect(reached).toEqual([false, true]);
    expect(pauses).toEqual([2000, 2000, 2000]);
    await watch.return();
  });

  it('ends at what trying again cannot cure', async () => {
    const failing = {...parts(), swarms: {members: () => Promise.reject(new RangeError('a bug'))}};
    const all = watchInbox(
      failing as unknown as WatchParts,
      new ReaderState(),
      new AbortController().signal,
    );
    await expect(all.next()).rejects.toThrow('a bug');
  });
});
