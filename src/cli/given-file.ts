import {constants, openSync} from 'node:fs';
import {stat} from 'node:fs/promises';
import {Socket} from 'node:net';
import {FileError, MAX_FILE_BYTES, readSmallFile} from '../daemon/files.ts';
import {readToEnd} from './read-to-end.ts';

async function isPipe(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFIFO(),
    () => false,
  );
}

/**
 * The bytes of a file that a person named, or of a pipe, as in `<(…)`: that one is waited for until
 * the signal aborts.
 * @throws FileError FILE_MISSING, FILE_UNREADABLE
 */
export async function readGivenFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  if (!(await isPipe(path))) return readSmallFile(path);
  // A call that waits in the kernel could not be ended: the event loop waits instead.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = new Socket({fd, readable: true, writable: false});
  const bytes = await readToEnd(pipe, MAX_FILE_BYTES, signal);
  if (bytes.length > MAX_FILE_BYTES) {
    throw new FileError('FILE_UNREADABLE', {path, reason: 'too large'});
  }
  return bytes;
}
