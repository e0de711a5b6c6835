import {access, constants, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {StorageError} from '../../storage/errors.ts';
import {LevelStore} from '../../storage/level.ts';
import type {DaemonPorts} from '../ports.ts';
import {type Finding, fail, ok, warn} from './finding.ts';

/** Below this the databases may not find room to grow: 64 MiB. */
const LEAST_FREE_BYTES = 64n * 1024n * 1024n;
const MIB = 1024n * 1024n;

type Ports = Pick<DaemonPorts, 'freeBytes' | 'usedBytes'>;

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The folder itself, or the one above in which it will be made. */
async function nearestFolder(folder: string): Promise<string> {
  let path = folder;
  while (!(await isThere(path)) && dirname(path) !== path) path = dirname(path);
  return path;
}

const mib = (bytes: bigint): string => `${bytes / MIB} MiB`;

async function checkRoom(
  folder: string,
  capacity: bigint | undefined,
  ports: Ports,
): Promise<Finding> {
  const place = await nearestFolder(folder);
  const free = await ports.freeBytes(place);
  const used = place === folder ? await ports.usedBytes(folder) : 0n;
  const now = capacity === undefined ? '' : ` (now ${mib(capacity)})`;
  const advice = `make room, or offer less with --capacity${now}`;
  if (free < LEAST_FREE_BYTES) return fail('disk', `the disk has ${mib(free)} left`, advice);
  const offered = capacity === undefined ? '' : ` of ${mib(capacity)} offered`;
  const text = `${mib(free)} free, ${mib(used)} used${offered}`;
  if (capacity !== undefined && free + used < capacity) {
    return fail('disk', `the disk cannot hold what is offered: ${text}`, advice);
  }
  if (place !== folder) {
    return warn('disk', `${folder} does not exist yet: ${text}`, 'the first start makes it');
  }
  return ok('disk', text);
}

/**
 * Whether the data folder can be written and the disk holds what the node offers.
 * @param capacity in bytes; undefined when only the chain knows it, and does not answer
 */
export async function checkDisk(
  folder: string,
  capacity: bigint | undefined,
  ports: Ports,
): Promise<Finding> {
  try {
    const place = await nearestFolder(folder);
    if (!(await stat(place)).isDirectory()) {
      return fail('disk', `${place} is no folder`, 'name a folder with --data');
    }
    await access(place, constants.R_OK | constants.W_OK | constants.X_OK);
    return await checkRoom(folder, capacity, ports);
  } catch (error) {
    const advice = 'check its owner and mode, and that its disk is mounted to be written';
    return fail('disk', `${folder} cannot be used (${reasonOf(error)})`, advice);
  }
}

/** Answers what is wrong, else whether the database is held by a node that runs. */
async function openOnce(location: string): Promise<'free' | 'held' | StorageError> {
  try {
    await (await LevelStore.open(location)).close();
    return 'free';
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return error.code === 'STORAGE_LOCKED' ? 'held' : error;
  }
}

const DATABASES = ['ledger', 'records'];

/** Whether a node has ever run with this data folder. */
export async function hasRun(folder: string): Promise<boolean> {
  const found = await Promise.all(DATABASES.map((name) => isThere(join(folder, name))));
  return found.includes(true);
}

/** Whether the databases of the data folder open. None is made. */
export async function checkDatabases(folder: string): Promise<Finding> {
  let [found, held] = [0, 0];
  for (const name of DATABASES) {
    const location = join(folder, name);
    if (!(await isThere(location))) continue;
    const state = await openOnce(location);
    if (state instanceof StorageError) {
      const {hint} = state.details;
      const advice = typeof hint === 'string' ? hint : 'restore the folder from a copy';
      return fail('database', `${location} does not open (${state.code})`, advice);
    }
    found += 1;
    if (state === 'held') held += 1;
  }
  if (found === 0) return ok('database', 'there are no databases yet: the first start makes them');
  if (held > 0) return ok('database', 'the databases are in use: the node runs');
  const text = 'the databases open, and no node holds them';
  return warn('database', text, 'start the node: one that is not running does no duties');
}
