import {randomBytes} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, link, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {SessionError} from '../protocol/errors.ts';
import {makeFolder} from './make-folder.ts';

/** What is wrong with a file that a person named. SPEC.md §9. */
export type FileErrorCode =
  | 'FILE_EXISTS'
  | 'FILE_MISSING'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  /** It holds something else than was asked for. */
  | 'FILE_MALFORMED';

export class FileError extends SessionError<FileErrorCode> {}

/** Larger than any file that this program reads: a genesis. */
export const MAX_FILE_BYTES = 2 * 1024 * 1024;

/** What the umask leaves of it. */
const FOLDER_MODE = 0o777;

function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.name) : 'unknown';
}

/** Of a regular file: others may never end. @throws FileError FILE_MISSING, FILE_UNREADABLE */
export async function readSmallFile(path: string): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    // Without O_NONBLOCK nothing would end the wait for whoever writes to a pipe.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (!found.isFile()) throw new FileError('FILE_UNREADABLE', {path, reason: 'no regular file'});
    if (found.size > MAX_FILE_BYTES)
      throw new FileError('FILE_UNREADABLE', {path, reason: 'too large'});
    return new Uint8Array(await file.readFile());
  } catch (error) {
    if (error instanceof FileError) throw error;
    const reason = codeOf(error);
    if (reason === 'ENOENT') throw new FileError('FILE_MISSING', {path}, {cause: error});
    throw new FileError('FILE_UNREADABLE', {path, reason}, {cause: error});
  } finally {
    await file?.close();
  }
}

/**
 * A folder that only its owner reads, made unless it is there.
 * @throws FileError FILE_UNWRITABLE
 */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await makeFolder(path, 0o700);
  } catch (error) {
    throw new FileError('FILE_UNWRITABLE', {path, reason: codeOf(error)}, {cause: error});
  }
}

async function writeNew(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(path, {force: true});
    throw error;
  } finally {
    await file.close();
  }
}

async function linkNew(existing: string, path: string): Promise<void> {
  try {
    await link(existing, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new FileError('FILE_EXISTS', {path}, {cause: error});
  }
}

export type WriteInit = {
  readonly mode: number;
  readonly overwrite: boolean;
  /** On the same file system; the file's own folder unless said. */
  readonly temporaryFolder?: string;
};

/**
 * Writes the whole file or nothing: a synced neighbour takes the name in one step, and without
 * `overwrite` never that of an existing file.
 * @throws FileError FILE_EXISTS, FILE_UNWRITABLE
 */
export async function writeFileAtomic(
  path: string,
  bytes: Uint8Array,
  {mode, overwrite, temporaryFolder = dirname(path)}: WriteInit,
): Promise<void> {
  const suffix = randomBytes(6).toString('hex');
  const temporary = join(temporaryFolder, `.${basename(path)}.${suffix}.tmp`);
  try {
    await makeFolder(dirname(path), FOLDER_MODE);
    await writeNew(temporary, bytes, mode);
    try {
      if (overwrite) await rename(temporary, path);
      else await linkNew(temporary, path);
    } finally {
      await rm(temporary, {force: true});
    }
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError('FILE_UNWRITABLE', {path, reason: codeOf(error)}, {cause: error});
  }
}
