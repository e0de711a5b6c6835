import {beforeEach, expect, it} from 'vitest';
import {ReaderState} from '../../src/client/reader-state.ts';
import {sealMessage} from '../../src/client/seal.ts';
import {SessionClient} from '../../src/client/session-client.ts';
import type {Answered, CallOptions, MakeRequest} from '../../src/client/swarm-caller.ts';
import {NetworkError} from '../../src/network/errors.ts';
import type {SessionId} from '../../src/protocol/bytes.ts';
import type {ClientAnswer, ClientRequest} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner, TTL_MS} from '../messaging/local-owner.ts';
import {CHAIN, LocalSwarm} from '../messaging/local-swarm.ts';

/** More than two pages of the client. */
const MESSAGES = 450;

let swarm: LocalSwarm;
let bob: LocalOwner;
/** Answers that the client still gets before its network fails. */
let answersLeft = Number.POSITIVE_INFINITY;
beforeEach(async () => {
  answersLeft = Number.POSITIVE_INFINITY;
  swarm = await LocalSwarm.start({members: 3});
  bob = new LocalOwner(swarm);
});

/** The client over one member of a local swarm. */
function openClient(): SessionClient {
  const {members} = swarm.state;
  const names = new Set<string>();
  const place = {epoch: 3n, swarmId: 0, swarmExponent: 0, members: names, peers: []};
  return new SessionClient({
    chain: CHAIN,
    identity: bob.identity,
    nowMs: () => swarm.nowMs,
    receipts: {check: () => Promise.resolve([])},
    swarms: {
      async call<T extends ClientRequest['type']>(
        _account: SessionId,
        make: MakeRequest<T>,
        _options?: CallOptions,
      ): Promise<Answered<T>> {
        answersLeft -= 1;
        if (answersLeft < 0) throw new NetworkError('NETWORK_CLOSED');
        const request = make({withKeys: true}) as Extract<ClientRequest, {readonly type: T}>;
        const value = await swarm.ask<ClientAnswer['type']>(0, request as never);
        return {value, nodeId: members[0], swarm: place} as unknown as Answered<T>;
      },
    },
  });
}

async function storeSealed(value: string): Promise<void> {
  const {identity} = bob;
  const content = {type: 'text', value} as const;
  const timeMs = BigInt(swarm.nowMs);
  const recipient = identity.keys;
  const data = sealMessage({chain: CHAIN, recipient, sender: identity, content, timeMs});
  const inbox = {account: identity.sessionId, namespace: 0};
  const params = {...inbox, timestampMs: timeMs, ttlMs: TTL_MS, data};
  await swarm.ask(0, {type: 'store', value: {params, auth: undefined}});
}

it('answers what it has read when a later page fails, and goes on from there', async () => {
  const texts = Array.from({length: MESSAGES}, (_, index) => `m${index}`);
  for (const text of texts) {
    swarm.nowMs += 100;
    await storeSealed(text);
  }
  const client = openClient();
  const state = new ReaderState();
  const seen: string[] = [];
  const read = async (): Promise<number> => {
    const {messages} = await client.read(state);
    seen.push(...messages.map(({content}) => (content.type === 'text' ? content.value : '')));
    return messages.length;
  };
  answersLeft = 2;
  const beforeFailure = await read();
  expect(beforeFailure).toBeGreaterThan(0);
  await expect(read()).rejects.toThrow('NETWORK_CLOSED');
  answersLeft = Number.POSITIVE_INFINITY;
  expect(await read()).toBe(MESSAGES - beforeFailure);
  expect(seen).toEqual(texts);
  expect(await read()).toBe(0);
});
