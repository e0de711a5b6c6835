import {StorageError} from '../storage/errors.ts';

/** Whether the disk takes nothing for now: it is full, or its folder cannot be written. Reads go on. */
export function isRefusedWrite(error: unknown): error is StorageError {
  if (!(error instanceof StorageError)) return false;
  return error.code === 'STORAGE_FULL' || error.code === 'STORAGE_READ_ONLY';
}
