import {openSession, type Session} from '../../client/open-session.ts';
import {ReaderState} from '../../client/reader-state.ts';
import type {Sent} from '../../client/session-client.ts';
import {sessionIdentityOf} from '../../client/session-identity.ts';
import {nodeIdToString} from '../../crypto/ids.ts';
import {merkleRoot} from '../../crypto/merkle.ts';
import type {SwarmInfo} from '../../protocol/api.ts';
import {
  bytesToHex,
  compareBytes,
  equalBytes,
  type NodeId,
  toKemSeed,
  toSigningSeed,
} from '../../protocol/bytes.ts';
import {encode} from '../../protocol/codec.ts';
import {CONSISTENCY} from '../../protocol/overlay/client-protocol.ts';
import {SetLeaf} from '../../protocol/stored-record.ts';
import {allServiceNodes, allSwarms, waitUntil} from './chain-view.ts';
import {type CheckName, confirm} from './checks.ts';
import {epochStartMs, nodeNames, type Story} from './story.ts';

/** Two people, and what they have stored. */
export type Conversation = AsyncDisposable & {
  readonly bob: Session;
  readonly text: string;
  /** Bob's card, then Alice's message. */
  readonly stored: readonly [Sent, Sent];
  /** The swarm of Bob's inbox. */
  readonly swarmId: number;
};

/** Nodes that a person knows to begin with. */
const KNOWN_NODES = 3;

function newPerson() {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const [signingSeed, kemSeed] = [toSigningSeed(random(32)), toKemSeed(random(64))];
  return sessionIdentityOf({kind: 'session', signingSeed, kemSeed});
}

async function openPerson({network, client, signal}: Story): Promise<Session> {
  const started = await Promise.all(
    network.nodes.slice(0, KNOWN_NODES).map(({started}) => started),
  );
  const nodes = started.flatMap(({addresses}) => addresses);
  return openSession({chain: client, nodes, identity: newPerson()}, signal);
}

/** The swarms have been formed a moment ago: the answers are the first quiet time. */
async function waitForAnswers(
  {client, narrator, signal}: Story,
  deadlineMs: number,
): Promise<void> {
  await waitUntil({
    what: 'answers of the epoch',
    deadlineMs,
    signal,
    async probe() {
      const {phase} = await client.call('getEpoch', {}, signal);
      narrator.waiting('the swarms commit to what they store: nothing yet');
      return phase === 'answers' || phase === 'rest' ? true : undefined;
    },
  });
}

/** Alice seals a text for Bob and stores it with his swarm; Bob reads it from another member. */
export async function tellMessage(
  story: Story,
  {epoch, text}: {readonly epoch: bigint; readonly text: string},
): Promise<Conversation> {
  const {narrator, signal} = story;
  await waitForAnswers(story, epochStartMs(story, epoch + 1n));
  // A sentence that does not hold must not leave their connections open: the program would not end.
  await using people = new AsyncDisposableStack();
  const alice = people.use(await openPerson(story));
  const bob = people.use(await openPerson(story));
  const card = await bob.client.publishCard('Bob', signal);
  narrator.line(
    `Bob is 07…${bytesToHex(bob.client.identity.sessionId).slice(-8)}; his card lies in his outbox`,
  );
  const contact = await alice.client.fetchCard(bob.client.identity.sessionId, signal);
  const sent = await alice.client.send(contact, {type: 'text', value: text}, signal);
  const names = nodeNames(story, await allServiceNodes(story.client));
  const nameOf = (nodeId: NodeId): string =>
    names.get(nodeIdToString(nodeId)) ?? nodeIdToString(nodeId);
  const {members} = await bob.swarmOf(bob.client.identity.sessionId, signal);
  const size = sent.leaf.entry.type === 'record' ? sent.leaf.entry.value.size : 0;
  narrator.line(`receipts: ${sent.members.map(nameOf).join(', ')}`);
  const receipts = sent.members.map(nodeIdToString);
  narrator.facts('stored', {swarmId: sent.swarmId, id: bytesToHex(sent.id), size, receipts});
  confirm(narrator, {
    name: 'message-stored',
    sentence: `Alice’s message, ${size} bytes sealed, is stored in swarm ${sent.swarmId} through ${nameOf(sent.coordinator)}: receipts of ${sent.members.length} of ${members.size} members, signed by registered keys`,
    holds: sent.members.length * 2 > members.size,
    found: {receipts: sent.members.length, members: members.size},
  });
  await alice.close();
  // One that has it, by its own receipt; the members that were not needed get it in a moment.
  const at = sent.members.find((member) => !equalBytes(member, sent.coordinator));
  const conversation: Conversation = {
    bob,
    text,
    stored: [card, sent],
    swarmId: sent.swarmId,
    [Symbol.asyncDispose]: () => bob.close(),
  };
  await tellRead(story, conversation, {name: 'bob-reads', when: 'from another member', at, nameOf});
  people.move();
  return conversation;
}

type Reading = {
  readonly name: CheckName;
  readonly when: string;
  readonly at?: NodeId | undefined;
  readonly nameOf?: (nodeId: NodeId) => string;
};

/** Bob reads his whole inbox, as if for the first time. */
export async function tellRead(
  {narrator, signal}: Pick<Story, 'narrator' | 'signal'>,
  {bob, text}: Conversation,
  {name, when, at, nameOf = nodeIdToString}: Reading,
): Promise<void> {
  const options = {
    at,
    signal,
    consistency: at === undefined ? CONSISTENCY.quorum : CONSISTENCY.one,
  };
  const {messages, nodeId} = await bob.client.read(new ReaderState(), options);
  const [message] = messages;
  const content = message?.content.type === 'text' ? message.content.value : undefined;
  const from = nodeId === undefined ? '' : ` (${nameOf(nodeId)})`;
  confirm(narrator, {
    name,
    sentence: `Bob reads ${when}${from}: “${preview(text)}”`,
    holds: messages.length === 1 && content === text,
    found: {messages: messages.length},
  });
}

const MOST_SHOWN = 60;
const preview = (text: string): string => {
  const line = text.replace(/\p{C}+/gu, ' ');
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line;
};

/** W of Bob's swarm in an epoch, once it is fixed. */
export async function majorityOf(
  {client}: Pick<Story, 'client'>,
  {swarmId}: Pick<Conversation, 'swarmId'>,
): Promise<SwarmInfo['w']> {
  const swarms = await allSwarms(client);
  return swarms.find((swarm) => swarm.swarmId === swarmId)?.w ?? null;
}

/** The root that a set of exactly these messages has. */
function rootOf(stored: Conversation['stored']): string {
  const leaves = stored.map(({leaf}) => encode(SetLeaf, leaf)).sort(compareBytes);
  return `0x${bytesToHex(merkleRoot(leaves))}`;
}

/** The judged set is the one that Alice and Bob can compute from what they know of their records. */
export function confirmInW(
  {narrator}: Pick<Story, 'narrator'>,
  {stored, swarmId}: Conversation,
  {epoch, w}: {readonly epoch: bigint; readonly w: SwarmInfo['w']},
): void {
  const inSwarm = stored.filter((each) => each.swarmId === swarmId);
  confirm(narrator, {
    name: 'message-in-w',
    sentence: `the judged W of epoch ${epoch} holds Alice’s message and Bob’s card: recordCount ${w?.recordCount}, ${w?.bytes} bytes, root ${w?.root.slice(0, 18)}… as computed from the receipts`,
    holds: w !== null && inSwarm.length === 2 && w.recordCount === '2' && w.root === rootOf(stored),
    found: {recordCount: w?.recordCount ?? 'none', root: w?.root ?? 'none'},
  });
}
