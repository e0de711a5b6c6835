import {readdir} from 'node:fs/promises';
import {StorageError} from './errors.ts';

/** What a first opening that was killed may leave behind. */
const BEGINNING = new Set(['LOCK', 'LOG', 'LOG.old', 'MANIFEST-000001', '000001.dbtmp']);
const TABLE_OR_LOG = /^(MANIFEST-\d+|\d+\.(ldb|sst|log))$/;

async function filesIn(location: string): Promise<readonly string[]> {
  try {
    return await readdir(location);
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    // LevelDB makes the folder, or says better what is wrong with the path.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return [];
    throw error;
  }
}

/**
 * LevelDB begins anew in a folder without CURRENT, whatever else lies there, and removes the tables that
 * it does not know: half a backup would be wiped. So only its own folder or an empty one is opened.
 * @throws StorageError STORAGE_CORRUPT, STORAGE_NOT_A_DATABASE
 */
export async function assertOwnOrEmpty(location: string): Promise<void> {
  const files = await filesIn(location);
  if (files.includes('CURRENT')) return;
  const foreign = files.filter((name) => !BEGINNING.has(name));
  if (foreign.length === 0) return;
  if (foreign.some((name) => TABLE_OR_LOG.test(name))) {
    const hint = 'its CURRENT file is missing: restore the whole folder';
    throw new StorageError('STORAGE_CORRUPT', {location, hint});
  }
  const hint = 'the folder holds other files: choose an empty one';
  throw new StorageError('STORAGE_NOT_A_DATABASE', {location, hint});
}
