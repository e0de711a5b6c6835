import {open, readdir, rm, stat, statfs} from 'node:fs/promises';
import {StorageError} from './errors.ts';
import {toStorageError} from './level-errors.ts';

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

/** To LevelDB a temporary file: it removes what a killed process left of it. */
const PROBE = '000000.dbtmp';
/** Beside the logs, which are written again as tables: a manifest, a new log, and some air. */
const SPARE_BYTES = 1024 * 1024;
const PROBE_PART = new Uint8Array(64 * 1024);

/** 0 for one that LevelDB has removed meanwhile: it is still at work. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** What opening the database again writes at most, in bytes. */
async function reopeningBytes(location: string): Promise<number> {
  let bytes = SPARE_BYTES;
  for (const name of await readdir(location)) {
    if (name.endsWith('.log')) bytes += await sizeOf(`${location}/${name}`);
  }
  return bytes;
}

async function writeProbe(location: string, bytes: number): Promise<void> {
  const path = `${location}/${PROBE}`;
  try {
    const file = await open(path, 'w', 0o600);
    try {
      for (let done = 0; done < bytes; done += PROBE_PART.length) await file.writeFile(PROBE_PART);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, {force: true});
  }
}

/**
 * That the folder takes what opening its database writes: known by writing as much, since quotas and
 * limits of a process do not show in the free space of the disk.
 * @throws StorageError STORAGE_FULL, STORAGE_READ_ONLY
 */
export async function assertRoom(location: string): Promise<void> {
  try {
    const bytes = await reopeningBytes(location);
    const {bavail, bsize} = await statfs(location);
    if (bavail * bsize < bytes) throw new Error('ENOSPC: too little is free');
    await writeProbe(location, bytes);
  } catch (error) {
    throw toStorageError(error, location);
  }
}
