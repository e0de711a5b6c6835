import {beforeEach, expect, it} from 'vitest';
import {ClientError} from '../../src/client/errors.ts';
import {SessionClient, type SessionClientParts} from '../../src/client/session-client.ts';
import {SwarmCaller} from '../../src/client/swarm-caller.ts';
import type {FoundSwarm, SwarmFinder} from '../../src/client/swarm-finder.ts';
import type {Caller} from '../../src/network/overlay.ts';
import {bytesToHex} from '../../src/protocol/bytes.ts';
import type {
  ClientAnswer,
  ClientRequest,
  Stored,
} from '../../src/protocol/overlay/client-protocol.ts';
import {LocalOwner} from '../messaging/local-owner.ts';
import {CHAIN, LocalSwarm} from '../messaging/local-swarm.ts';

const MEMBERS = 5;

let swarm: LocalSwarm;
/** The members that stored, in turn, by their place in the swarm. */
let asked: number[];
let alice: SessionClient;
beforeEach(async () => {
  swarm = await LocalSwarm.start({members: MEMBERS});
  asked = [];
  const {identity} = new LocalOwner(swarm);
  const nowMs = () => swarm.nowMs;
  const swarms = swarmCaller();
  alice = new SessionClient({chain: CHAIN, identity, nowMs, receipts: {check}, swarms});
});

/** The client's own, over members that are called in this process. */
function swarmCaller(): SwarmCaller {
  const peers = swarm.members.map(({nodeId}, at) => ({
    nodeId,
    peer: {peerId: String(at), addresses: []},
  }));
  const found = {swarmId: 0, peers} as unknown as FoundSwarm;
  const finder = {find: async () => found, forget: () => undefined} as unknown as SwarmFinder;
  const request = async ({peerId}: {readonly peerId: string}, wanted: ClientRequest) => {
    asked.push(Number(peerId));
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

/** The member that is asked first, and one of those whose receipts it hands out. */
async function firstTwo() {
  const {coordinator, members} = await send();
  const name = bytesToHex(coordinator);
  const other = members.find((each) => bytesToHex(each) !== name)!;
  asked = [];
  const memberOf = (nodeId: Uint8Array) =>
    swarm.members.findIndex((each) => bytesToHex(each.nodeId) === bytesToHex(nodeId));
  return {first: memberOf(coordinator), other: memberOf(other)};
}

it('a message that too few vouch for is handed to the same member again, which looks closer', async () => {
  const {first, other} = await firstTwo();
  swarm.member(other).isForger = true;
  const {members} = await send();
  expect(members).toHaveLength(3);
  expect(asked).toEqual([first, first]);
});

it('then to another one, when the member itself gives false receipts', async () => {
  const {first} = await firstTwo();
  swarm.member(first).isForger = true;
  const {members, coordinator} = await send();
  expect(members).toHaveLength(3);
  expect(asked.slice(0, 2)).toEqual([first, first]);
  expect(asked).toHaveLength(3);
  expect(asked[2]).not.toBe(first);
  expect(coordinator).toEqual(swarm.member(asked[2] ?? 0).nodeId);
});

/** Sends by a client whose checks all fail like this. */
async function sendInVain(error: Error): Promise<void> {
  const {identity} = alice;
  const parts = {chain: CHAIN, identity, nowMs: () => swarm.nowMs, swarms: swarmCaller()};
  alice = new SessionClient({...parts, receipts: {check: () => Promise.reject(error)}});
  await expect(send()).rejects.toBe(error);
}

it('and given up after three times', async () => {
  const details = {valid: 0, given: 3, members: MEMBERS};
  await sendInVain(new ClientError('CLIENT_RECEIPTS_TOO_FEW', details));
  expect(asked).toHaveLength(3);
});

it('any other failure of the check ends it at once', async () => {
  await sendInVain(new ClientError('CLIENT_UNREACHABLE'));
  expect(asked).toHaveLength(1);
});
