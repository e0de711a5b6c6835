import {SessionError} from '../protocol/errors.ts';

/** What keeps a store from working. SPEC.md §9. */
export type StorageErrorCode =
  | 'STORAGE_CLOSED'
  | 'STORAGE_LOCKED'
  | 'STORAGE_CORRUPT'
  | 'STORAGE_FULL'
  | 'STORAGE_READ_ONLY'
  | 'STORAGE_NOT_A_DATABASE'
  | 'STORAGE_FAILED';

export class StorageError extends SessionError<StorageErrorCode> {}
