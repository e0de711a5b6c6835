import {followEvents} from '../../../../src/client/follow-events.ts';
import type {ChainEvent} from '../../../../src/protocol/chain-events.ts';
import {check, E2eError} from '../errors.ts';
import {callRpc} from '../rpc.ts';
import type {ChainStep, Stage} from '../stage.ts';

const EVENTS_TIMEOUT_MS = 45_000;
const HTTP_TIMEOUT_MS = 5_000;

type OpenRpc = {readonly openrpc: string; readonly methods: readonly {readonly name: string}[]};

/** The API describes itself, by a call and by a page, and the node carries both. */
export const openRpcThroughTheNode: ChainStep = {
  name: 'the node carries the OpenRPC document, health and the refusals of wrong paths',
  async run({first, chainId, chain}) {
    const url = first.chainUrl(chainId);
    const told = await callRpc<OpenRpc>({url, method: 'rpc.discover'});
    const get = (path: string, method = 'GET') =>
      fetch(first.chainUrl(chainId, path), {method, signal: AbortSignal.timeout(HTTP_TIMEOUT_MS)});
    const page = (await (await get('/rpc/openrpc.json')).json()) as OpenRpc;
    check(JSON.stringify(page) === JSON.stringify(told), 'the same document by GET');
    const names = page.methods.map(({name}) => name);
    const wanted = ['getLastAccepted', 'issueTx', 'getProof', 'health'];
    for (const name of wanted) {
      check(
        names.some((each) => each.endsWith(name)),
        'a described method',
        {name},
      );
    }
    const health = await get('/health');
    check(health.status === 200, 'a healthy chain', {status: health.status});
    const refused = [(await get('/rpc')).status, (await get('/ws')).status].join();
    check(refused === '405,426', 'POST for calls and an upgrade for events', {refused});
    check((await chain.call('health', {})).healthy, 'the same by a call');
    return `OpenRPC ${page.openrpc} with ${names.length} methods`;
  },
};

/** The block events after a cursor, until so many have come. */
async function collect(stage: Stage, count: number, after?: string): Promise<ChainEvent[]> {
  const url = stage.first.chainUrl(stage.chainId);
  const events: ChainEvent[] = [];
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(EVENTS_TIMEOUT_MS)]);
  const params = {events: ['block'] as const, ...(after === undefined ? {} : {after})};
  for await (const event of followEvents({url, ...params}, signal)) {
    events.push(event);
    if (events.length === count) break;
  }
  stop.abort();
  if (events.length < count) {
    throw new E2eError('E2E_TIMEOUT', {what: `${count} block events`, came: events.length});
  }
  return events;
}

/** Each event names the block that the chain has at its height, without a gap after `from`. */
async function checkInOrder(events: readonly ChainEvent[], from: bigint, stage: Stage) {
  for (const [index, {height, blockId}] of events.entries()) {
    const expected = String(from + BigInt(index) + 1n);
    check(height === expected, 'no gap between the events', {height, expected});
    const {id} = await stage.chain.call('getBlockByHeight', {height});
    check(blockId === id, 'the event of the accepted block', {height, blockId, id});
  }
}

/** The upgrade passes through the node's Handle and Hijack, as do all frames after it. */
export const followEventsThroughTheNode: ChainStep = {
  name: 'events of blocks come over /ws through the node, and go on after a cursor',
  async run(stage) {
    const head = BigInt((await stage.chain.call('getLastAccepted', {})).height);
    const from = head > 5n ? head - 5n : 0n;
    const past = await collect(stage, 3, `${from}/4294967295`);
    await checkInOrder(past, from, stage);
    const last = past.at(-1);
    check(last !== undefined, 'a last event');
    // Another connection: two more that have happened, then one that has not yet.
    const resumed = await collect(stage, 3, last.cursor);
    await checkInOrder(resumed, from + 3n, stage);
    const [live] = await collect(stage, 1);
    check(live !== undefined && BigInt(live.height) > head, 'an event of a new block');
    await checkInOrder([live], BigInt(live.height) - 1n, stage);
    return `blocks ${from + 1n} to ${from + 3n}, then to ${from + 6n}, then ${live.height} as it came`;
  },
};
