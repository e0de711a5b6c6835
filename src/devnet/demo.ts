import {type CheckName, confirm} from './demo/checks.ts';
import {tellDuties, tellSeats} from './demo/first-epoch-chapter.ts';
import {tellFines, tellKill, tellRecomputation} from './demo/kill-chapter.ts';
import {tellMessage, tellRead} from './demo/message-chapter.ts';
import {createNarrator, type Narrator} from './demo/narrator.ts';
import {tellRegistration} from './demo/registration-chapter.ts';
import {tellStart} from './demo/start-chapter.ts';
import {tellTotals} from './demo/totals-chapter.ts';
import {type DevnetInit, type DevnetIo, openFolder} from './devnet.ts';
import {type Network, startNetwork} from './network.ts';

/** From the block of a registration to the seat: one full epoch lies between. */
const EPOCHS_TO_SEAT = 2n;

async function tellStory(
  network: Network,
  narrator: Narrator,
  {
    nodes: nodeCount,
    text,
    signal,
  }: {readonly nodes: number; readonly text: string; readonly signal: AbortSignal},
): Promise<void> {
  const story = await tellStart({network, narrator, signal, nodeCount});

  narrator.chapter(`${nodeCount} service nodes start and register themselves`);
  const registered = await tellRegistration(story);

  narrator.chapter('The nodes get their seats');
  const seats = await tellSeats(story, registered + EPOCHS_TO_SEAT);

  narrator.chapter('Alice writes to Bob');
  await using conversation = await tellMessage(story, {epoch: seats.epoch, text});

  narrator.chapter(`Epoch ${seats.epoch} turns: commitments, majority, answers`);
  const seen = await tellDuties(story, seats);

  narrator.chapter('Two nodes die');
  const killed = await tellKill(story, seen, conversation);
  await tellRead(story, conversation, {name: 'bob-reads-after-kill', when: 'again, without them'});
  await tellRecomputation(story, seen);
  const fines = await tellFines(story, seen, {killed, conversation});
  const name = 'bob-reads-in-the-next-epoch';
  await tellRead(story, conversation, {name, when: 'a third time'});

  narrator.chapter('The books');
  await tellTotals(story, fines);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function stopAll(network: Network, narrator: Narrator): Promise<void> {
  narrator.chapter('Everything stops');
  await network.stop();
  const alive = network.pids().filter(isAlive);
  const name: CheckName = 'no-process-left';
  confirm(narrator, {
    name,
    sentence: `all ${network.pids().length} child processes are gone`,
    holds: alive.length === 0,
    found: {alive: alive.join(' ')},
  });
}

/**
 * Tells the story of a message and of the epochs around it on a network of its own, and checks each sentence of it.
 * @throws DevnetError DEVNET_CHECK with the name of the first check that failed; everything is
 * stopped then too.
 */
export async function runDemo(
  init: DevnetInit & {readonly text: string},
  {out, status, signal}: DevnetIo,
): Promise<void> {
  const {nodes, programs, isJson, text} = init;
  const narrator = createNarrator({out, status, isJson});
  const folder = await openFolder(init.directory);
  let network: Network | undefined;
  try {
    narrator.chapter('A development host starts; it stands in for luxd or avalanchego');
    network = await startNetwork({
      directory: folder.path,
      nodes,
      ...(programs === undefined ? {} : {programs}),
    });
    await tellStory(network, narrator, {nodes, text, signal});
    await stopAll(network, narrator);
    network = undefined;
    narrator.line('The story is told.');
  } finally {
    status?.('');
    await network?.stop();
    await folder.close();
  }
}
