import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {LevelStore} from '../../src/storage/level.ts';
import {MemoryStore} from '../../src/storage/memory.ts';
import {describeStore} from '../compliance/kv.ts';

describeStore('memory', async () => {
  const store = new MemoryStore();
  return {store, dispose: () => store.close()};
});

describeStore('LevelDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessionvm-level-'));
  const store = await LevelStore.open(folder);
  return {
    store,
    async dispose() {
      await store.close();
      await rm(folder, {recursive: true, force: true});
    },
  };
});
