import {on} from 'node:events';
import {StorageError} from '../../src/storage/errors.ts';
import {createGroupCommit} from '../../src/storage/group-commit.ts';
import {LevelStore} from '../../src/storage/level.ts';
import type {Answer, Command} from './store-process.ts';

/** A store in a process of its own, which does what it is told. */
const [folder = '', user] = process.argv.slice(2);
if (user !== undefined) {
  // After all imports: whoever it becomes need not be able to read the sources.
  process.setgroups?.([]);
  process.setgid?.(Number(user));
  process.setuid?.(Number(user));
}

async function coded<T>(action: () => Promise<T>): Promise<T | Answer> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof StorageError) return {code: error.code};
    throw error;
  }
}

async function countOf(store: LevelStore): Promise<number> {
  let count = 0;
  for await (const _entry of store.iterate()) count += 1;
  return count;
}

const store = await coded(() => LevelStore.open(folder));
if (!(store instanceof LevelStore)) {
  process.send?.(store);
  process.disconnect();
} else {
  const commits = createGroupCommit(store);
  const act = async (command: Command): Promise<Answer> => {
    if (command.type === 'count') return {found: await countOf(store)};
    const key = Buffer.from(command.key);
    if (command.type === 'get') return {found: (await store.get(key))?.length};
    const value = Buffer.alloc(command.bytes, command.key);
    await commits.write([{type: 'put', key, value}]);
    return {};
  };
  const commands = on(process, 'message');
  process.send?.({});
  for await (const [command] of commands) process.send?.(await coded(() => act(command)));
}
