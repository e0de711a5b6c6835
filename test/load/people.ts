import {setTimeout as sleep} from 'node:timers/promises';
import type {Contact} from '../../src/client/contact-card.ts';
import {openSession, type Session} from '../../src/client/open-session.ts';
import {ReaderState} from '../../src/client/reader-state.ts';
import {nodeIdFromString} from '../../src/crypto/ids.ts';
import {newIdentity} from '../e2e/swarm/inbox-owner.ts';
import type {OneSwarm} from '../e2e/swarm/one-swarm.ts';
import type {Killer} from './killer.ts';
import type {Scores} from './scores.ts';

const READ_PAUSE_MS = 1000;
const FAILURE_PAUSE_MS = 100;

export async function openPerson(swarm: OneSwarm): Promise<Session> {
  const indexes = Array.from({length: swarm.size}, (_, index) => index);
  const nodes = await Promise.all(indexes.map((index) => swarm.addressOf(index)));
  return openSession({chain: swarm.network.client, nodes, identity: newIdentity()});
}

export type WriterInit = {
  readonly name: string;
  readonly contacts: readonly Contact[];
  readonly stores: number;
  readonly scores: Scores;
  readonly signal: AbortSignal;
};

/** Stores until all writers together have stored enough; each text once, whatever comes of it. */
export async function write({client}: Session, init: WriterInit): Promise<void> {
  const {name, contacts, stores, scores, signal} = init;
  while (scores.stores < stores && !signal.aborted) {
    scores.stores += 1;
    const reader = Math.floor(Math.random() * contacts.length);
    const contact = contacts[reader];
    if (contact === undefined) throw new RangeError('nobody to write to');
    const value = `${name}.${scores.stores}`;
    try {
      await client.send(contact, {type: 'text', value}, signal);
      scores.acknowledge(reader, value);
    } catch (error) {
      scores.fail('store', error);
      await sleep(FAILURE_PAUSE_MS);
    }
  }
}

export type ReaderInit = {
  readonly swarm: OneSwarm;
  readonly killer: Killer;
  readonly scores: Scores;
  readonly number: number;
  readonly signal: AbortSignal;
};

function randomMember({swarm, killer}: ReaderInit) {
  const up = killer.up();
  const id = swarm.node(up[Math.floor(Math.random() * up.length)] ?? 0).nodeId();
  return id === undefined ? undefined : nodeIdFromString(id);
}

/** Reads on where it stopped, each time through another member, its state kept as bytes between. */
export async function follow({client}: Session, init: ReaderInit): Promise<void> {
  const {scores, number, signal} = init;
  let state = new ReaderState();
  while (!signal.aborted) {
    try {
      const {messages} = await client.read(state, {at: randomMember(init)});
      for (const {content, stamp} of messages) {
        if (content.type === 'text') scores.show(number, content.value, stamp);
      }
      state = new ReaderState(state.encode());
    } catch (error) {
      scores.fail('read', error);
    }
    await sleep(READ_PAUSE_MS, undefined, {signal}).catch(() => undefined);
  }
}

/** All texts of an inbox, as if read for the first time. */
export async function readAll({client}: Session): Promise<ReadonlySet<string>> {
  const {messages} = await client.read(new ReaderState());
  return new Set(messages.flatMap(({content}) => (content.type === 'text' ? [content.value] : [])));
}
