import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createGroupCommit} from '../../src/storage/group-commit.ts';
import type {KeyValueStore} from '../../src/storage/kv.ts';
import {LevelStore} from '../../src/storage/level.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {describeStore, type StoreUnderTest} from '../compliance/kv.ts';

describeStore('memory', async () => {
  const store = new MemoryStore();
  return {store, dispose: () => store.close()};
});

async function openLevel(): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'sessionvm-level-'));
  const store = await LevelStore.open(folder);
  return {
    store,
    async dispose() {
      await store.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

describeStore('LevelDB', openLevel);

describeStore('LevelDB behind group commit, as a service node keeps its records', async () => {
  const {store: level, dispose} = await openLevel();
  const commits = createGroupCommit(level);
  const close = async (): Promise<void> => {
    await commits.close();
    await level.close();
  };
  const store: KeyValueStore = {
    get: (key, options) => level.get(key, options),
    getMany: (keys) => level.getMany(keys),
    has: (key) => level.has(key),
    iterate: (range, options) => level.iterate(range, options),
    batch: (writes) => commits.write(writes),
    close,
    [Symbol.asyncDispose]: close,
  };
  return {store, dispose};
});
