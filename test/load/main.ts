import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import type {Contact} from '../../src/client/contact-card.ts';
import type {Session} from '../../src/client/open-session.ts';
import {OneSwarm} from '../e2e/swarm/one-swarm.ts';
import {Killer} from './killer.ts';
import {follow, openPerson, readAll, write} from './people.ts';
import {Scores} from './scores.ts';

const NODES = 10;
/** Sealed messages are of 8 KiB at least: ten thousand of them are more than the dev preset asks for. */
const CAPACITY = 1n << 30n;
const WRITERS = 16;
const READERS = 16;
/** Stores that have not been made by then are left out, and the run has failed. */
const STORES_WITHIN_MS = 900_000;
/** What readers have after the last store, with all nodes up. */
const CATCH_UP_MS = 60_000;
const PROGRESS_MS = 5000;

const HELP = `Usage: scripts/with-node node test/load/main.ts [--stores N] [--from-source]
16 clients store N messages (10 000) with ten node processes, which are killed with SIGKILL and started
again at random; 16 readers follow with running cursors through random members. Exit code 1 when an
acknowledged message is lost or one is shown twice, 2 for wrong words.`;

type Settings = {readonly stores: number; readonly programs: 'auto' | 'source'};

async function eachOf<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({length: count}, (_, index) => make(index)));
}

/** The swarm has its seats; its members hear of it within a second or so. */
async function publishCards(readers: readonly Session[]): Promise<void> {
  for (const [index, {client}] of readers.entries()) {
    for (let tries = 1; ; tries++) {
      try {
        await client.publishCard(`reader ${index}`);
        break;
      } catch (error) {
        if (tries === 20) throw error;
        await sleep(500);
      }
    }
  }
}

function tellProgress(scores: Scores, killer: Killer): NodeJS.Timeout {
  const startMs = performance.now();
  return setInterval(() => {
    const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
    const {stores, acknowledged, shown} = scores;
    console.log(
      `${seconds.padStart(4)} s  ${stores} tried  ${acknowledged} acknowledged  ${shown} shown  ${killer.kills} kills, ${killer.down} down`,
    );
  }, PROGRESS_MS);
}

/** Readers by their cards, as anybody finds them. */
async function contactsOf(readers: readonly Session[], {client}: Session): Promise<Contact[]> {
  const contacts: Contact[] = [];
  for (const reader of readers) {
    contacts.push(await client.fetchCard(reader.client.identity.sessionId));
  }
  return contacts;
}

type People = {readonly writers: readonly Session[]; readonly readers: readonly Session[]};

type Run = {
  readonly stores: number;
  readonly scores: Scores;
  /** Ends the stores early; what was acknowledged is still looked for. */
  readonly interrupted: AbortSignal;
};

/** Stores and reads while nodes are killed; ends when every reader has what was acknowledged. */
async function runLoad(
  swarm: OneSwarm,
  {stores, scores, interrupted}: Run,
  {writers, readers}: People,
): Promise<void> {
  const [first] = writers;
  if (first === undefined) throw new RangeError('nobody writes');
  await publishCards(readers);
  const contacts = await contactsOf(readers, first);
  const killer = new Killer(swarm);
  const [killing, reading] = [new AbortController(), new AbortController()];
  const progress = tellProgress(scores, killer);
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(STORES_WITHIN_MS)]);
  const killed = killer.run(killing.signal);
  const following = readers.map((reader, number) =>
    follow(reader, {swarm, killer, scores, number, signal: reading.signal}),
  );
  const startMs = performance.now();
  const writing = writers.map((writer, index) =>
    write(writer, {name: `w${index}`, contacts, stores, scores, signal}),
  );
  try {
    await Promise.race([Promise.all(writing), killed]);
    const seconds = (performance.now() - startMs) / 1000;
    console.log(`${scores.stores} stores in ${seconds.toFixed(1)} s`);
    killing.abort();
    await killed;
    const untilMs = performance.now() + CATCH_UP_MS;
    while (scores.missingInAll > 0 && performance.now() < untilMs) await sleep(100);
  } finally {
    clearInterval(progress);
    reading.abort();
    killing.abort();
    await Promise.all(following);
  }
  console.log(`${killer.kills} kills with SIGKILL, all nodes up again`);
}

/** What a reader was not shown: is it in the swarm? */
async function tellMissing(readers: readonly Session[], scores: Scores): Promise<void> {
  for (const [number, reader] of readers.entries()) {
    const missing = scores.missing(number);
    if (missing.length === 0) continue;
    const stored = await readAll(reader);
    const gone = missing.filter((text) => !stored.has(text));
    console.log(`reader ${number}: not shown ${missing.join(' ')}; of these not stored: ${gone}`);
  }
}

async function main({stores, programs}: Settings): Promise<boolean> {
  const scores = new Scores(READERS);
  const interrupter = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupter.abort());
  console.log(`${NODES} nodes, ${WRITERS} writers, ${READERS} readers, ${stores} stores`);
  await using swarm = await OneSwarm.start({nodes: NODES, programs, minCapacity: CAPACITY});
  console.log('all nodes have their seats in one swarm');
  const writers = await eachOf(WRITERS, () => openPerson(swarm));
  const readers = await eachOf(READERS, () => openPerson(swarm));
  try {
    await runLoad(swarm, {stores, scores, interrupted: interrupter.signal}, {writers, readers});
    await tellMissing(readers, scores);
  } finally {
    await Promise.all([...writers, ...readers].map((person) => person.close()));
  }
  for (const [name, count] of scores.failures) console.log(`${count} × ${name}`);
  const {acknowledged, shown, missingInAll: lost, twice} = scores;
  for (const each of twice) console.log(`twice: ${each}`);
  console.log(`${acknowledged} acknowledged, ${shown} shown, ${lost} lost, ${twice.length} twice`);
  return scores.stores >= stores && lost === 0 && twice.length === 0;
}

const {values} = parseArgs({
  options: {
    stores: {type: 'string', default: '10000'},
    'from-source': {type: 'boolean', default: false},
    help: {type: 'boolean', default: false},
  },
});
const stores = Number(values.stores);
if (values.help) {
  console.log(HELP);
} else if (!Number.isSafeInteger(stores) || stores < 1) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  const isGood = await main({stores, programs: values['from-source'] ? 'source' : 'auto'});
  console.log(isGood ? 'nothing lost, nothing twice' : 'FAILED');
  process.exitCode = isGood ? 0 : 1;
}
