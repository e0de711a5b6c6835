import {beforeEach, expect, it} from 'vitest';
import {ReaderState} from '../../src/client/reader-state.ts';
import type {SessionClient} from '../../src/client/session-client.ts';
import {NetworkError} from '../../src/network/errors.ts';
import {LocalOwner} from '../messaging/local-owner.ts';
import {LocalSwarm} from '../messaging/local-swarm.ts';
import {clientOver, storeSealed} from './local-client.ts';

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

function openClient(): SessionClient {
  return clientOver(swarm, bob.identity, () => {
    answersLeft -= 1;
    if (answersLeft < 0) throw new NetworkError('NETWORK_CLOSED');
  });
}

it('answers what it has read when a later page fails, and goes on from there', async () => {
  const texts = Array.from({length: MESSAGES}, (_, index) => `m${index}`);
  for (const text of texts) {
    swarm.nowMs += 100;
    await storeSealed(swarm, bob.identity, text);
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
