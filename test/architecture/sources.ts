import {readdir, readFile} from 'node:fs/promises';
import {join, relative, resolve, sep} from 'node:path';

export const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Text of each file, by its path from the checkout, as in `src/vm/chain.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** Every TypeScript file of `src/`. Anything else there but JSON is reported by its name. */
export async function readSources(): Promise<Sources> {
  const entries = await readdir(join(CHECKOUT, 'src'), {recursive: true, withFileTypes: true});
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.endsWith('.json'));
  const read = async (folder: string, name: string): Promise<[string, string]> => {
    const file = join(folder, name);
    return [relative(CHECKOUT, file).split(sep).join('/'), await readFile(file, 'utf8')];
  };
  const pairs = await Promise.all(files.map(({parentPath, name}) => read(parentPath, name)));
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A copy with some files added or replaced: how the checker is shown something wrong. */
export function plant(sources: Sources, files: Readonly<Record<string, string>>): Sources {
  return new Map([...sources, ...Object.entries(files)]);
}
