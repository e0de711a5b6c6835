import {createGroupCommit} from '../../src/storage/group-commit.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {WRITERS, writesOf} from './numbered-writes.ts';

/** Writes numbered batches by several writers until it is killed; prints each number once it is durable. */
const [folder = '', first = '0'] = process.argv.slice(2);
const store = await LevelStore.open(folder);
const commits = createGroupCommit(store);
let next = Number(first);

async function write(writer: number): Promise<void> {
  for (;;) {
    const number = next++;
    await commits.write(writesOf(number, writer));
    // To a pipe this is synchronous: what the parent reads was durable before.
    process.stdout.write(`${number} ${writer}\n`);
  }
}

await Promise.all(Array.from({length: WRITERS}, (_, writer) => write(writer)));
