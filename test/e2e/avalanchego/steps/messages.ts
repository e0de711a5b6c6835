import {openSession, type Session} from '../../../../src/client/open-session.ts';
import {ReaderState} from '../../../../src/client/reader-state.ts';
import {sessionIdentityOf} from '../../../../src/client/session-identity.ts';
import {nodeIdFromString, nodeIdToString} from '../../../../src/crypto/ids.ts';
import {toKemSeed, toSigningSeed} from '../../../../src/protocol/bytes.ts';
import {CONSISTENCY} from '../../../../src/protocol/overlay/client-protocol.ts';
import {check} from '../errors.ts';
import type {ChainStep, Stage} from '../stage.ts';

const TEXT = 'Over a real node’s chain.';

function newPerson() {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const [signingSeed, kemSeed] = [toSigningSeed(random(32)), toKemSeed(random(64))];
  return sessionIdentityOf({kind: 'session', signingSeed, kemSeed});
}

const bob = newPerson();

const openAs = (identity: typeof bob, {chain, serviceNodes}: Stage): Promise<Session> =>
  openSession({chain, nodes: serviceNodes.addresses, identity});

async function readAs(stage: Stage, at?: string): Promise<string> {
  await using session = await openAs(bob, stage);
  const nodeId = at === undefined ? undefined : nodeIdFromString(at);
  const consistency = at === undefined ? CONSISTENCY.quorum : CONSISTENCY.one;
  const options = {at: nodeId, consistency};
  const {messages, ...rest} = await session.client.read(new ReaderState(), options);
  const texts = messages.map(({content}) => String(content.value)).join();
  check(texts === TEXT, 'the one message that Alice sent', {texts});
  return rest.nodeId === undefined ? '' : `from ${nodeIdToString(rest.nodeId)}`;
}

export const sendAndRead: ChainStep = {
  name: 'Alice’s message is stored by a majority of Bob’s swarm, and Bob reads it from another member',
  async run(stage) {
    await using alice = await openAs(newPerson(), stage);
    await using publisher = await openAs(bob, stage);
    await publisher.client.publishCard('Bob');
    const card = await alice.client.fetchCard(bob.sessionId);
    const sent = await alice.client.send(card, {type: 'text', value: TEXT});
    const {members} = await alice.swarmOf(bob.sessionId);
    const receipts = sent.members.length;
    check(receipts * 2 > members.size, 'receipts of a majority', {receipts, of: members.size});
    // One that has given its receipt: the others have the message a moment later.
    const holders = sent.members.map(nodeIdToString);
    const other = holders.find((id) => id !== nodeIdToString(sent.coordinator));
    const from = await readAs(stage, other);
    return `${receipts} receipts of ${members.size} members of swarm ${sent.swarmId}; read ${from}`;
  },
};

export const readWithoutTheSilent: ChainStep = {
  name: 'Bob reads it again without the silent two',
  run: (stage) => readAs(stage),
};
