import {StorageError, type StorageErrorCode} from './errors.ts';

/** Texts of LevelDB and the system, with what each means for whoever runs us. */
const CAUSES: readonly {
  readonly pattern: RegExp;
  readonly code: StorageErrorCode;
  readonly hint: string;
}[] = [
  {pattern: /LEVEL_LOCKED/, code: 'STORAGE_LOCKED', hint: 'another process has the folder open'},
  {
    // A quota, and the limit of a process on the size of a file, stop it as a full disk does.
    pattern: /No space left|ENOSPC|quota exceeded|EDQUOT|File too large|EFBIG/,
    code: 'STORAGE_FULL',
    hint: 'the disk is full: make room',
  },
  {
    pattern: /Read-only file system|Permission denied|Operation not permitted|EACCES|EROFS|EPERM/,
    code: 'STORAGE_READ_ONLY',
    hint: 'the folder cannot be written: check its owner and mode',
  },
  {
    pattern: /does not exist|Not a directory|ENOTDIR|File exists|EEXIST/,
    code: 'STORAGE_NOT_A_DATABASE',
    hint: 'the path is not a database folder: choose another',
  },
  {
    // CURRENT names a manifest that is gone, or the manifest a table; a table that was cut has no footer.
    pattern:
      /LEVEL_CORRUPTION|Corruption|(MANIFEST-\d+|\d+\.(ldb|sst)): (No such file|Invalid argument)/,
    code: 'STORAGE_CORRUPT',
    hint: 'the database is damaged: restore it or start with an empty folder',
  },
];

/** Raised by calls on a closed store; with a cause it is an open that failed. */
const CLOSED = /^LEVEL_(DATABASE|ITERATOR|STATUS)_NOT_OPEN/;

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {code} = error as Error & {readonly code?: unknown};
  const inner = error.cause === undefined ? '' : ` ${describe(error.cause)}`;
  return `${String(code ?? '')} ${error.message}${inner}`;
}

/** The coded form of whatever LevelDB threw. */
export function toStorageError(cause: unknown, location: string): StorageError {
  const text = describe(cause);
  const isOpening = cause instanceof Error && cause.cause !== undefined;
  if (CLOSED.test(text) && !isOpening) {
    return new StorageError('STORAGE_CLOSED', {location}, {cause});
  }
  const known = CAUSES.find(({pattern}) => pattern.test(text));
  if (known === undefined) {
    const problem = text.trim().slice(0, 200);
    return new StorageError('STORAGE_FAILED', {location, problem}, {cause});
  }
  return new StorageError(known.code, {location, hint: known.hint}, {cause});
}
