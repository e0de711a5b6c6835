import {beforeEach, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {SessionClient, type SessionClientParts} from '../../src/client/session-client.ts';
import {SwarmCaller} from '../../src/client/swarm-caller.ts';
import type {FoundSwarm, SwarmFinder} from '../../src/client/swarm-finder.ts';
import type {Caller} from '../../src/network/overlay.ts';
import {toHash} from '../../src/protocol/bytes.ts';
import type {
  ClientAnswer,
  ClientRequest,
  Stored,
} from '../../src/protocol/overlay/client-protocol.ts';
import {preferenceList} from '../../src/swarm/preference-list.ts';
import {LocalOwner} from '../messaging/local-owner.ts';
import {CHAIN, LocalSwarm} from '../messaging/local-swarm.ts';

const MEMBERS = 5;

let swarm: LocalSwarm;
/** The members that stored, in turn, by their place in the swarm. */
let asked: number[];
let alice: SessionClient;
/** Whether the member tells the others what it is asked to store. */
let isTold: (member: {readonly peerId: string}) => boolean;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: MEMBERS});
  // The first store takes long, and who took long comes last for 3 s.
  await new LocalOwner(swarm, 7).store(0, 'first of all');
  swarm.nowMs += 4000;
  asked = [];
  isTold = () => true;
  const {identity} = new LocalOwner(swarm);
  const nowMs = () => swarm.nowMs;
  const swarms = swarmCaller();
  alice = new SessionClient({chain: CHAIN, identity, nowMs, receipts: {check}, swarms});
});

/** An answer without any receipt. */
function rubbish(): Stored {
  const [coordinator = swarm.member(0).nodeId] = swarm.state.members;
  const stamp = {clockMs: 0n, counter: 0, coordinator};
  return {id: toHash(new Uint8Array(32)), stamp, expiryMs: 0n, receipts: []};
}

/** The client's own, over members that are called in this process. */
function swarmCaller(): SwarmCaller {
  const peers = swarm.members.map(({nodeId}, at) => ({
    nodeId,
    peer: {peerId: String(at), addresses: []},
  }));
  const members = new Set(peers.map(({peer}) => peer.peerId));
  const found = {swarmId: 0, peers, members} as unknown as FoundSwarm;
  const finder = {find: async () => found, forget: () => undefined} as unknown as SwarmFinder;
  const request = async ({peerId}: {readonly peerId: string}, wanted: ClientRequest) => {
    asked.push(Number(peerId));
    if (!isTold({peerId})) return {type: wanted.type, value: rubbish()};
    const value = await swarm.ask<ClientAnswer['type']>(Number(peerId), wanted as never);
    return {type: wanted.type, value};
  };
  const caller = {request} as unknown as Caller<ClientRequest, ClientAnswer>;
  return new SwarmCaller(caller, finder, {nowMs: () => swarm.nowMs});
}

/** The members whose receipts are signed, a majority of all. */
const check: SessionClientParts['receipts']['check'] = async ({receipts}: Stored) => {
  const isGood = await Promise.all(receipts.map((each) => swarm.isReceiptValid(each)));
  const good = receipts.filter((_, at) => isGood[at]).map(({receipt}) => receipt.nodeId);
  if (good.length * 2 > MEMBERS) return good;
  throw new ClientError('CLIENT_RECEIPTS_TOO_FEW', {valid: good.length, members: MEMBERS});
};

const send = () => {
  const {sessionId, keys} = alice.identity;
  const herself = {sessionId, keys, name: undefined, timeMs: 0n};
  return alice.send(herself, {type: 'text', value: 'hello'});
};

/** The members in the order in which the inbox prefers them, by their place in the swarm. */
function inOrder(): readonly number[] {
  const places = swarm.members.map(({nodeId}, place) => ({nodeId, place}));
  return preferenceList(alice.identity.sessionId, places).map(({place}) => place);
}

it('a message that too few vouch for is handed to the same member again, which looks closer', async () => {
  const [first = 0, second = 0] = inOrder();
  swarm.member(second).isForger = true;
  const {members} = await send();
  expect(members).toHaveLength(3);
  expect(asked).toEqual([first, first]);
});

it('then to the next one, when the member itself gives false receipts', async () => {
  const [first = 0, second = 0] = inOrder();
  swarm.member(first).isForger = true;
  const {members, coordinator} = await send();
  expect(members).toHaveLength(3);
  expect(asked).toEqual([first, first, second]);
  expect(coordinator).toEqual(swarm.member(second).nodeId);
});

it('and to that one again, when the first has told nobody of it', async () => {
  const [first = 0, second = 0] = inOrder();
  swarm.member(first).isForger = true;
  isTold = ({peerId}) => peerId !== String(first);
  const {members} = await send();
  expect(members).toHaveLength(3);
  expect(asked).toEqual([first, first, second, second]);
});

/** Sends by a client whose checks all fail like this. */
async function sendInVain(error: Error): Promise<void> {
  const {identity} = alice;
  const parts = {chain: CHAIN, identity, nowMs: () => swarm.nowMs, swarms: swarmCaller()};
  alice = new SessionClient({...parts, receipts: {check: () => Promise.reject(error)}});
  await expect(send()).rejects.toBe(error);
}

it('and given up after two times at each of a majority', async () => {
  const details = {valid: 0, given: 3, members: MEMBERS};
  await sendInVain(new ClientError('CLIENT_RECEIPTS_TOO_FEW', details));
  const [first, second, third] = inOrder();
  expect(asked).toEqual([first, first, second, second, third, third]);
});

it('any other failure of the check ends it at once', async () => {
  await sendInVain(new ClientError('CLIENT_UNREACHABLE'));
  expect(asked).toHaveLength(1);
});
