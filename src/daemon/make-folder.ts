import {mkdir, stat} from 'node:fs/promises';
import {dirname} from 'node:path';

const codeOf = (error: unknown): unknown =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, {mode});
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}

/**
 * A folder and those above it, unless they are there. Node's own recursive mkdir tries for ever where
 * the kernel lets nobody make one, as below /proc.
 * @param mode of the folders that are made
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== 'ENOENT' || above === path) throw error;
    await makeFolder(above, mode);
    await makeOne(path, mode);
  }
}
